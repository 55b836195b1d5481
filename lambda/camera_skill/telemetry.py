"""Logs and metrics: the only importer of Powertools' Logger and Metrics.

Imported from their own modules, since the package's front page brings the Tracer along.
"""

import logging
import traceback
from collections import Counter
from collections.abc import Iterator

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from camera_skill.errors import CameraSkillError
from camera_skill.interfaces.record import DirectiveRecord

MOST_LEFT_OUT = 100
"""Cameras left out of one discovery that get a line each: the metric counts all."""
_TALKATIVE = ("urllib3", "botocore", "boto3")
"""Libraries that log what they send: URLs with a token, at WARNING; requests with their signature, at DEBUG."""


class Telemetry:
    """One structured log line and one EMF line per directive; more log lines where cameras are damaged or left out."""

    def __init__(self, service: str, namespace: str) -> None:
        """`service` is in every line, `namespace` holds the metrics."""
        self._logger = Logger(service=service)
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._namespace = namespace

    def directive(self, record: DirectiveRecord) -> None:
        """What came in, what went out and what was left out, without any of its secrets."""
        fields = record.fields()
        self._logger.set_correlation_id(record.request_id)
        if record.error is None:
            self._logger.info("directive answered", extra=fields)
        elif record.alarm:
            self._logger.error(str(record.error), extra={**fields, "exception": "".join(_chain(record.error))})
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
        metrics = EphemeralMetrics(namespace=self._namespace)
        # Names of anything would make metrics of unbounded number.
        metrics.add_dimension(name="directive", value=record.name if record.is_supported else "unsupported")
        metrics.add_dimension(name="outcome", value=record.outcome)
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
        for name, count in counts.items():
            if count:
                metrics.add_metric(name=name, unit=MetricUnit.Count, value=count)
        for name, milliseconds in times.items():
            if milliseconds is not None:
                metrics.add_metric(name=name, unit=MetricUnit.Milliseconds, value=milliseconds)
        metrics.flush_metrics()


def _chain(error: BaseException | None) -> Iterator[str]:
    """Types and frames of an exception and its causes, and the texts of our own.

    A service's text may repeat what it was sent: the offer, or the signed request with the role's session token.
    """
    seen: list[BaseException] = []
    while error is not None and error not in seen:  # a cause may have been raised from what it caused
        seen.append(error)
        text = str(error) if isinstance(error, CameraSkillError) else ""
        yield f"{type(error).__name__}: {text}\n"
        yield from traceback.format_tb(error.__traceback__)
        error = error.__cause__ or error.__context__
