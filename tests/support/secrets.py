"""A plugin of pytest: no secret that a test uses may be in anything that a function writes.

Functions that tests invoke report here what came in (`learn_event`), what went out (`learn_reply`) and what they
wrote (`wrote`); account servers report their tokens, masters their answers. After each phase of each test all that was
written and all that pytest captured is searched for those values, and for what looks like one whoever made it. A test
with a leak fails, and says of what kind it is.
"""

import json
import re
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest

from simulator.credentials import PROCESS_CREDENTIALS

_PATTERNS = {
    "base64 of JSON, as in a token or a MessagePayload": re.compile(r"eyJ[\w+/-]{10}"),
    "an SDP": re.compile(r"a=(?:ice-pwd|ice-ufrag|fingerprint|candidate|crypto):\w|m=(?:audio|video) \d+ \S*RTP"),
    "a token of Login with Amazon": re.compile(r"Atz[ar]\|\w{8}"),
    "a TURN user": re.compile(r"\b\d{10}:djE6"),  # base64 of "v1:"
    "a signed request": re.compile(r"AWS4-HMAC-SHA256 Credential=|X-Amz-Signature="),
    "an e-mail address": re.compile(r"\w@[\w-]+\.[a-z]{2,}"),
    "a sentinel": re.compile("SENTINEL"),
}
_OF_SDP = re.compile(r"^a=(ice-pwd|ice-ufrag|fingerprint):(?:[\w-]+ )?(\S{4,200})\s*$", re.MULTILINE)
_SHORT = 12
"""Below it a value counts only as a word of its own."""

_kinds: dict[str, str] = {}
_kinds[PROCESS_CREDENTIALS.secret_access_key] = "a secret access key"
_written: defaultdict[str, list[str]] = defaultdict(list)


def learn(kind: str, value: str) -> None:
    """From now on this value must not be written, as it is or as in a URL. What is too simple is passed over."""
    if len({*value}) >= 4:
        _kinds[value] = _kinds[quote(value, safe="")] = kind


def learn_token(token: str) -> None:
    """An access token: nothing of it but its header may be written."""
    for part in token.split(".")[1:]:
        if len(part) > _SHORT:
            learn("part of an access token", part)


def learn_sdp(sdp: str) -> None:
    """Passwords and fingerprints of an offer or an answer, bare or in JSON."""
    for name, value in _OF_SDP.findall(sdp.replace("\\r", "\r").replace("\\n", "\n")):
        learn(name, value)


def learn_event(event: object) -> None:
    """Tokens, offers and the codes of grants in whatever a function is invoked with."""
    for text in _texts(event):
        if "a=" in text:
            learn_sdp(text)
        elif text.count(".") == 2 and len(text) > 100:
            learn_token(text)
    for code in _grant_codes(event):
        learn("a grant's code", code)


def learn_reply(reply: Mapping[str, Any]) -> None:
    """The camera's answer, which may go to Alexa and nowhere else; what an ErrorResponse says counts as written."""
    event = reply.get("event", {})
    if event.get("header", {}).get("name") == "ErrorResponse":
        wrote("ErrorResponse", json.dumps(event["payload"], ensure_ascii=False))
    else:
        learn_event(reply)


def wrote(who: str, text: str) -> None:
    """What a function said to anybody: searched when the phase of the test is over."""
    _written[who].append(text)


def found_in(text: str) -> Iterator[str]:
    """The kinds of secrets that a text holds."""
    for kind, pattern in _PATTERNS.items():
        if pattern.search(text):
            yield kind
    for value, kind in _kinds.items():
        if value in text and (len(value) > _SHORT or re.search(rf"(?<![\w+/]){re.escape(value)}(?![\w+/])", text)):
            yield kind


def _grant_codes(event: object) -> Iterator[str]:
    match event:
        case {"directive": {"payload": {"grant": {"code": str(code)}}}}:
            yield code


def _texts(value: object) -> Iterator[str]:
    values = [value]
    while values:
        one = values.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping | list):
            values += one.values() if isinstance(one, Mapping) else one


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,  # noqa: ARG001 - pytest passes what is named so
    call: pytest.CallInfo[None],  # noqa: ARG001 - the same
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Searches what was written and captured in this phase of the test."""
    report = yield
    texts = [(who, "\n".join(written)) for who, written in _written.items()]
    _written.clear()
    texts += [section for section in report.sections if section[0].endswith(report.when)]
    leaks = sorted({f"{kind} in {where}" for where, text in texts for kind in found_in(text)})
    if leaks:
        report.outcome = "failed"
        report.sections.append(("Secrets that were written", "\n".join(leaks)))
        report.longrepr = report.longrepr or "secrets were written: " + "; ".join(leaks)
    return report
