"""Logs and metrics: the only importer of Powertools' Logger and Metrics.

Imported from their own modules, since the package's front page brings the Tracer along.
"""

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from camera_skill.interfaces.skill import DirectiveRecord


class Telemetry:
    """One structured log line and one EMF line per directive."""

    def __init__(self, service: str, namespace: str) -> None:
        """`service` is in every line, `namespace` holds the metrics."""
        self._logger = Logger(service=service)
        self._namespace = namespace

    def directive(self, record: DirectiveRecord) -> None:
        """What came in and what went out, without any of its secrets."""
        fields = record.fields()
        self._logger.set_correlation_id(record.request_id)
        if record.error is None:
            self._logger.info("directive answered", extra=fields)
        elif record.alarm:
            self._logger.error(str(record.error), extra=fields, exc_info=record.error)
        else:
            self._logger.warning(str(record.error), extra=fields)
        metrics = EphemeralMetrics(namespace=self._namespace)
        metrics.add_dimension(name="directive", value=record.name)
        metrics.add_dimension(name="outcome", value=record.outcome)
        metrics.add_metric(name="Directives", unit=MetricUnit.Count, value=1)
        if record.alarm:
            metrics.add_metric(name="Alarms", unit=MetricUnit.Count, value=1)
        metrics.add_metric(name="TimeToReply", unit=MetricUnit.Milliseconds, value=record.milliseconds)
        metrics.flush_metrics()
