"""The simulated token endpoint of Login with Amazon, as its documentation and RFC 6749 describe it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from simulator.alexa.cloud import AlexaCloud, At, CloudFault, CloudSettings
from tests.support import secrets

USER = "customer-1"
Answer = tuple[int, dict[str, Any]]


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def cloud(clock: Clock) -> AsyncIterator[AlexaCloud]:
    async with AlexaCloud(CloudSettings(clock=clock)) as running:
        yield running


async def ask(cloud: AlexaCloud, **form: str) -> Answer:
    client = {"client_id": cloud.settings.client_id, "client_secret": cloud.settings.client_secret}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{cloud.login_url}/auth/o2/token", data={**client, **form}) as response,
    ):
        body: dict[str, Any] = await response.json()
    for name in ("access_token", "refresh_token"):
        secrets.learn(name, body.get(name, ""))
    return response.status, body


async def exchange(cloud: AlexaCloud, code: str) -> Answer:
    return await ask(cloud, grant_type="authorization_code", code=code)


async def refresh(cloud: AlexaCloud, refresh_token: str) -> Answer:
    return await ask(cloud, grant_type="refresh_token", refresh_token=refresh_token)


async def test_a_code_brings_tokens_once_when_it_is_exchanged(cloud: AlexaCloud) -> None:
    code = cloud.login.new_code(USER)
    status, tokens = await exchange(cloud, code)
    assert status == 200
    assert tokens.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 3600)
    assert cloud.login.user_of(tokens["access_token"]) == USER
    status, error = await exchange(cloud, code)
    assert (status, error["error"]) == (400, "invalid_grant")


async def test_a_code_counts_no_more_when_its_time_is_over(cloud: AlexaCloud, clock: Clock) -> None:
    code = cloud.login.new_code(USER)
    clock.now += cloud.settings.code_seconds
    assert (await exchange(cloud, code))[1]["error"] == "invalid_grant"


async def test_an_access_token_counts_no_more_when_its_time_is_over(cloud: AlexaCloud, clock: Clock) -> None:
    _, tokens = await exchange(cloud, cloud.login.new_code(USER))
    clock.now += 3600
    assert cloud.login.user_of(tokens["access_token"]) is None


async def test_a_refresh_brings_another_refresh_token_and_ends_the_old_one_when_it_rotates(cloud: AlexaCloud) -> None:
    _, first = await exchange(cloud, cloud.login.new_code(USER))
    status, second = await refresh(cloud, first["refresh_token"])
    assert status == 200
    assert second["refresh_token"] != first["refresh_token"]
    assert cloud.login.user_of(first["access_token"]) == cloud.login.user_of(second["access_token"]) == USER
    assert (await refresh(cloud, first["refresh_token"]))[1]["error"] == "invalid_grant"
    assert (await refresh(cloud, second["refresh_token"]))[0] == 200


async def test_a_refresh_token_stays_when_it_does_not_rotate() -> None:
    async with AlexaCloud(CloudSettings(rotates=False)) as cloud:
        _, first = await exchange(cloud, cloud.login.new_code(USER))
        for _ in range(2):
            _, again = await refresh(cloud, first["refresh_token"])
            assert again["refresh_token"] == first["refresh_token"]


async def test_nothing_counts_any_more_when_the_customer_took_the_grant_back_and_a_new_one_does(
    cloud: AlexaCloud,
) -> None:
    cloud.add_customer(USER)
    _, tokens = await exchange(cloud, cloud.login.new_code(USER))
    pending = cloud.login.new_code(USER)
    cloud.revoke(USER)
    assert cloud.login.user_of(tokens["access_token"]) is None
    assert (await refresh(cloud, tokens["refresh_token"]))[1]["error"] == "invalid_grant"
    assert (await exchange(cloud, pending))[1]["error"] == "invalid_grant"
    assert (await exchange(cloud, cloud.login.new_code(USER)))[0] == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "x", "client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "refresh_token", "refresh_token": "x", "client_id": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "refresh_token", "refresh_token": "unheard of"}, 400, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "unheard of"}, 400, "invalid_grant"),
        ({"grant_type": "authorization_code"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_says_what_is_wrong_when_a_request_is_not_right(
    cloud: AlexaCloud, form: dict[str, str], status: int, error: str
) -> None:
    answer = await ask(cloud, **form)
    assert (answer[0], answer[1]["error"]) == (status, error)
    assert answer[1].keys() == {"error", "error_description", "request_id"}
    assert [request.error for request in cloud.login.requests] == [error]


async def test_tells_whose_requests_there_were_when_tokens_were_asked_for(cloud: AlexaCloud) -> None:
    _, tokens = await exchange(cloud, cloud.login.new_code(USER))
    await refresh(cloud, tokens["refresh_token"])
    assert [(request.grant_type, request.user_id, request.error) for request in cloud.login.requests] == [
        ("authorization_code", USER, ""),
        ("refresh_token", USER, ""),
    ]
    assert tokens["refresh_token"] not in str(cloud.login.requests)


@pytest.mark.parametrize(("name", "error"), [("500", "server_error"), ("503", "temporarily_unavailable")])
async def test_fails_so_often_when_a_fault_is_set(cloud: AlexaCloud, name: str, error: str) -> None:
    cloud.faults.set(CloudFault(name, At.LOGIN, times=1))
    code = cloud.login.new_code(USER)
    status, body = await exchange(cloud, code)
    assert (status, body["error"]) == (int(name), error)
    assert (await exchange(cloud, code))[0] == 200


async def test_the_rotated_token_is_lost_when_the_answer_is(cloud: AlexaCloud) -> None:
    _, tokens = await exchange(cloud, cloud.login.new_code(USER))
    cloud.faults.set(CloudFault("lost", At.LOGIN, times=1))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await refresh(cloud, tokens["refresh_token"])
    assert (await refresh(cloud, tokens["refresh_token"]))[1]["error"] == "invalid_grant"


async def test_nothing_happened_when_the_connection_was_closed(cloud: AlexaCloud) -> None:
    code = cloud.login.new_code(USER)
    cloud.faults.set(CloudFault("closed", At.LOGIN, times=1))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await exchange(cloud, code)
    assert (await exchange(cloud, code))[0] == 200
