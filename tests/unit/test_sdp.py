import pytest

from camera_skill.sdp import with_crlf
from camera_skill.sdp.description import read
from tests.support.directives import ANSWER


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_line_ends_with_crlf_when_it_came_with_another_end(end: str) -> None:
    assert with_crlf(f"v=0{end}s=-{end}") == "v=0\r\ns=-\r\n"


def test_the_last_line_gets_its_end_when_it_came_without() -> None:
    assert with_crlf("v=0\ns=-") == "v=0\r\ns=-\r\n"


def test_a_line_stays_whole_when_only_python_would_split_it() -> None:
    assert with_crlf("v=0\ns=a\x0bb\u2028c") == "v=0\r\ns=a\x0bb\u2028c\r\n"


def test_a_secret_stays_hidden_when_a_description_is_printed() -> None:
    description = read(ANSWER)
    assert "exampleExampleExample1" not in repr(description)
    assert "line=18" in repr(description)
