"""Two users, four cameras, one of them shared, and a stranger: each reaches exactly the own ones, whatever is tried.

One warm function serves all of them, with a wire between it and the tables on which calls are counted.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from camera_skill.camera import Camera, CameraLink
from simulator.signaling import SignalingService
from tests.support.account_server import AccountServer
from tests.support.directives import ANSWER, DIRECTIVES, discover, filled, load
from tests.support.function import Function
from tests.support.master import Master, answer_with, create_channel, running_master
from tests.support.registrations import Registrations
from tests.support.wire import Wire, running_wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ANNA, BEN, STRANGER = (f"5f0f6b2e-0000-4000-8000-00000000000{letter}" for letter in "abc")
PORCH, GARDEN, ATTIC, DRIVE = "camera-skill-porch", "camera-skill-garden", "camera-skill-attic", "camera-skill-drive"
NAMES = {
    ANNA: {PORCH: "Porch", GARDEN: "Garden", DRIVE: "Our Drive"},
    BEN: {ATTIC: "Attic", DRIVE: "The Drive"},
    STRANGER: {},
}
"""What each user calls the own cameras, the one that both have included."""
CAMERAS = [PORCH, GARDEN, ATTIC, DRIVE]
ABOUT_AN_ENDPOINT = [name for name in DIRECTIVES if "endpoint" in load(name)["directive"]]
REPLIES = {
    "InitiateSessionWithOffer": "AnswerGeneratedForSession",
    "ReportState": "StateReport",
    "SetObjectDetectionClasses": "Response",
}
"""The event that answers a directive, where it is not one of the same name."""


def guessed(endpoint_id: str) -> list[str]:
    """What somebody would try who knows of this camera, or of how it is stored."""
    return [
        endpoint_id[:-1],
        f"{endpoint_id}-2",
        f"{endpoint_id} ",
        f"{endpoint_id}\n",
        f"{endpoint_id}\0",
        endpoint_id.upper(),
        endpoint_id.removeprefix("camera-skill-"),
        endpoint_id.replace("a", "\u0430"),  # looks the same
        f"CAMERA#{endpoint_id}",
        f"{endpoint_id}/..",
        f"{endpoint_id}/1700000000000",
        f"{endpoint_id},{PORCH}",
    ]


IDS_OF_NOBODY = [
    "",
    "/",
    "#",
    "CAMERA",
    "STATE",
    "GRANT",
    "camera-skill-*",
    "camera-skill-" + "a" * 115,
    "a" * 300,
    *(f"{kind}#{user}" for kind in ("OWNER", "USER") for user in (ANNA, BEN)),
    *(user for user in (ANNA, BEN)),
    *(one for camera in (PORCH, DRIVE) for one in guessed(camera)),
]
SUBS_LIKE_KEYS = [
    *(ANNA.upper(), f" {ANNA}", f"{ANNA} ", f"{ANNA}\n", f"{ANNA}\0", ANNA[:-1], f"{ANNA}0", f"{ANNA},{BEN}"),
    *(f"USER#{ANNA}", f"OWNER#{ANNA}", f"{ANNA}#CAMERA#{PORCH}", f"CAMERA#{PORCH}", "#", "*", "USER#"),
]


@dataclass
class Street:
    """All that the tests ask: `masters` are the cameras that answer, `wire` leads to the tables."""

    function: Function
    accounts: AccountServer
    signaling: SignalingService
    wire: Wire
    activity: str
    dynamodb: "DynamoDBClient"
    masters: dict[str, Master] = field(default_factory=dict)

    async def tell(self, directive: str, token: str, endpoint_id: str) -> dict[str, Any]:
        """The function's event. The directive is the one of this file in tests/data/directives."""
        event = filled(directive, token)
        event["directive"]["endpoint"]["endpointId"] = endpoint_id
        reply: dict[str, Any] = (await asyncio.to_thread(self.function, event))["event"]
        return reply

    async def reaches(self, directive: str, token: str, endpoint_id: str, *refusals: str) -> bool:
        """Whether the camera is opened; if so it is this one, and if not then nothing was.

        `refusals` may be the error beside NO_SUCH_ENDPOINT.
        """
        asked, offers = self.asked(), self.offers()
        event = await self.tell(directive, token, endpoint_id)
        if event["header"]["name"] == "ErrorResponse":
            assert event["payload"]["type"] in {"NO_SUCH_ENDPOINT", *refusals}, event
            assert (self.asked(), self.offers()) == (asked, offers), endpoint_id
            return False
        name = load(directive)["directive"]["header"]["name"]
        assert event["header"]["name"] == REPLIES.get(name, name)
        assert event["endpoint"]["endpointId"] == endpoint_id
        if "answer" in event["payload"]:
            assert event["payload"]["answer"]["value"] == answer_of(endpoint_id)
            offers[endpoint_id] += 1
        assert self.offers() == offers
        return True

    def asked(self) -> int:
        """How often the signaling service was asked for anything but a master's connection."""
        return sum(not request.operation.startswith(("Connect", "SendSdp")) for request in self.signaling.requests)

    def offers(self) -> dict[str, int]:
        """How many came to each camera."""
        return {endpoint_id: len(master.offers) for endpoint_id, master in self.masters.items()}

    async def sessions(self) -> set[tuple[str, str]]:
        """Camera and user of each session that is recorded."""
        items = await asyncio.to_thread(lambda: self.dynamodb.scan(TableName=self.activity)["Items"])
        return {
            (item["pk"]["S"].removeprefix("CAMERA#"), item["user_id"]["S"])
            for item in items
            if item["sk"]["S"].startswith("SESSION#")
        }

    async def discovered(self, token: str) -> dict[str, str]:
        """Endpoint ids and names that a user is shown."""
        reply = await asyncio.to_thread(self.function, discover(token))
        return {one["endpointId"]: one["friendlyName"] for one in reply["event"]["payload"]["endpoints"]}


def answer_of(endpoint_id: str) -> str:
    """An answer that tells which camera gave it."""
    return f"{ANSWER}a=example-camera:{endpoint_id}\r\n"


@pytest.fixture
async def street(
    function_environment: dict[str, str],
    account_server: AccountServer,
    signaling: SignalingService,
    registrations: Registrations,
    table_names: tuple[str, str],
    dynamodb: "DynamoDBClient",
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Street]:
    async with AsyncExitStack() as stack:
        wire = await stack.enter_async_context(running_wire(function_environment["AWS_ENDPOINT_URL"]))
        for name, value in {**function_environment, "AWS_ENDPOINT_URL": wire.url}.items():
            monkeypatch.setenv(name, value)
        street = Street(Function(), account_server, signaling, wire, table_names[1], dynamodb)
        for endpoint_id in CAMERAS:
            arn = await asyncio.to_thread(create_channel, signaling, endpoint_id)
            running = running_master(signaling.master_url, arn, answer_with(answer_of(endpoint_id)))
            street.masters[endpoint_id] = await stack.enter_async_context(running)
            camera = Camera(endpoint_id, arn, "us-east-1", signaling.data_plane_url, detects_persons=True)
            await asyncio.to_thread(_register, registrations, camera)
        yield street


def _register(registrations: Registrations, camera: Camera) -> None:
    for user, cameras in NAMES.items():
        if name := cameras.get(camera.endpoint_id):
            registrations.register(camera, CameraLink(user, camera.endpoint_id, name))


@pytest.mark.parametrize("directive", ABOUT_AN_ENDPOINT)
async def test_each_user_reaches_exactly_the_own_cameras_when_a_directive_names_one(
    street: Street, directive: str
) -> None:
    tokens = {user: street.accounts.token(sub=user) for user in NAMES}
    for _ in ("with new tokens", "with tokens that the function knows"):
        reached = {
            user: [one for one in CAMERAS if await street.reaches(directive, token, one)]
            for user, token in tokens.items()
        }
        assert reached == {user: [one for one in CAMERAS if one in own] for user, own in NAMES.items()}
    assert await street.sessions() <= {(camera, user) for user, own in NAMES.items() for camera in own}


@pytest.mark.parametrize("directive", ABOUT_AN_ENDPOINT)
async def test_no_camera_is_reached_when_its_id_is_guessed(street: Street, directive: str) -> None:
    for user in (BEN, STRANGER):
        token = street.accounts.token(sub=user)
        reached = [one for one in IDS_OF_NOBODY if await street.reaches(directive, token, one)]
        assert reached == []
    assert await street.sessions() == set()
    assert set(street.wire.calls) <= {"BatchGetItem"}


async def test_no_camera_is_reached_when_a_users_id_looks_like_a_key(street: Street) -> None:
    for sub in SUBS_LIKE_KEYS:
        token = street.accounts.token(sub=sub)
        for directive in ABOUT_AN_ENDPOINT:
            assert not await street.reaches(directive, token, PORCH, "INVALID_AUTHORIZATION_CREDENTIAL"), sub
        assert await street.discovered(token) == {}
    assert await street.sessions() == set()


@pytest.mark.parametrize("directive", ABOUT_AN_ENDPOINT)
async def test_a_foreign_camera_is_like_one_that_is_not_there_when_it_is_asked_for(
    street: Street, directive: str
) -> None:
    token = street.accounts.token(sub=BEN)
    await street.tell(directive, token, PORCH)
    replies, calls = [], []
    for endpoint_id in (PORCH, "camera-skill-nowhere"):
        before = len(street.wire.calls)
        event = await street.tell(directive, token, endpoint_id)
        calls.append(street.wire.calls[before:])
        del event["header"]["messageId"]
        replies.append(json.dumps(event).replace(endpoint_id, "ENDPOINT"))
    assert replies[0] == replies[1]
    assert calls == [["BatchGetItem"]] * 2


async def test_a_camera_is_gone_for_one_user_when_it_is_not_shared_any_more(
    street: Street, registrations: Registrations
) -> None:
    tokens = {user: street.accounts.token(sub=user) for user in (ANNA, BEN)}

    async def who_reaches_it() -> set[str]:
        reached = {
            user: {await street.reaches(directive, token, DRIVE) for directive in ABOUT_AN_ENDPOINT}
            for user, token in tokens.items()
        }
        assert all(len(answers) == 1 for answers in reached.values()), reached
        seen = {user for user, token in tokens.items() if DRIVE in await street.discovered(token)}
        assert seen == {user for user, answers in reached.items() if answers == {True}}
        return seen

    assert await who_reaches_it() == {ANNA, BEN}
    await asyncio.to_thread(registrations.unlink, CameraLink(BEN, DRIVE, ""))
    assert await who_reaches_it() == {ANNA}
    await asyncio.to_thread(registrations.link, CameraLink(BEN, DRIVE, "The Drive again"))
    assert await who_reaches_it() == {ANNA, BEN}
    assert (await street.discovered(tokens[BEN]))[DRIVE] == "The Drive again"
    await asyncio.to_thread(registrations.unlink, CameraLink(ANNA, DRIVE, ""))
    assert await who_reaches_it() == {BEN}


async def test_each_user_sees_the_own_names_when_discovering(street: Street) -> None:
    for _ in ("with new tokens", "with tokens that the function knows"):
        assert {user: await street.discovered(street.accounts.token(sub=user)) for user in NAMES} == NAMES
