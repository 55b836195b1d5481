"""Alexa.Authorization: the customer lets Alexa be told of cameras unasked.

Source: developer.amazon.com/en-US/docs/alexa/device-apis/alexa-authorization.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from camera_skill.alexa.directive import Directive, Json
from camera_skill.errors import CameraSkillError, DirectiveInvalidError

NAMESPACE = "Alexa.Authorization"
ACCEPT_GRANT = (NAMESPACE, "AcceptGrant")
ACCEPT_GRANT_FAILED = "ACCEPT_GRANT_FAILED"
"""The only error that AcceptGrant has."""


@dataclass(frozen=True)
class AcceptGrant:
    """The code that Login with Amazon gave, and the access token of the customer in whose account it counts."""

    code: str = field(repr=False)
    token: str = field(repr=False)

    @classmethod
    def from_directive(cls, directive: Directive) -> "AcceptGrant":
        """Raises: DirectiveInvalidError."""
        code = _member(directive.payload, "grant", "OAuth2.AuthorizationCode", "code")
        return cls(code, _member(directive.payload, "grantee", "BearerToken", "token"))


def accept_grant_response(directive: Directive) -> Json:
    """The reply to an AcceptGrant whose grant is kept."""
    return directive.reply("AcceptGrant.Response", {})


def accept_grant_failed(directive: Directive, error: CameraSkillError) -> Json:
    """The reply to one whose grant is not: the customer may link the account again."""
    return directive.reply("ErrorResponse", {"type": ACCEPT_GRANT_FAILED, "message": str(error)})


def _member(payload: Mapping[str, Any], place: str, kind: str, name: str) -> str:
    holder = payload.get(place)
    value = holder.get(name) if isinstance(holder, dict) and holder.get("type") == kind else None
    if isinstance(value, str) and value and value.isascii():
        return value
    raise DirectiveInvalidError(f"AcceptGrant came without a {place} of type {kind}")
