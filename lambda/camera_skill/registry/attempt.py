"""An attempt of a request: what of it is remembered, and noted for the audit log."""

from collections.abc import Mapping

from camera_skill.registration import RequestRecord, Requests
from camera_skill.registry.record import AuditRecord
from camera_skill.registry.refusals import RepeatedError


class Attempt:
    """An attempt of a request. One without an idempotency key is not remembered, nor is a dry run."""

    def __init__(self, requests: Requests, note: AuditRecord, record: RequestRecord | None, *, has_begun: bool) -> None:
        """`record`: key and content, None if nothing is remembered. `has_begun`: an attempt before was cut off."""
        self._requests = requests
        self._note = note
        self._record = record
        self._is_remembered = False
        self.has_begun = has_begun

    @property
    def is_dry(self) -> bool:
        """Whether nothing is to be written."""
        return self._note.is_dry

    def concerns(self, *endpoint_ids: str) -> None:
        """Notes which cameras the request is about."""
        self._note.endpoint_ids = sorted({*self._note.endpoint_ids, *endpoint_ids} - {""})

    def count(self, outcomes: Mapping[str, int]) -> None:
        """Notes what became of the rows of a batch."""
        self._note.counts = dict(outcomes)

    def done(self, response: Mapping[str, object]) -> RequestRecord | None:
        """What is remembered once the request is carried out, for the transaction that does it."""
        self._is_remembered = True
        return self._with(response=response)

    def begun(self, endpoint_id: str) -> RequestRecord | None:
        """What is remembered once its first step is done."""
        return self._with(endpoint_id=endpoint_id)

    def remember(self, response: Mapping[str, object]) -> None:
        """Remembers the response of a request that changed nothing, which no transaction did.

        Raises: RepeatedError, AwsBusyError, AwsFailedError.
        """
        if self._is_remembered or self.is_dry:
            return
        record = self.done(response)
        if record and not self._requests.put_first(record):
            raise RepeatedError("another attempt of this request was faster")

    def remembered(self, response: dict[str, object]) -> dict[str, object]:
        """The response, remembered now. Raises: AwsBusyError, AwsFailedError."""
        if record := self.done(response):
            self._requests.put(record)
        return response

    def _with(self, response: Mapping[str, object] | None = None, endpoint_id: str = "") -> RequestRecord | None:
        if self._record is None:
            return None
        known = self._record
        return RequestRecord(known.key, known.fingerprint, known.user_id, response, endpoint_id)
