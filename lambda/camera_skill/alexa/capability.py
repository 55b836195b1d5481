"""Capabilities as Discover names them, and the properties that StateReport holds of them."""

from datetime import UTC, datetime

from camera_skill.alexa.directive import Json

_EARLIEST, _LATEST = 0.0, 253_402_300_799.0
"""What four digits of a year hold from 1970 on, in seconds since then."""


def of_interface(interface: str, version: str = "3", **members: object) -> Json:
    """A capability object."""
    return {"type": "AlexaInterface", "interface": interface, "version": version, **members}


def with_property(interface: str, name: str, version: str = "3", **members: object) -> Json:
    """A capability whose one property Alexa may ask for, and is told of when it changes."""
    properties = {"supported": [{"name": name}], "proactivelyReported": True, "retrievable": True}
    return of_interface(interface, version, properties=properties, **members)


def state(interface: str, name: str, value: object, at: float, within: float = 0.0) -> Json:
    """A property object: that it had this value, `at` so many seconds since 1970, known to `within` so many seconds.

    How old that is, Alexa sees from the time.
    """
    return {
        "namespace": interface,
        "name": name,
        "value": value,
        "timeOfSample": time_of_sample(at),
        "uncertaintyInMilliseconds": round(within * 1000),
    }


def time_of_sample(at: float) -> str:
    """`YYYY-MM-DDThh:mm:ss.sssZ`; Amazon's message schema takes three digits of a second, not six."""
    moment = _moment(at)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def whole_seconds(at: float) -> str:
    """`YYYY-MM-DDThh:mm:ssZ`, the second that had begun."""
    return f"{_moment(at):%Y-%m-%dT%H:%M:%SZ}"


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(min(max(at, _EARLIEST), _LATEST), UTC)
