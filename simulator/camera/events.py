"""What a camera tells the world about itself: one flat event after another, ready to be a JSON line."""

from collections.abc import Callable

EventValue = str | int | float
Event = dict[str, EventValue]
Report = Callable[[Event], None]
