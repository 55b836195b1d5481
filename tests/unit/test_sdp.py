import pytest

from camera_skill import sdp
from camera_skill.errors import AnswerInvalidError, OfferInvalidError
from camera_skill.sdp.description import read
from tests.support.directives import OFFERS, read_sdp
from tests.support.sdp_texts import ANSWER


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_line_ends_with_crlf_when_it_came_with_another_end(end: str) -> None:
    assert sdp.with_crlf(f"v=0{end}s=-{end}") == "v=0\r\ns=-\r\n"


def test_the_last_line_gets_its_end_when_it_came_without() -> None:
    assert sdp.with_crlf("v=0\ns=-") == "v=0\r\ns=-\r\n"


def test_a_line_stays_whole_when_only_python_would_split_it() -> None:
    assert sdp.with_crlf("v=0\ns=a\x0bb\u2028c") == "v=0\r\ns=a\x0bb\u2028c\r\n"


@pytest.mark.parametrize("file", OFFERS, ids=lambda file: file.stem)
def test_an_offer_passes_when_a_device_made_it(file: object) -> None:
    sdp.check_offer(read_sdp(file))  # type: ignore[arg-type]  # parametrize knows no types


@pytest.mark.parametrize("offer", ["", "\r\n", "hello", "{}", " v=0\r\nm=video 1 RTP/AVP 96\r\n", "v=0\r\ns=-\r\n"])
def test_an_offer_is_refused_when_it_is_no_sdp_with_media(offer: str) -> None:
    with pytest.raises(OfferInvalidError):
        sdp.check_offer(offer)


def test_an_answer_passes_when_it_has_video_a_fingerprint_and_ice_credentials() -> None:
    sdp.check_answer(ANSWER, "front-door")


@pytest.mark.parametrize("missing", ["m=video", "a=fingerprint:", "a=ice-ufrag:", "a=ice-pwd:", "v=0"])
def test_an_answer_is_refused_by_the_cameras_name_when_something_is_missing(missing: str) -> None:
    answer = "".join(line for line in ANSWER.splitlines(keepends=True) if not line.startswith(missing))
    with pytest.raises(AnswerInvalidError, match="front-door"):
        sdp.check_answer(answer, "front-door")


def test_an_answer_is_refused_when_it_rejects_the_video() -> None:
    with pytest.raises(AnswerInvalidError, match="without video"):
        sdp.check_answer(ANSWER.replace("m=video 50000", "m=video 0"), "front-door")


def test_a_secret_stays_hidden_when_a_description_is_printed() -> None:
    description = read(ANSWER)
    assert "exampleExampleExample1" not in repr(description)
    assert "line=18" in repr(description)
