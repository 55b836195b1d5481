"""The audit log, and what is counted of requests to the registry function."""

from collections import Counter

from camera_skill.registry.record import BEGUN, AuditRecord
from camera_skill.telemetry.lines import chain, count, logger


class AuditTelemetry:
    """Two structured log lines and one EMF line per request that changes something, one and one per other request."""

    def __init__(self, service: str, namespace: str) -> None:
        """`service` is in every line, `namespace` holds the metrics."""
        self._logger = logger(service)
        self._namespace = namespace

    def begun(self, record: AuditRecord) -> None:
        """Who asks for what, before anything is written: all there is of an invocation that is killed."""
        self._logger.set_correlation_id(record.request_id)
        self._logger.info("audit", extra={**record.fields(), "outcome": BEGUN})

    def request(self, record: AuditRecord) -> None:
        """Who asked for what, and what became of it, without a name of a person."""
        fields = record.fields()
        self._logger.set_correlation_id(record.request_id)
        if record.alarm:
            self._logger.error("audit", extra={**fields, "reason": str(record.error), "exception": chain(record.error)})
        else:
            self._logger.info("audit", extra=fields)
        dimensions = {"operation": record.operation, "outcome": record.outcome}
        counts = Counter({"RegistryRequests": 1, "Alarms": record.alarm})
        counts.update({f"Rows.{outcome}": number for outcome, number in record.counts.items()})
        count(self._namespace, dimensions, counts, {"RegistryTime": record.milliseconds})
