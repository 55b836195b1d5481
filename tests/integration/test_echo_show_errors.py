import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from simulator.camera import Camera, CameraSettings
from simulator.echo_show import (
    AlexaError,
    EchoShow,
    NotConnectedError,
    SkillSilentError,
    UnexpectedReplyError,
    UnusableAnswerError,
)
from tests.support.directives import ENDPOINT_ID
from tests.support.media import Answer, StandInSkill

Directive = dict[str, Any]
Event = dict[str, Any]


@pytest.fixture
async def camera() -> AsyncIterator[Camera]:
    async with Camera(CameraSettings("Front Door", 320, 180), lambda _: None) as camera:
        yield camera


class SpoilingSkill(StandInSkill):
    """A skill whose events of one name are changed on their way to Alexa."""

    def __init__(self, answer: Answer, name: str, spoil: Callable[[Event], Event]) -> None:
        super().__init__(answer)
        self._name = name
        self._spoil = spoil

    async def invoke(self, directive: Directive) -> Event:
        event = await super().invoke(directive)
        if directive["directive"]["header"]["name"] == self._name:
            return self._spoil(event)
        return event


def set_in(*path: str, value: object) -> Callable[[Event], Event]:
    """Sets a member of an event."""

    def spoil(event: Event) -> Event:
        inner = event
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        return event

    return spoil


def in_answer(old: str, new: str) -> Callable[[Event], Event]:
    """Replaces something in the SDP of the answer."""

    def spoil(event: Event) -> Event:
        answer = event["event"]["payload"]["answer"]
        assert old in answer["value"]
        answer["value"] = answer["value"].replace(old, new)
        return event

    return spoil


async def show(skill: StandInSkill, timeout: float = 20.0) -> None:  # noqa: ASYNC109 - that of the Echo Show
    await EchoShow(skill.invoke, "example-token").show(ENDPOINT_ID, frames=3, timeout=timeout)


async def test_skill_gets_the_directives_of_a_session_in_order_when_all_goes_well(camera: Camera) -> None:
    skill = StandInSkill(camera.answer)
    await show(skill)
    assert skill.names == ["Discover", "InitiateSessionWithOffer", "SessionConnected", "SessionDisconnected"]
    discover, *session = [directive["directive"] for directive in skill.directives]
    assert "correlationToken" not in discover["header"]
    assert discover["payload"] == {"scope": {"type": "BearerToken", "token": "example-token"}}
    for directive in session:
        assert directive["header"]["payloadVersion"] == "3"
        assert directive["endpoint"] == {
            "scope": {"type": "BearerToken", "token": "example-token"},
            "endpointId": ENDPOINT_ID,
            "cookie": {"made": "by-test"},
        }
    assert len({directive["header"]["correlationToken"] for directive in session}) == 3
    assert len({directive["header"]["messageId"] for directive in [discover, *session]}) == 4
    assert len({directive["payload"]["sessionId"] for directive in session}) == 1
    assert session[0]["payload"]["offer"]["format"] == "SDP"


async def test_error_carries_type_and_message_when_the_skill_answers_an_error_response() -> None:
    async def offline(_sender: str, _offer: str) -> None:
        return None

    with pytest.raises(AlexaError) as caught:
        await show(StandInSkill(offline))
    assert (caught.value.type, caught.value.message) == ("ENDPOINT_UNREACHABLE", "no answer")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (set_in("event", "header", "correlationToken", value="other"), "correlation token"),
        (set_in("event", "header", "name", value="Response"), "where Alexa.RTCSessionController AnswerGenerated"),
        (set_in("event", "payload", "answer", value="v=0"), "no answer of the format SDP"),
        (set_in("event", "payload", "answer", value={"format": "SDP"}), "has no text"),
        (set_in("event", "payload", value=None), "not an object"),
        (lambda _: {"errorMessage": "Task timed out"}, "not an event"),
    ],
)
async def test_reply_is_refused_when_it_breaks_alexas_rules(
    camera: Camera, spoil: Callable[[Event], Event], sentence: str
) -> None:
    with pytest.raises(UnexpectedReplyError, match=sentence):
        await show(SpoilingSkill(camera.answer, "InitiateSessionWithOffer", spoil))


async def test_discovery_is_refused_when_it_lists_nothing_that_is_a_list(camera: Camera) -> None:
    skill = SpoilingSkill(camera.answer, "Discover", set_in("event", "payload", "endpoints", value=None))
    with pytest.raises(UnexpectedReplyError, match="lists no endpoints"):
        await EchoShow(skill.invoke, "example-token").discover()


async def test_session_is_given_up_when_the_reply_to_connected_is_about_another(camera: Camera) -> None:
    skill = SpoilingSkill(camera.answer, "SessionConnected", set_in("event", "payload", "sessionId", value="x"))
    with pytest.raises(UnexpectedReplyError, match="another session"):
        await show(skill)
    assert skill.names[-1] == "SessionDisconnected"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("v=0", "<html>", "media sections"),
        ("m=audio ", "m=audio x", "not an SDP text"),
        ("a=mid:video0", "a=mid:video1", "media sections"),
        ("SAVPF 99", "SAVPF 99 100", "payload types not offered: .*100"),
        ("a=setup:active", "a=setup:actpass", "DTLS role"),
        ("a=candidate", "a=x-candidate", "cannot trickle"),
        ("a=sendonly", "a=inactive", "sends no video"),
        ("a=ice-pwd:", "a=x-pwd:", "no ICE credentials"),
    ],
)
async def test_answer_is_refused_and_session_ended_when_an_echo_cannot_use_it(
    camera: Camera, old: str, new: str, sentence: str
) -> None:
    def spoil(event: Event) -> Event:
        event = in_answer(old, new)(event)
        if old == "v=0":
            event["event"]["payload"]["answer"]["value"] = new
        return event

    skill = SpoilingSkill(camera.answer, "InitiateSessionWithOffer", spoil)
    with pytest.raises(UnusableAnswerError, match=sentence):
        await show(skill)
    assert skill.names[-1] == "SessionDisconnected"


async def test_video_is_shown_when_the_answer_is_as_brief_as_an_echos_offer(camera: Camera) -> None:
    fmtp = "a=fmtp:99 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"
    await show(SpoilingSkill(camera.answer, "InitiateSessionWithOffer", in_answer(fmtp, "")))


async def test_connection_fails_when_the_fingerprint_is_not_the_cameras(camera: Camera) -> None:
    skill = SpoilingSkill(
        camera.answer, "InitiateSessionWithOffer", in_answer("a=fingerprint:sha-256 ", "a=fingerprint:sha-256 00:")
    )
    with pytest.raises(NotConnectedError):
        await show(skill, timeout=5.0)


async def test_connection_fails_when_nobody_is_behind_the_candidates() -> None:
    async with Camera(CameraSettings("Front Door", 320, 180), lambda _: None) as camera:
        skill = StandInSkill(camera.answer)

        async def gone(sender: str, offer: str) -> str | None:
            answer = await camera.answer(sender, offer)
            await camera.__aexit__()
            return answer

        skill = StandInSkill(gone)
        with pytest.raises(NotConnectedError, match="No connection"):
            await show(skill, timeout=1.0)


async def test_silence_is_named_when_the_skill_does_not_reply_in_time() -> None:
    async def silent(_sender: str, _offer: str) -> str:
        await asyncio.sleep(3600)
        return ""

    with pytest.raises(SkillSilentError):
        await show(StandInSkill(silent), timeout=0.3)


async def test_an_answer_counts_for_nothing_when_it_comes_after_alexas_six_seconds() -> None:
    async def slow(_sender: str, _offer: str) -> str:
        await asyncio.sleep(7)  # the time that passes is what is tested
        return ""

    with pytest.raises(SkillSilentError, match="within 6 s"):
        await show(StandInSkill(slow), timeout=20)
