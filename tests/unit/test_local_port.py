"""Who may ask a port of this machine, and who may not."""

import pytest

from simulator.local_port import LocalPort, is_origin

BROKER = "0a1b-ats.iot.us-east-1.localhost:4566"
PORT = LocalPort(4566, hosts=[BROKER], origins=["http://localhost:8000"], pages=["/login"])
NAVIGATION = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-site": "cross-site"}


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "127.0.0.1:4566"},
        {"host": "localhost:4566"},
        {"host": "LOCALHOST:4566"},
        {"host": "[::1]:4566"},
        {"host": BROKER, "origin": "http://127.0.0.1:4566"},  # as paho sends it
        {"host": "127.0.0.1:4566", "origin": "http://127.0.0.1:4566", "sec-fetch-site": "same-origin"},
        {"host": "127.0.0.1:4566", "sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
        {"host": "127.0.0.1:4566", "origin": "http://localhost:8000", "sec-fetch-site": "cross-site"},
    ],
)
def test_programs_own_pages_and_named_origins_get_in(headers: dict[str, str]) -> None:
    assert PORT.refusal("POST", "/", headers) == ""


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": ""},
        {"host": "127.0.0.1"},
        {"host": "127.0.0.1:80"},
        {"host": "127.0.0.1:45661"},
        {"host": "evil.example:4566"},
        {"host": "127.0.0.1.evil.example:4566"},
        {"host": "127.0.0.1:4566,evil.example"},
        {"host": "other-ats.iot.us-east-1.localhost:4566"},
        {"host": "127.0.0.1:4566", "origin": "null"},
        {"host": "127.0.0.1:4566", "origin": "http://evil.example"},
        {"host": "127.0.0.1:4566", "origin": "http://127.0.0.1:8080"},
        {"host": "127.0.0.1:4566", "origin": "http://127.0.0.1"},
        {"host": "127.0.0.1:4566", "origin": "http://localhost:8000.evil.example"},
        {"host": "127.0.0.1:4566", "origin": "http://evil.example,http://127.0.0.1:4566"},
        {"host": "127.0.0.1:4566", "sec-fetch-site": "same-site"},  # a simple GET of a page on another port
        {"host": "127.0.0.1:4566", "sec-fetch-site": "cross-site"},
        {"host": "127.0.0.1:4566", **NAVIGATION},
    ],
)
def test_other_names_and_pages_of_others_do_not(headers: dict[str, str]) -> None:
    assert PORT.refusal("GET", "/", headers)


def test_a_link_of_any_page_leads_to_the_pages_that_are_meant_for_it_and_nothing_else_does() -> None:
    headers = {"host": "127.0.0.1:4566", **NAVIGATION}
    assert PORT.refusal("GET", "/login", headers) == ""
    assert PORT.refusal("POST", "/login", headers)
    assert PORT.refusal("GET", "/login", {**headers, "sec-fetch-dest": "iframe"})
    assert PORT.refusal("GET", "/login", {**headers, "sec-fetch-mode": "no-cors"})
    assert PORT.refusal("GET", "/login", {**headers, "host": "evil.example:4566"})
    assert PORT.refusal("GET", "/login", {**headers, "origin": "http://evil.example"})


def test_a_port_that_needs_no_name_is_reached_without_it() -> None:
    assert LocalPort(443).refusal("GET", "/", {"host": "127.0.0.1"}) == ""
    assert LocalPort(443).refusal("GET", "/", {"host": "evil.example"})


@pytest.mark.parametrize("text", ["http://localhost:8000", "https://app.example.com", "http://[::1]:80"])
def test_an_origin_is_one_that_a_page_can_have_of_its_own(text: str) -> None:
    assert is_origin(text)


@pytest.mark.parametrize("text", ["", "*", "null", "localhost:8000", "http://a/", "http://a b", "file://", "http://A"])
def test_what_any_page_may_have_is_none(text: str) -> None:
    assert not is_origin(text)
