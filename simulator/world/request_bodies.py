"""What comes in with requests to the control API: JSON, or a sentence that says what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


def refusal(sentence: str) -> web.HTTPBadRequest:
    """What to raise."""
    return web.HTTPBadRequest(text=sentence)


def check_is_json(request: web.Request) -> None:
    """Raises: HTTPBadRequest if the request does not say that it is JSON, though it may have no body."""
    if request.content_type != "application/json":  # what a page in a browser cannot send without being asked
        raise refusal("Content-Type: application/json is wanted.")


async def json_of(request: web.Request) -> object:
    """Any JSON."""
    try:
        return await request.json()
    except ValueError as error:
        raise refusal("The body is not JSON.") from error


async def object_of(request: web.Request) -> dict[str, Any]:
    """A JSON object."""
    body = await json_of(request)
    if not isinstance(body, dict):
        raise refusal("A JSON object is wanted.")
    return body


def text(body: Mapping[str, Any], name: str) -> str:
    """A text that must be there."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise refusal(f"{name} is missing.")
    return value


def optional(body: Mapping[str, Any], name: str, kind: type[T]) -> T | None:
    """A text or a number, or None if it is left out."""
    value = body.get(name)
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool) or value == ""):
        raise refusal(f"{name} is a {'number' if kind is int else 'text'}, or left out.")
    return value


def number(request: web.Request, name: str, most: float) -> float:
    """A number of the query from 0 to so many, 0 if it is left out."""
    try:
        value = float(request.query.get(name, "0"))
    except ValueError as error:
        raise refusal(f"{name} is a number.") from error
    if not 0 <= value <= most:
        raise refusal(f"{name} is from 0 to {most:g}.")
    return value
