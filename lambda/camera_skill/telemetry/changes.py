"""What is logged and counted of changes of the registry."""

from camera_skill.telemetry.events import EventTelemetry
from camera_skill.telemetry.lines import count


class ChangeTelemetry(EventTelemetry):
    """That of reports, and a line for each camera that is left out of them."""

    def left_out(self, user_id: str, reason: str) -> None:
        """That a customer's camera is in no report: it is damaged, or Alexa would not take it."""
        with self._lock:
            self._logger.error("a camera was left out of a report", extra={"user_id": user_id, "reason": reason})
            count(self._namespace, {"report": "AddOrUpdateReport"}, {"EndpointsLeftOut": 1})
