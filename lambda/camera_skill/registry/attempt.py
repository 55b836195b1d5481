"""An attempt of a request: what of it is remembered, and noted for the audit log."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from camera_skill.camera import CameraLink
from camera_skill.registration import RequestRecord, Requests
from camera_skill.registry.record import AuditRecord
from camera_skill.registry.refusals import RepeatedError


class Attempt:
    """An attempt of a request. One without an idempotency key is not remembered, nor is a dry run."""

    def __init__(
        self, requests: Requests, note: AuditRecord, record: RequestRecord | None, earlier: RequestRecord | None
    ) -> None:
        """`record`: key and content, None if nothing is remembered. `earlier`: of an attempt that was cut off."""
        self._requests = requests
        self._note = note
        self._record = record
        self._is_remembered = False
        self.earlier = earlier

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

    def concerns_users(self, user_ids: Iterable[str]) -> None:
        """Notes which users the request is about."""
        self._note.concerns(user_ids)

    def done(self, response: Mapping[str, object], taken: Collection[CameraLink] = ()) -> RequestRecord | None:
        """What is remembered once the request is carried out, for the transaction that does it."""
        self._is_remembered = True
        return self._with(response, taken)

    def begun(self, taken: Collection[CameraLink]) -> RequestRecord | None:
        """What is remembered once the first step is done, which takes these links."""
        return self._with(None, taken)

    def remember(self, response: Mapping[str, object]) -> None:
        """Remembers the response of a request that changed nothing, which no transaction did.

        Raises: RepeatedError, AwsBusyError, AwsFailedError.
        """
        if self._is_remembered or self.is_dry:
            return
        record = self.done(response)
        if record and not self._requests.put_first(record):
            raise RepeatedError("another attempt of this request was faster")

    def remembered(self, response: dict[str, object], taken: Collection[CameraLink]) -> dict[str, object]:
        """The response, remembered now. Raises: AwsBusyError, AwsFailedError."""
        if record := self.done(response, taken):
            self._requests.put(record)
        return response

    def _with(self, response: Mapping[str, object] | None, taken: Collection[CameraLink]) -> RequestRecord | None:
        return None if self._record is None else replace(self._record, response=response, taken=tuple(taken))
