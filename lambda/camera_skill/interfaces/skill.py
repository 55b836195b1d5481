"""The skill: a table from directive to handler, and the one boundary around it."""

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from camera_skill.alexa import authorization, discovery, object_detection_sensor
from camera_skill.alexa.directive import Directive, Json
from camera_skill.budget import Budget
from camera_skill.errors import CameraSkillError, DirectiveInvalidError, UnforeseenError
from camera_skill.interfaces.record import DirectiveRecord

Handler = Callable[[Directive, Budget, DirectiveRecord], Json]
"""Takes a directive, the time for it, and where to note how it went; returns the event; raises CameraSkillError."""

_MAJORS = {object_detection_sensor.NAMESPACE: object_detection_sensor.MAJOR}
"""The major version of interfaces that are not of version 3."""


class Telemetry(Protocol):
    """Where directives are logged and counted."""

    def directive(self, record: DirectiveRecord) -> None:
        """Once per directive, after its reply was made."""


class Skill:
    """Answers every directive: with its handler's event, or with an error that Alexa understands."""

    def __init__(self, handlers: Mapping[tuple[str, str], Handler], telemetry: Telemetry) -> None:
        """`handlers` by (namespace, name)."""
        self._handlers = handlers
        self._telemetry = telemetry

    def invoke(self, event: object, budget: Budget, request_id: str) -> Json:
        """The reply to whatever the function was invoked with, whatever a handler raises."""
        started = time.monotonic()
        directive = Directive.from_event(event)
        record = self._record(directive, request_id)
        try:
            reply = self._handler(directive)(directive, budget, record)
        except CameraSkillError as error:
            record.error = error
        except Exception as error:  # noqa: BLE001 - the one boundary: Alexa must get a reply, whatever happened
            record.error = UnforeseenError.of(error)
        if record.error is not None:
            reply = self._failure(directive, record.error)
        record.milliseconds = (time.monotonic() - started) * 1000
        self._telemetry.directive(record)
        return reply

    def _handler(self, directive: Directive) -> Handler:
        if directive.defect:
            raise DirectiveInvalidError(directive.defect)
        handler = self._handlers.get((directive.namespace, directive.name))
        if handler is None:
            raise DirectiveInvalidError("this skill does not support the directive")
        directive.check_version(_MAJORS.get(directive.namespace, "3"))
        return handler

    def _record(self, directive: Directive, request_id: str) -> DirectiveRecord:
        if (directive.namespace, directive.name) not in self._handlers:
            return DirectiveRecord(request_id, directive.namespace[:64], directive.name[:64], is_supported=False)
        return DirectiveRecord(
            request_id,
            namespace=directive.namespace,
            name=directive.name,
            endpoint_id=directive.endpoint_id[:256],
            session_id=directive.session_id[:256],
        )

    @staticmethod
    def _failure(directive: Directive, error: CameraSkillError) -> Json:
        if directive.is_a(*discovery.DISCOVER):
            return discovery.discover_response(directive, [])
        if directive.is_a(*authorization.ACCEPT_GRANT):
            return authorization.accept_grant_failed(directive, error)
        return directive.error_response(error)
