"""Alexa.Authorization: grants to tell Alexa of cameras unasked."""

from typing import TYPE_CHECKING

from camera_skill.account import AccessTokens
from camera_skill.alexa.authorization import AcceptGrant, accept_grant_response
from camera_skill.alexa.directive import Directive, Json
from camera_skill.budget import Budget
from camera_skill.interfaces.record import DirectiveRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from camera_skill.grant import Grants


class Authorization:
    """Takes grants."""

    def __init__(self, tokens: AccessTokens, grants: "Callable[[], Grants]") -> None:
        """`tokens` tells whose grant it is; `grants` gives what keeps it, which few cold starts need."""
        self._tokens = tokens
        self._grants = grants

    def accept_grant(self, directive: Directive, budget: Budget, record: DirectiveRecord) -> Json:
        """AcceptGrant → AcceptGrant.Response."""
        grant = AcceptGrant.from_directive(directive)
        with record.timed("token"):
            user_id = self._tokens.user_id(grant.token, budget)
        with record.timed("grant"):
            self._grants().accept(user_id, grant.code, budget)
        return accept_grant_response(directive)
