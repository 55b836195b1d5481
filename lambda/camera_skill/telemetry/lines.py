"""Lines of logs and metrics as all functions write them.

Powertools' modules are imported by themselves, since the package's front page brings the Tracer along.
"""

import logging
import traceback
from collections.abc import Iterator, Mapping

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from camera_skill.errors import CameraSkillError

_TALKATIVE = ("urllib3", "botocore", "boto3")
"""Libraries that log what they send: URLs with a token, at WARNING; requests with their signature, at DEBUG."""


def logger(service: str) -> Logger:
    """What writes structured log lines; `service` is in every one."""
    made = Logger(service=service)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return made


def count(
    namespace: str,
    dimensions: Mapping[str, str],
    counts: Mapping[str, int],
    times: Mapping[str, float | None] | None = None,
) -> None:
    """Writes one EMF line with what there is of each: counts that are not zero, times in milliseconds."""
    metrics = EphemeralMetrics(namespace=namespace)
    for name, value in dimensions.items():
        metrics.add_dimension(name=name, value=value)
    for name, number in counts.items():
        if number:
            metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
    for name, milliseconds in (times or {}).items():
        if milliseconds is not None:
            metrics.add_metric(name=name, unit=MetricUnit.Milliseconds, value=milliseconds)
    metrics.flush_metrics()


def chain(error: BaseException | None) -> str:
    """Types and frames of an exception and its causes, and the texts of our own.

    A service's text may repeat what it was sent: the offer, or the signed request with the role's session token.
    """
    return "".join(_links(error))


def _links(error: BaseException | None) -> Iterator[str]:
    seen: list[BaseException] = []
    while error is not None and error not in seen:  # a cause may have been raised from what it caused
        seen.append(error)
        text = str(error) if isinstance(error, CameraSkillError) else ""
        yield f"{type(error).__name__}: {text}\n"
        # Without the source: how much of it is quoted differs from Python to Python.
        frames = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), lookup_lines=False)
        yield from (f'  File "{each.filename}", line {each.lineno}, in {each.name}\n' for each in frames)
        error = error.__cause__ or error.__context__
