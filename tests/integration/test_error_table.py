"""The error table of docs/architecture.md, row by row: what Alexa, the log, the metrics and the camera get."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from simulator.signaling import SignalingService
from tests.conftest import AddCamera
from tests.support import error_cases, grant_error_cases
from tests.support.account_server import AccountServer
from tests.support.alexa_schema import checked
from tests.support.directives import ANSWER, ENDPOINT_ID, OFFER, about_session, discover, filled, initiate
from tests.support.error_cases import ROWS, Case, Stage
from tests.support.function_process import FunctionProcess, running_function
from tests.support.master import answer_with, create_channel, running_master
from tests.support.offers import REPLY_SECONDS, SEND, offers_delivered

CASES = [*error_cases.CASES, *grant_error_cases.CASES]


def test_every_row_has_a_case_unless_it_is_in_italics_as_not_built() -> None:
    assert {case.row.cause for case in CASES} == {cause for cause, row in ROWS.items() if row.is_built}


@pytest.fixture
async def stage(
    function_environment: dict[str, str], account_server: AccountServer, signaling: SignalingService
) -> AsyncIterator[Stage]:
    environment = {**function_environment, "AWS_ENDPOINT_URL_KINESIS_VIDEO": signaling.control_plane_url}
    async with AsyncExitStack() as parts:
        yield Stage(account_server, signaling, environment, answer_with(ANSWER), parts)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_alexa_log_metrics_and_camera_get_what_the_table_says(
    case: Case, stage: Stage, add_camera: AddCamera
) -> None:
    signaling = stage.signaling
    arn = await asyncio.to_thread(create_channel, signaling)
    await asyncio.to_thread(add_camera, signaling.data_plane_url, channel_arn=arn)
    spoiled = case.spoil(stage) if case.spoil else None
    if asyncio.iscoroutine(spoiled):
        await spoiled
    event = event_of(case, stage.account_server)
    async with (
        running_master(signaling.master_url, arn, stage.answer),
        running_function(stage.environment) as function,
    ):
        await function.invoke({})
        function.output.clear()
        reply, seconds = await timed(function, event, case.seconds)
    assert seconds < REPLY_SECONDS
    check_reply(case, event, reply)
    check_output(case, event, function.output)
    assert offers_delivered(signaling) == case.deliveries
    calls = [request for request in signaling.requests if request.operation == SEND]
    assert len(calls) == case.calls
    assert len({call.client_id for call in calls}) == len(calls)


def event_of(case: Case, account_server: AccountServer) -> dict[str, Any]:
    token = account_server.token()
    if case.directive == "discover":
        event = discover(token)
    elif case.directive == "initiate_session_with_offer":
        event = initiate(token, OFFER)
    elif case.directive == "accept_grant":
        event = filled(case.directive, token)
    else:
        event = about_session(case.directive, token)
    if case.change:
        case.change(event, account_server)
    return event


async def timed(function: FunctionProcess, event: object, left: float) -> tuple[dict[str, Any], float]:
    started = time.monotonic()
    reply = checked(await function.reply(event, left))
    return reply, time.monotonic() - started


def check_reply(case: Case, event: dict[str, Any], whole: dict[str, Any]) -> None:
    reply = whole["event"]
    header, directive = reply["header"], event["directive"]
    assert header.get("correlationToken") == directive["header"].get("correlationToken")
    if case.directive == "discover":
        assert (header["name"], reply["payload"]) == ("Discover.Response", {"endpoints": []})
        return
    if not case.error:
        assert (header["namespace"], header["name"]) == ("Alexa", "StateReport")
        assert [each["value"] for each in whole["context"]["properties"]] == [{"value": "UNREACHABLE"}]
        return
    is_grant = case.directive == "accept_grant"
    assert (header["namespace"], header["name"]) == ("Alexa.Authorization" if is_grant else "Alexa", "ErrorResponse")
    assert reply.get("endpoint") == (None if is_grant else {"endpointId": directive["endpoint"]["endpointId"]})
    payload = dict(reply["payload"])
    message = payload.pop("message")
    assert payload == {"type": case.row.error_type, **case.payload}
    assert len(message) > len("it failed")
    if case.calls:
        assert ENDPOINT_ID in message


def check_output(case: Case, event: dict[str, Any], output: list[str]) -> None:
    log, metrics = (json.loads(line) for line in output)
    directive = event["directive"]
    if not case.error:
        assert (log["level"], log["outcome"]) == ("INFO", "ANSWERED")
        assert (metrics["outcome"], "Errors" in metrics) == ("ANSWERED", False)
        return
    assert log["error"] == case.error
    assert log["level"] == ("ERROR" if case.row.alarm else "WARNING")
    assert ("exception" in log) == case.row.alarm
    assert log["correlation_id"] == "00000000-0000-4000-8000-000000000000"
    assert (log["namespace"], log["directive"]) == (directive["header"]["namespace"], directive["header"]["name"])
    if case.directive != "discover":
        assert log["outcome"] == log["error_type"] == case.row.error_type
    if case.calls:
        assert log["endpoint_id"] == ENDPOINT_ID
        assert log["session_id"] == directive["payload"]["sessionId"]
        assert metrics["directive"] == directive["header"]["name"]
    assert metrics["outcome"] == log["error_type"]
    assert metrics["Errors"] == metrics["Directives"] == [1.0]
    assert metrics.get("Alarms") == ([1.0] if case.row.alarm else None)
    assert "Answers" not in metrics
    retried = case.calls - 1 if case.calls else int(case.name == "refused")
    assert metrics.get("Retries", [0.0]) == [float(max(0, retried))]
    assert log["duration_ms"] < REPLY_SECONDS * 1000
