import asyncio
import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from simulator.alexa.cloud import SkillFailedError
from simulator.child_process import processes_of_world
from simulator.local_aws import HOST
from simulator.world.skill import invoker
from tests.support.tools import need_local_aws
from tests.support.world_process import WorldProcess, aws_of, small_project, start_world, wait_until

if TYPE_CHECKING:
    from pathlib import Path


CAMERA = {"endpoint_id": "x", "friendly_name": "X", "channel_name": "x", "thing_name": "x"}

pytestmark = pytest.mark.xdist_group("world control")  # one world for all


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> "Path":
    need_local_aws()
    return small_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def world(project: "Path", tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorldProcess]:
    started = start_world(tmp_path_factory.mktemp("worlds") / "world", project)
    try:
        started.wait_until_ready()
        yield started
        assert started.end() == 0
    finally:
        started.kill()


def camera_status(world: WorldProcess, endpoint_id: str) -> dict[str, Any] | None:
    _, status = world.ask("GET", "/status")
    return next((camera for camera in status["cameras"] if camera["endpoint_id"] == endpoint_id), None)


def processes_of_camera(world: WorldProcess, endpoint_id: str) -> list[psutil.Process]:
    option = f"--channel-name=channel-{endpoint_id}"
    return [
        process
        for process in processes_of_world(world.folder)
        if option in process.cmdline() and "guardian.py" not in " ".join(process.cmdline())
    ]


def test_tells_that_all_works_when_it_does(world: WorldProcess) -> None:
    code, status = world.ask("GET", "/status")
    assert code == 200
    assert status["pid"] == world.process.pid
    assert status["local_aws"]["answering"]
    assert status["local_aws"]["url"] == world.content["aws_endpoint_url"]
    assert status["signaling"]["url"] == world.content["signaling_endpoint_url"]


def test_shows_a_line_for_each_step_with_its_time_when_it_starts(world: WorldProcess) -> None:
    lines = world.output.splitlines()
    assert [line.split(" … ")[0].split(" for python")[0] for line in lines[:5]] == [
        "Starting the signaling service",
        "Starting local AWS",
        "Building the functions",
        "Deploying the template to local AWS",
        "Starting the functions",
    ]
    assert all(line.endswith(" s") for line in lines[:5])
    assert lines[5] == f"The world is ready: {world.folder / 'world.json'}"


def test_all_listens_on_loopback_only_when_ready(world: WorldProcess) -> None:
    listeners = [
        connection.laddr.ip
        for process in [psutil.Process(world.process.pid), *processes_of_world(world.folder)]
        for connection in process.net_connections("inet")
        if connection.status in {psutil.CONN_LISTEN, psutil.CONN_NONE}
    ]
    assert len(listeners) >= 6  # four of the signaling service, local AWS, the control
    assert set(listeners) == {HOST}


def test_is_refused_when_another_world_runs_in_the_folder(world: WorldProcess, project: "Path") -> None:
    second = start_world(world.folder, project, log=world.folder.with_suffix(".second"))
    assert second.process.wait(20) == 1
    assert second.output == f"error: A world already runs in {world.folder}.\n"
    assert world.ask("GET", "/status")[1]["local_aws"]["answering"]


def test_camera_is_connected_as_master_when_its_start_is_answered(world: WorldProcess) -> None:
    world.create_channel("channel-front-door")
    code, camera = world.start_camera("front-door", "Front Door")
    assert code == 201, camera
    assert (camera["state"], camera["connected"], camera["sessions"]) == ("connected", True, 0)
    assert camera["broker"] == "connected"
    _, requests = world.ask("GET", "/signaling/requests")
    assert requests["counts"]["ConnectAsMaster"] == 1
    assert requests["requests"][-1]["channel_name"] == "channel-front-door"
    assert world.start_camera("front-door", "Front Door")[0] == 409
    assert world.ask("DELETE", "/cameras/front-door")[0] == 200
    assert camera_status(world, "front-door") is None
    assert processes_of_camera(world, "front-door") == []


def test_camera_is_seen_to_have_ended_and_can_be_replaced_when_it_was_killed(world: WorldProcess) -> None:
    world.create_channel("channel-garage")
    assert world.start_camera("garage", "Garage")[0] == 201
    for process in processes_of_camera(world, "garage"):
        process.send_signal(signal.SIGKILL)
    wait_until(lambda: (camera_status(world, "garage") or {})["state"] == "ended")
    assert (camera_status(world, "garage") or {})["exit_code"] == 128 + signal.SIGKILL
    assert "The simulated camera Garage has ended" in world.output
    code, answer = world.ask("POST", "/cameras/garage/events/doorbell", {})
    assert (code, answer["error"].startswith("The simulated camera Garage has ended.")) == (409, True)
    assert world.start_camera("garage", "Garage")[0] == 201


def test_start_of_a_camera_is_refused_with_its_log_when_it_has_no_channel(world: WorldProcess) -> None:
    code, answer = world.start_camera("nowhere", "Nowhere")
    assert code == 409
    assert "The simulated camera Nowhere" in answer["error"]
    assert "ResourceNotFoundException" in answer["error"]
    assert processes_of_camera(world, "nowhere") == []


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "sentence"),
    [
        ("POST", "/cameras", {**CAMERA, "endpoint_id": "../x"}, 400, "endpoint_id has 1 to 128 letters, digits"),
        ("POST", "/cameras", {**CAMERA, "channel_name": "a/b"}, 400, "channel_name has 1 to 256 letters, digits"),
        ("POST", "/cameras", {**CAMERA, "thing_name": "a/+"}, 400, "thing_name has 1 to 128 letters, digits"),
        ("POST", "/cameras", {"endpoint_id": "x"}, 400, "friendly_name is missing"),
        ("POST", "/cameras", ["x"], 400, "object"),
        ("PUT", "/account", {"user_id": "u"}, 400, "access_token is missing"),
        ("PUT", "/cameras-listing", {}, 400, "list of cameras"),
        ("DELETE", "/cameras/unknown", None, 409, "There is no simulated camera unknown"),
        ("GET", "/nothing", None, 404, "Not Found"),
        ("POST", "/cameras/unknown/events/doorbell", {}, 409, "There is no simulated camera unknown"),
        ("POST", "/cameras/unknown/events/knock", {}, 400, "There is no event “knock”"),
        ("POST", "/cameras/unknown/events/motion", [], 400, "object"),
        ("GET", "/alexa/events?since=x", None, 400, "since is a number"),
        ("GET", "/alexa/events?wait=26", None, 400, "from 0 to 25"),
        ("POST", "/alexa/customers/nobody/revoke", None, 404, "no such customer"),
        ("POST", "/alexa/customers/nobody/unlink", None, 404, "no such customer"),
        ("POST", "/alexa/faults", {"fault": "slwo"}, 400, "There is no fault “slwo”"),
        ("POST", "/alexa/faults", {"fault": "413", "at": "login"}, 400, "There is no fault “413” at the login"),
        ("POST", "/alexa/faults", {"fault": "429", "at": "x"}, 400, "no fault of Alexa's cloud"),
        ("POST", "/alexa/faults", {"fault": "429", "times": 0}, 400, "at least once"),
        ("POST", "/alexa/faults", {"fault": "429", "probability": 2}, 400, "at most 1"),
        ("POST", "/alexa/faults", {"fault": "slow=99"}, 400, "60 s late"),
        ("POST", "/alexa/faults", {"fault": "429", "tiems": 1}, 400, "no tiems"),
        ("POST", "/signaling/faults", {}, 400, "fault is missing"),
        ("POST", "/signaling/faults", {"fault": "slwo"}, 400, "There is no fault “slwo”"),
        ("POST", "/signaling/faults", {"fault": "never", "operation": "X"}, 400, "There is no operation “X”"),
        ("POST", "/signaling/faults", {"fault": "never", "operation": 7}, 400, "operation is a text"),
        ("POST", "/signaling/faults", {"fault": "never", "channel_name": ""}, 400, "channel_name is a text"),
        ("POST", "/signaling/faults", {"fault": "never", "times": True}, 400, "times is a number"),
        ("POST", "/signaling/faults", {"fault": "never", "times": 0}, 400, "at least once"),
    ],
)
def test_answers_with_a_sentence_when_a_request_makes_no_sense(
    world: WorldProcess, method: str, path: str, body: object, code: int, sentence: str
) -> None:
    status, answer = world.ask(method, path, body)
    assert status == code
    assert sentence in answer["error"]


def test_fault_is_listed_until_it_is_cleared_when_one_was_set(world: WorldProcess) -> None:
    fault = {"fault": "slow=2", "channel_name": "camera-skill-x/y", "operation": "GetIceServerConfig", "times": 1}
    assert world.ask("POST", "/signaling/faults", fault) == (201, fault)
    code, other = world.ask("POST", "/signaling/faults", {"fault": "never"})
    assert code == 201
    assert other == {"fault": "never", "channel_name": None, "operation": "SendAlexaOfferToMaster", "times": None}
    assert world.ask("GET", "/signaling/faults") == (200, {"faults": [fault, other]})
    assert world.ask("DELETE", "/signaling/faults?channel_name=camera-skill-x%2Fy") == (200, {"cleared": 1})
    assert world.ask("DELETE", "/signaling/faults") == (200, {"cleared": 1})
    assert world.ask("GET", "/signaling/faults") == (200, {"faults": []})


def test_camera_publishes_an_event_each_time_it_is_told_to(world: WorldProcess) -> None:
    world.create_channel("channel-porch")
    assert world.start_camera("porch", "Porch")[0] == 201
    url = "/cameras/porch/events/doorbell"
    topic = "cameras/thing-porch/events/doorbell"
    for _ in range(2):
        assert world.ask("POST", url, {"id": "press-1"}) == (201, {"id": "press-1", "topic": topic})
    code, published = world.ask("POST", "/cameras/porch/events/motion", {"detected": True})
    assert (code, published["topic"]) == (201, "cameras/thing-porch/events/motion")
    assert published["id"]
    log = (world.folder / "logs" / "camera-porch.log").read_text()
    assert log.count('"id": "press-1"') == 2


def test_fault_of_alexa_is_listed_until_it_is_cleared_when_one_was_set(world: WorldProcess) -> None:
    fault = {"fault": "slow=3", "at": "login", "user_id": "u1", "times": 2, "probability": 0.5}
    other = {"fault": "429", "at": "gateway", "user_id": None, "times": None, "probability": 1.0}
    assert world.ask("POST", "/alexa/faults", fault) == (201, fault)
    assert world.ask("POST", "/alexa/faults", {"fault": "429"}) == (201, other)
    assert world.ask("GET", "/alexa/faults") == (200, {"faults": [fault, other]})
    assert world.ask("DELETE", "/alexa/faults") == (200, {"cleared": 2})
    assert world.ask("GET", "/alexa/faults") == (200, {"faults": []})


def test_alexa_links_an_account_when_there_is_one_and_tells_what_the_skill_said(world: WorldProcess) -> None:
    code, answer = world.ask("PUT", "/account", {"user_id": "user 1", "access_token": "secret"})
    assert (code, answer) == (200, {"accept_grant": "The stack has no function for directives."})
    customer = {"user_id": "user 1", "grant": "refused", "accept_grant": answer["accept_grant"], "devices": []}
    assert world.ask("GET", "/alexa/customers")[1]["customers"] == [customer]
    assert world.ask("POST", "/alexa/customers/user%201/revoke") == (200, {**customer, "grant": "revoked"})
    assert world.ask("POST", "/alexa/customers/user%201/unlink") == (200, {**customer, "grant": "unlinked"})


@pytest.mark.parametrize(
    ("output", "directive", "sentence"),
    [
        ("SleeperName", {}, "The skill's function failed: .*HandlerError"),
        ("SleeperName", {"seconds": 0}, "none that Alexa's message schema accepts"),
        ("JwksUrl", {}, "The skill's function cannot be invoked"),
    ],
)
def test_alexa_says_what_is_wrong_when_the_function_gives_no_event(
    world: WorldProcess, output: str, directive: dict[str, Any], sentence: str
) -> None:
    aws = aws_of(world.folder, world.content)
    outputs = {"SmartHomeFunctionAliasArn": world.content["outputs"][output]}
    with pytest.raises(SkillFailedError, match=sentence):
        asyncio.run(invoker(aws, outputs)(directive))


def test_gateway_of_the_world_tells_what_came_to_it(world: WorldProcess) -> None:
    since = len(world.ask("GET", "/alexa/events")[1]["events"])
    request = urllib.request.Request(  # noqa: S310  # the world's own URL
        world.content["event_gateway_url"] + "/v3/events", b"{}", {"Authorization": "Bearer unheard of"}
    )
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request, timeout=10)  # noqa: S310  # the same
    with raised.value as error:
        assert json.load(error)["payload"]["code"] == "INVALID_ACCESS_TOKEN_EXCEPTION"
    (record,) = world.ask("GET", f"/alexa/events?since={since}&wait=5")[1]["events"]
    assert (record["number"], record["status"], record["user_id"]) == (since + 1, 401, "")
    assert world.ask("GET", f"/alexa/events?since={since + 1}&wait=0.1") == (200, {"events": []})


def test_world_file_tells_what_the_command_put_there_and_only_to_its_user(world: WorldProcess) -> None:
    account = {"user_id": "u1", "access_token": "secret"}
    cameras = [{"endpoint_id": "e", "friendly_name": "Front Door", "channel_arn": "arn:x"}]
    assert world.ask("PUT", "/account", account)[0] == 200
    assert world.ask("PUT", "/cameras-listing", cameras)[0] == 200
    assert (world.content["account"], world.content["cameras"]) == (account, cameras)
    assert (world.folder / "world.json").stat().st_mode & 0o777 == 0o600


def test_says_that_local_aws_is_gone_when_it_was_killed(project: "Path", tmp_path: "Path") -> None:
    world = start_world(tmp_path / "world", project)
    try:
        world.wait_until_ready()
        for process in processes_of_world(world.folder):
            with suppress(psutil.Error):  # the first that ends takes others with it
                if any(word.endswith("guarded_aws.py") for word in process.cmdline()):
                    process.kill()
        wait_until(lambda: "Local AWS has ended" in world.output)
        status = world.ask("GET", "/status")[1]
        assert (status["local_aws"]["running"], status["local_aws"]["answering"]) == (False, False)
        assert world.end() == 0
    finally:
        world.kill()
