"""The registry API: requests in, responses out, and the one boundary around both."""

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any

from camera_skill.errors import CameraSkillError, UnforeseenError
from camera_skill.registration import RequestRecord, Requests
from camera_skill.registry import schema
from camera_skill.registry.attempt import Attempt
from camera_skill.registry.operations import Operation
from camera_skill.registry.record import Audit, AuditRecord
from camera_skill.registry.refusals import Code, RefusedError, RepeatedError, error_row, refusal_of

Json = dict[str, Any]

ATTEMPTS = 3
"""Of a request, while another attempt of the same one is under way."""
_APART = {"idempotency_key", "actor"}
"""What may differ between two attempts of one request."""


class Api:
    """Answers every request: with the result of its operation, or with an error that has a code."""

    def __init__(self, operations: Mapping[str, Operation], requests: Requests, audit: Audit) -> None:
        """`requests` remembers those that have an idempotency key."""
        self._operations = operations
        self._requests = requests
        self._audit = audit

    def handle(self, event: object, request_id: str) -> Json:
        """`{"result": …}` or `{"error": {"code": …, "message": …}}`, whatever happens."""
        started = time.monotonic()
        note = AuditRecord(request_id, "unknown")
        try:
            response: Json = {"result": self._result(event, note)}
        except CameraSkillError as error:
            note.error = error
        except Exception as error:  # noqa: BLE001 - the one boundary: the caller must get a response
            note.error = UnforeseenError.of(error)
        if note.error is not None:
            refusal = refusal_of(note.error)
            note.outcome, response = refusal.code, {"error": error_row(refusal)}
        note.milliseconds = (time.monotonic() - started) * 1000
        self._audit.request(note)
        return response

    def _result(self, event: object, note: AuditRecord) -> Mapping[str, object]:
        request = _checked(event, note)
        key = note.idempotency_key if not note.is_dry else ""
        user_id = request.get("user_id", "")
        record = RequestRecord(key, _fingerprint(request), user_id) if key else None
        for _ in range(ATTEMPTS):
            there = self._requests.get(key) if key else None
            if there is not None and record is not None and there.fingerprint != record.fingerprint:
                raise RefusedError(Code.IDEMPOTENCY_KEY_REUSED, f"Another request had the idempotency key {key}.")
            if there is not None and there.response is not None:
                note.is_repeated = True
                return there.response
            if note.operation not in schema.READS and not note.is_dry:
                self._audit.begun(note)  # an invocation that is killed says no more
            attempt = Attempt(self._requests, note, record, there)
            try:
                response = self._operations[note.operation](request, attempt)
                attempt.remember(response)
            except RepeatedError:
                continue
            except RefusedError:  # what is in the way may be what another attempt has made meanwhile
                if key and there is None and self._requests.get(key) is not None:
                    continue
                raise
            return response
        raise RefusedError(Code.TRY_AGAIN, "Another attempt of this request is under way. Send it again.")


def _checked(event: object, note: AuditRecord) -> Json:
    """The request, once it matches its schema. Raises: RefusedError."""
    name = event.get("operation") if isinstance(event, dict) else None
    if not isinstance(event, dict) or name not in schema.OPERATIONS:
        raise RefusedError(
            Code.INVALID_REQUEST,
            f"A request is a JSON object whose operation is one of {', '.join(schema.OPERATIONS)}.",
        )
    note.operation = str(name)
    if defect := schema.defect_of(note.operation, event):
        raise RefusedError(Code.INVALID_REQUEST, f"The request does not match the schema of {name}: {defect}.")
    note.actor, note.idempotency_key = event.get("actor", ""), event.get("idempotency_key", "")
    note.is_dry = event.get("dry_run", False)
    note.endpoint_ids = [event["endpoint_id"]] if "endpoint_id" in event else []
    if "user_id" in event:
        note.concerns([event["user_id"]])
    return event


def _fingerprint(request: Json) -> str:
    content = {name: value for name, value in request.items() if name not in _APART}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
