"""What the simulated Echo Show does by itself when a doorbell rings."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from simulator.alexa.cloud import Customer, SkillFailedError
from simulator.camera import Camera, CameraSettings
from simulator.world.live_view import LiveViews
from tests.support.alexa_cloud import doorbell_endpoint
from tests.support.directives import ENDPOINT_ID
from tests.support.media import StandInSkill


@pytest.fixture
async def camera() -> AsyncIterator[Camera]:
    async with Camera(CameraSettings("Porch", 320, 180), lambda _: None) as camera:
        yield camera


@pytest.fixture
def customer() -> Customer:
    """Who calls the camera Front Door by now."""
    customer = Customer("user-1", "example-token")
    customer.discovered([doorbell_endpoint(ENDPOINT_ID, "Front Door")])
    return customer


async def test_shows_a_few_frames_when_the_camera_answers(camera: Camera, customer: Customer) -> None:
    skill = StandInSkill(camera.answer, "Front Door")
    view = await LiveViews(skill.invoke, lambda _: "Porch").show(customer, ENDPOINT_ID)
    assert view["state"] == "shown", view
    assert view["said"] == f"shows Front Door: first frame after {view['first_frame_ms']} ms"
    assert 0 < view["answer_ms"] <= view["first_frame_ms"]
    names = [directive["directive"]["header"]["name"] for directive in skill.directives]
    assert names == ["InitiateSessionWithOffer", "SessionConnected", "SessionDisconnected"]


async def test_says_why_when_the_camera_cannot_be_shown(customer: Customer) -> None:
    async def no_answer(_sender: str, _offer: str) -> None:
        return None

    view = await LiveViews(StandInSkill(no_answer).invoke, lambda _: None).show(customer, ENDPOINT_ID)
    assert view["state"] == "failed"
    assert view["said"].startswith("cannot show Front Door: The skill answered ")


async def test_says_why_when_the_skill_fails(customer: Customer) -> None:
    async def failing(_: object) -> dict[str, Any]:
        raise SkillFailedError("The skill's function failed.")

    view = await LiveViews(failing, lambda _: None).show(customer, ENDPOINT_ID)
    assert view == {"state": "failed", "said": "cannot show Front Door: The skill's function failed."}
