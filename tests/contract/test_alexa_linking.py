"""What the simulated Alexa does when a customer links, and when a doorbell rings."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from simulator.alexa.cloud import AlexaCloud, Customer, GrantState, SkillFailedError
from tests.support.alexa_cloud import FRONT_DOOR, doorbell_endpoint

USER = "customer-1"
Json = dict[str, Any]


class Skill:
    """Answers directives. `takes_grants`: or refuses them; `fails`: gives no event at all."""

    def __init__(self) -> None:
        self.directives: list[Json] = []
        self.takes_grants = True
        self.fails = False

    async def __call__(self, directive: Json) -> Json:
        self.directives.append(directive["directive"])
        if self.fails:
            raise SkillFailedError("The function failed.")
        if directive["directive"]["header"]["name"] == "Discover":
            return _event("Alexa.Discovery", "Discover.Response", {"endpoints": [doorbell_endpoint()]})
        if self.takes_grants:
            return _event("Alexa.Authorization", "AcceptGrant.Response", {})
        refusal = {"type": "ACCEPT_GRANT_FAILED", "message": "the code does not count"}
        return _event("Alexa.Authorization", "ErrorResponse", refusal)


def _event(namespace: str, name: str, payload: Json) -> Json:
    return {"event": {"header": {"namespace": namespace, "name": name}, "payload": payload}}


@pytest.fixture
def skill() -> Skill:
    return Skill()


@pytest.fixture
async def cloud(skill: Skill) -> AsyncIterator[AlexaCloud]:
    async with AlexaCloud() as running:
        running.connect(skill)
        yield running


async def test_grants_and_discovers_when_a_customer_links(cloud: AlexaCloud, skill: Skill) -> None:
    assert await cloud.link(USER, "the-access-token") == "ok"
    grant, discover = skill.directives
    assert grant["payload"]["grant"]["type"] == "OAuth2.AuthorizationCode"
    assert grant["payload"]["grantee"] == {"type": "BearerToken", "token": "the-access-token"}
    assert "correlationToken" not in grant["header"]
    assert discover["payload"]["scope"]["token"] == "the-access-token"
    assert cloud.login.whose(grant["payload"]["grant"]["code"]) == USER
    assert cloud.customers[USER].as_row() == {
        "user_id": USER,
        "grant": "granted",
        "accept_grant": "ok",
        "devices": [{"endpoint_id": FRONT_DOOR, "friendly_name": "Front Door"}],
    }


async def test_tells_why_when_the_skill_does_not_take_the_grant(cloud: AlexaCloud, skill: Skill) -> None:
    skill.takes_grants = False
    assert await cloud.link(USER, "token") == "ACCEPT_GRANT_FAILED: the code does not count"
    assert cloud.customers[USER].grant is GrantState.REFUSED
    assert list(cloud.customers[USER].devices) == [FRONT_DOOR]
    skill.fails = True
    assert await cloud.link(USER, "token") == "The function failed."
    skill.takes_grants, skill.fails = True, False
    assert await cloud.link(USER, "token") == "ok"


async def press(cloud: AlexaCloud, token: str) -> int:
    message = {
        "context": {},
        "event": {
            "header": {
                "namespace": "Alexa.DoorbellEventSource",
                "name": "DoorbellPress",
                "messageId": "m-1",
                "payloadVersion": "3",
            },
            "endpoint": {"scope": {"type": "BearerToken", "token": token}, "endpointId": FRONT_DOOR},
            "payload": {"cause": {"type": "PHYSICAL_INTERACTION"}, "timestamp": "2026-11-22T10:00:00Z"},
        },
    }
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{cloud.gateway_url}/v3/events"
    async with aiohttp.ClientSession() as session, session.post(url, json=message, headers=headers) as response:
        return response.status


async def test_the_echo_opens_one_live_view_at_a_time_when_a_doorbell_rings_twice(cloud: AlexaCloud) -> None:
    seen, shown = asyncio.Queue[str](), asyncio.Event()

    async def live_view(customer: Customer, endpoint_id: str) -> Json:
        await seen.put(f"{customer.user_id} {endpoint_id}")
        await shown.wait()
        return {"state": "shown", "said": "shows Front Door"}

    token = cloud.add_customer(USER, [doorbell_endpoint()]).access_token
    cloud.connect(Skill(), live_view)
    assert await press(cloud, token) == 202
    assert await seen.get() == f"{USER} {FRONT_DOOR}"
    assert await press(cloud, token) == 202
    first, second = cloud.events.records
    assert (first.view or {})["state"] == "opening"
    assert (second.view or {})["state"] == "busy"
    shown.set()
    (line,) = await cloud.events.since(2, 5)
    assert (line.name, line.of, line.echo) == ("LiveView", 1, ["shows Front Door"])
    assert first.view == line.view == {"state": "shown", "said": "shows Front Door"}
    shown.clear()
    assert await press(cloud, token) == 202
    assert (cloud.events.records[-1].view or {})["state"] == "opening"
