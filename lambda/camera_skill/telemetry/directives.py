"""What is logged and counted of directives."""

from collections import Counter

from camera_skill.interfaces.record import DirectiveRecord
from camera_skill.telemetry.lines import chain, count, logger

MOST_LEFT_OUT = 100
"""Cameras left out of one discovery that get a line each: the metric counts all."""


class DirectiveTelemetry:
    """One structured log line and one EMF line per directive; more log lines where cameras are damaged or left out."""

    def __init__(self, service: str, namespace: str) -> None:
        """`service` is in every line, `namespace` holds the metrics."""
        self._logger = logger(service)
        self._namespace = namespace

    def directive(self, record: DirectiveRecord) -> None:
        """What came in, what went out and what was left out, without any of its secrets."""
        fields = record.fields()
        self._logger.set_correlation_id(record.request_id)
        if record.error is None:
            self._logger.info("directive answered", extra=fields)
        elif record.alarm:
            self._logger.error(str(record.error), extra={**fields, "exception": chain(record.error)})
        else:
            self._logger.warning(str(record.error), extra=fields)
        for reason in record.left_out[:MOST_LEFT_OUT]:
            self._logger.error("a camera was left out of discovery", extra={"reason": reason})
        if record.damage:
            self._logger.error("a camera is used with defaults for what is damaged", extra={"reason": record.damage})
        if record.beyond:
            beyond = f"a customer has {record.beyond} cameras more than Alexa takes: the first by name are shown"
            self._logger.warning(beyond, extra={"endpoints_beyond_limit": record.beyond})
        self._count(record)

    def _count(self, record: DirectiveRecord) -> None:
        # Names of anything would make metrics of unbounded number.
        name = record.name if record.is_supported else "unsupported"
        counts = Counter({"Directives": 1, "Errors": record.error is not None, "Alarms": record.alarm})
        counts["EndpointsLeftOut"], counts["EndpointsBeyondLimit"] = len(record.left_out), record.beyond
        counts["CamerasDamaged"] = bool(record.damage)
        times = {"TimeToReply": record.milliseconds, "KvsTime": record.timings.get("kvs")}
        if record.session is not None:
            counts["Retries"] = len(record.session.retries)
            counts["NeverConnected"] = record.session.never_connected
            counts["SessionsUnrecorded"] = bool(record.session.unrecorded)
            counts.update(f"Finding.{finding.code}" for finding in record.session.findings)
        if "kvs" in record.timings and record.error is None:
            counts["Answers"], times["TimeToAnswer"] = 1, record.milliseconds
        count(self._namespace, {"directive": name, "outcome": record.outcome}, counts, times)
