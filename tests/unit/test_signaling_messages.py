import base64
import json

import pytest

from camera_skill.adapters.signaling_messages import MOST_MESSAGE_BYTES, unwrap_answer, wrap_offer
from camera_skill.errors import AnswerInvalidError, CameraRefusedError, ErrorType, OfferInvalidError


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_an_offer_travels_as_json_with_two_members_when_wrapped() -> None:
    assert json.loads(base64.b64decode(wrap_offer("v=0\nm=audio"))) == {"type": "offer", "sdp": "v=0\r\nm=audio\r\n"}


def test_the_service_takes_the_largest_offer_when_it_is_wrapped() -> None:
    frame = len(json.dumps({"type": "offer", "sdp": "\r\n"}, separators=(",", ":")))
    assert len(wrap_offer("x" * (MOST_MESSAGE_BYTES - frame))) == 10_000
    with pytest.raises(OfferInvalidError, match="7501 bytes"):
        wrap_offer("x" * (MOST_MESSAGE_BYTES - frame + 1))


def test_letters_stay_letters_when_an_offer_is_not_ascii() -> None:
    assert b"\\u" not in base64.b64decode(wrap_offer("s=Kamera Straße"))


def test_an_offer_is_refused_when_it_is_not_unicode() -> None:
    with pytest.raises(OfferInvalidError):
        wrap_offer("v=0\ns=\ud800")


@pytest.mark.parametrize(
    "answer",
    [
        json.dumps({"type": "answer", "sdp": "v=0\r\n"}),
        json.dumps({"sdp": "v=0\r\n"}),
        '{"type": "answer", "sdp": "v=0\r\n"}',
        "v=0\r\n",
        "\n v=0\r\n",
    ],
    ids=["as documented", "no type", "bare line ends in JSON", "bare SDP", "white space"],
)
def test_the_sdp_is_found_when_a_camera_wraps_it_in_its_own_way(answer: str) -> None:
    assert unwrap_answer(encoded(answer), "front-door") == "v=0\r\n"


@pytest.mark.parametrize(
    "answer",
    ["", "{", "[]", "null", "7", '"v=0"', "{}", '{"sdp": null}', '{"sdp": "\\ud800"}', "[" * 50_000, "\x00"],
)
def test_an_answer_is_refused_by_the_cameras_name_when_it_is_neither_json_nor_sdp(answer: str) -> None:
    with pytest.raises(AnswerInvalidError, match="front-door"):
        unwrap_answer(encoded(answer), "front-door")


@pytest.mark.parametrize("answer", ["%%%", "abc", base64.b64encode(b"\xff\xfe").decode(), "ü"])
def test_an_answer_is_refused_when_it_is_not_base64_of_a_text(answer: str) -> None:
    with pytest.raises(AnswerInvalidError, match="front-door"):
        unwrap_answer(answer, "front-door")


@pytest.mark.parametrize("percentage", [None, "low", True, -1, 101, float("nan")])
def test_the_charge_is_left_out_when_a_camera_says_nonsense_about_it(percentage: object) -> None:
    message = json.dumps({"type": "error", "reason": "LOW_POWER", "percentage": percentage})
    with pytest.raises(CameraRefusedError) as refused:
        unwrap_answer(encoded(message), "front-door")
    assert refused.value.error_type is ErrorType.ENDPOINT_LOW_POWER
    assert refused.value.charge is None
