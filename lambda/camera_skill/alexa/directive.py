"""Directives as Alexa sends them, and the one place where replies to them are made."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from camera_skill.errors import CameraSkillError, DirectiveInvalidError

Json = dict[str, Any]

_ECHOABLE_ENDPOINT_ID = re.compile(r"[a-zA-Z0-9_\-=#;:?@&]{1,256}", re.ASCII)
"""What Amazon's message schema lets out again as endpointId."""

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Directive:
    """What came in, read once. What is missing or of the wrong type is empty; `defect` says what is wrong.

    `correlation_token` and `endpoint_id` are echoed by every reply; `token` is the customer's access token;
    `session_id` names the RTC session in the directives that are about one.
    """

    namespace: str = ""
    name: str = ""
    payload_version: str = ""
    correlation_token: str = field(default="", repr=False)
    endpoint_id: str = ""
    token: str = field(default="", repr=False)
    session_id: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)
    defect: str = ""

    @classmethod
    def from_event(cls, event: object) -> "Directive":
        """Reads whatever the function was invoked with; never raises."""
        body = _object(_object(event).get("directive"))
        header, endpoint = _object(body.get("header")), _object(body.get("endpoint"))
        payload = _object(body.get("payload"))
        scope = _object(endpoint.get("scope")) or _object(payload.get("scope"))
        directive = cls(
            namespace=_text(header.get("namespace")),
            name=_text(header.get("name")),
            payload_version=_text(header.get("payloadVersion")),
            correlation_token=_text(header.get("correlationToken")),
            endpoint_id=_text(endpoint.get("endpointId")),
            token=_text(scope.get("token")) if scope.get("type") == "BearerToken" else "",
            session_id=_text(payload.get("sessionId")),
            payload=payload,
        )
        return replace(directive, defect=_defect(body, directive))

    def reply(self, name: str, payload: Json) -> Json:
        """An event in this directive's interface and version."""
        return self._event(self.namespace, name, payload)

    def response(self) -> Json:
        """The generic Response: what was asked for is done."""
        return self._event("Alexa", "Response", {})

    def error_response(self, error: CameraSkillError) -> Json:
        """The ErrorResponse that says what went wrong (always in namespace Alexa)."""
        payload: Json = {"type": str(error.error_type), "message": str(error)}
        if error.device_mode is not None:
            payload["currentDeviceMode"] = error.device_mode
        if error.charge is not None:
            payload["percentageState"] = error.charge
        return self._event("Alexa", "ErrorResponse", payload)

    def is_a(self, namespace: str, name: str) -> bool:
        """Whether this is the directive of that interface and name."""
        return (self.namespace, self.name) == (namespace, name)

    def check_version(self, major: str) -> None:
        """Raises: DirectiveInvalidError if this is not of the interface's major version."""
        if self.payload_version.partition(".")[0] != major:
            raise DirectiveInvalidError(
                f"{self.namespace}.{self.name} came in version {self.payload_version[:16]!r}, not {major}",
            )

    def _event(self, namespace: str, name: str, payload: Json) -> Json:
        header = {"namespace": namespace, "name": name, "messageId": str(uuid.uuid4()), "payloadVersion": "3"}
        if self.correlation_token:
            header["correlationToken"] = self.correlation_token
        event: Json = {"header": header, "payload": payload}
        if _ECHOABLE_ENDPOINT_ID.fullmatch(self.endpoint_id):
            event["endpoint"] = {"endpointId": self.endpoint_id}
        return {"event": event}


def _defect(body: Mapping[str, Any], directive: Directive) -> str:
    if not body:
        return "this is no directive: there is no object `directive` in it"
    if not directive.namespace or not directive.name:
        return "the directive's header has no namespace and name"
    return ""


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """The text, if it is one that could be sent back: halves of surrogate pairs cannot."""
    return value if isinstance(value, str) and not _SURROGATE.search(value) else ""
