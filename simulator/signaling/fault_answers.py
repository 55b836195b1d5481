"""Answers of cameras, spoiled as cameras are known to spoil them, or as none should."""

import base64
import json
import re
from collections.abc import Callable

Spoil = Callable[[str, str], str]
"""Takes the SDP of an answer and of its offer, returns the text to send in the answer's place."""

_DYNAMIC_PAYLOAD_TYPES = (*range(127, 95, -1), *range(63, 34, -1))  # RFC 3551, section 6
_MEDIA = re.compile(r"^(m=\S+ \S+ \S+)((?: \d+)+)", re.MULTILINE)
_PAYLOAD_TYPE = re.compile(r"^(a=(?:rtpmap|fmtp|rtcp-fb):)(\d+)", re.MULTILINE)


def bare_sdp(answer: str, _: str) -> str:
    """The SDP itself, without JSON around it."""
    return answer


def bare_lf(answer: str, _: str) -> str:
    """JSON with the line ends as they are, which JSON does not allow, and of one character."""
    return _json(answer).replace("\\r\\n", "\n")


def foreign_mids(answer: str, _: str) -> str:
    """An answer whose media lines are called otherwise than those of the offer."""
    answer = re.sub(r"^a=mid:", "a=mid:foreign-", answer, flags=re.MULTILINE)
    group = re.compile(r"^a=group:BUNDLE[^\r\n]*", re.MULTILINE)
    return _json(group.sub(lambda line: line[0].replace(" ", " foreign-"), answer))


def foreign_payload_types(answer: str, offer: str) -> str:
    """An answer with payload types that the offer did not have."""
    offered = {number for line in _MEDIA.finditer(offer) for number in line[2].split()}
    free = iter(number for number in map(str, _DYNAMIC_PAYLOAD_TYPES) if number not in offered)
    answered = dict.fromkeys(number for line in _MEDIA.finditer(answer) for number in line[2].split())
    foreign = dict(zip(answered, free, strict=False))

    def replaced(line: re.Match[str]) -> str:
        return line[1] + re.sub(r"\d+", lambda number: foreign.get(number[0], number[0]), line[2])

    return _json(_PAYLOAD_TYPE.sub(replaced, _MEDIA.sub(replaced, answer)))


def spoiled(answer: str, offer: object, spoil: Spoil) -> str | None:
    """A camera's answer, spoiled, both in base64 as they travel; None if there is no SDP in the answer."""
    sdp = _sdp_in(answer)
    return None if sdp is None else wrapped(spoil(sdp, _sdp_in(offer) or ""))


def wrapped(text: str) -> str:
    """A text as it travels."""
    return base64.b64encode(text.encode()).decode()


def _json(sdp: str) -> str:
    return json.dumps({"type": "answer", "sdp": sdp})


def _sdp_in(payload: object) -> str | None:
    try:
        message = json.loads(base64.b64decode(str(payload)))
    except ValueError:
        return None
    sdp = message.get("sdp") if isinstance(message, dict) else None
    return sdp if isinstance(sdp, str) else None
