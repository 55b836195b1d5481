"""Directives of all kinds of wrongness: valid ones with anything done to any part of them, and arbitrary JSON."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

Json = Any
Place = tuple[Any, Any]
"""A dict or list, and the key or index in it."""

NUMBERS = [
    json.loads(text)
    for text in ("0", "-0.0", "3", "3.0", "-1", "1e400", "-1e400", "NaN", "Infinity", "1e-400", "9" * 4000, "1e308")
]
TEXTS = [
    "",
    " ",
    "\x00",
    "\ud800",
    "\udfff\ud800",
    "\N{CHARACTER TABULATION}\r\n",
    "\u2028\ufeff\u202e",
    "ÄÖÜß",
    "\N{VIDEO CAMERA}" * 300,
    "e\u0301" * 100,
    "null",
    "3",
    "03",
    "3.0.0",
    "3\n",
    "{}",
    "%s%n{0}$(id)`id`",
    "' OR ''='",
    "../../etc/passwd",
    "CAMERA#",
    "Alexa",
    "BearerToken",
    "SDP",
    "Discover",
    "ReportState",
    "v=0",
    "v=0\r\nm=",
    "a" * 256,
    "a" * 257,
    "a" * 100_000,
    "\r\n" * 20_000,
    "v=0\n" + "m=video 9 x\n" * 1_000,
]
NOTHINGS: list[Json] = [None, True, False, [], {}, [[]], [{}], {"": None}]
NAMES = [
    "directive",
    "header",
    "payload",
    "endpoint",
    "scope",
    "token",
    "type",
    "sessionId",
    "offer",
    "value",
    "",
    "\x00",
]

LEFT_OUT, NESTED = object(), object()

TEXT = st.text(max_size=30) | st.text(st.characters(codec=None), max_size=10) | st.sampled_from(TEXTS)
LEAF = st.sampled_from(NOTHINGS) | st.sampled_from(NUMBERS) | st.integers() | st.floats() | TEXT
JSON = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=10,
)
LEAF_OR_JSON = LEAF | LEAF | JSON


def as_lambda_reads_it(event: Json) -> Json:
    """What Python's json makes of the event's text."""
    return json.loads(json.dumps(event))


def deeply(value: Json, depth: int) -> Json:
    """The value in so many lists and objects."""
    for level in range(depth):
        value = [value] if level % 2 else {"payload": value}
    return value


def places(value: Json) -> Iterator[Place]:
    """Every part of a JSON value, from the outside to the inside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield value, key
        yield from places(part)


def _place(draw: st.DrawFn, whole: Json) -> Place:
    """Any part of it: drawn as a number, which costs less than to draw from a list."""
    candidates = list(places(whole))
    return candidates[draw(st.integers(0, len(candidates) - 1))]


def _replace(draw: st.DrawFn, place: Place, _whole: Json) -> None:
    place[0][place[1]] = copy.deepcopy(draw(LEAF_OR_JSON))


def _drop(_draw: st.DrawFn, place: Place, _whole: Json) -> None:
    del place[0][place[1]]


def _swap(draw: st.DrawFn, place: Place, whole: Json) -> None:
    """The values of two places change places; deep copies, lest one contains the other."""
    other = _place(draw, whole)
    here, there = copy.deepcopy(place[0][place[1]]), copy.deepcopy(other[0][other[1]])
    place[0][place[1]], other[0][other[1]] = there, here


def _copy(draw: st.DrawFn, place: Place, whole: Json) -> None:
    """The same value once more, elsewhere and under any name."""
    containers = [whole[0], *(holder[key] for holder, key in places(whole))]
    container = draw(st.sampled_from([one for one in containers if isinstance(one, dict)] or [{}]))
    container[draw(st.sampled_from([*NAMES, str(place[1])]))] = copy.deepcopy(place[0][place[1]])


_RENAMINGS = st.sampled_from([str.upper, str.lower, str.title, lambda text: f" {text}", lambda text: f"{text}\0"])


def _rename(draw: st.DrawFn, place: Place, _whole: Json) -> None:
    """The key in another case, in place of the right one or beside it."""
    holder, key = place
    if isinstance(key, str):
        change = draw(_RENAMINGS)
        holder[change(key)] = holder.pop(key) if draw(st.booleans()) else copy.deepcopy(holder[key])


def _nest(draw: st.DrawFn, place: Place, _whole: Json) -> None:
    place[0][place[1]] = deeply(place[0][place[1]], draw(st.integers(1, 100)))


def _spoil(draw: st.DrawFn, place: Place, _whole: Json) -> None:
    """A text with something in it, without something, or many times over."""
    value = place[0][place[1]]
    if not isinstance(value, str) or not value:
        return
    at = draw(st.integers(0, len(value)))
    change: Callable[[str], str] = draw(
        st.sampled_from(
            [
                lambda text: text[:at] + draw(TEXT) + text[at:],
                lambda text: text[:at],
                lambda text: text[at:],
                lambda text: text[:at] + text[at + 1 :],
                lambda text: text * (min(at, 50_000 // len(text)) or 2),
                str.swapcase,
                lambda text: text[::-1],
            ]
        )
    )
    place[0][place[1]] = change(value)


_MUTATIONS = st.lists(
    st.sampled_from([_replace, _replace, _drop, _swap, _copy, _rename, _nest, _spoil, _spoil]), min_size=1, max_size=3
)


def mutated(original: Json) -> st.SearchStrategy[Json]:
    """A valid directive after one to three mutations anywhere in it."""

    @st.composite
    def strategy(draw: st.DrawFn) -> Json:
        whole = [copy.deepcopy(original)]
        for mutate in draw(_MUTATIONS):
            mutate(draw, _place(draw, whole), whole)
            if not whole:  # all of it was dropped
                return None
        return as_lambda_reads_it(whole[0])

    return strategy()


def every_replacement(original: Json) -> Iterator[Json]:
    """Every part of a valid directive, in turn left out, nested, and replaced by everything that is nasty."""
    for number, _ in enumerate(places([original])):
        for value in (LEFT_OUT, NESTED, *NOTHINGS, *NUMBERS, *TEXTS):
            whole = [copy.deepcopy(original)]
            holder, key = list(places(whole))[number]
            if value is LEFT_OUT:
                del holder[key]
            else:
                holder[key] = deeply(holder[key], 300) if value is NESTED else value
            yield as_lambda_reads_it(whole[0] if whole else None)


ANY_JSON = JSON.map(as_lambda_reads_it)
