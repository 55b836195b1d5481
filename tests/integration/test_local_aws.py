from __future__ import annotations

import errno
import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING

import psutil
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from simulator.child_process import processes_of_world
from simulator.local_aws import HOST, LocalAws, LocalAwsError, port_sentence
from simulator.world_folder import MARKER, ForeignFolderError
from tests.support.project import ROOT
from tests.support.tools import need_local_aws
from tests.support.world_process import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SLOW_FUNCTION = """
import time
def handler(event, context):
    time.sleep(event["seconds"])
    return event
"""


@pytest.fixture(autouse=True)
def _tools() -> None:
    need_local_aws()


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[LocalAws]:
    with LocalAws(tmp_path) as started:
        yield started


def create_function(aws: LocalAws) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("function.py", SLOW_FUNCTION)
    runtime = f"python{sys.version_info.major}.{sys.version_info.minor}"
    aws.session().client("lambda", endpoint_url=aws.url).create_function(
        FunctionName="slow",
        Runtime=runtime,  # type: ignore[arg-type]  # this machine's, not one of a list
        Role="arn:aws:iam::000000000000:role/any",
        Handler="function.handler",
        Timeout=60,
        Code={"ZipFile": archive.getvalue()},
    )


def invoke(aws: LocalAws, kind: str, seconds: float) -> object:
    reply = (
        aws.session()
        .client("lambda", endpoint_url=aws.url)
        .invoke(
            FunctionName="slow",
            InvocationType=kind,  # type: ignore[arg-type]  # "Event" or "RequestResponse"
            Payload=json.dumps({"seconds": seconds}),
        )
    )
    body = reply["Payload"].read()
    return json.loads(body) if body else None


def test_answers_without_the_users_settings_when_the_environment_is_full_of_them(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_PROFILE": "no-such-profile",
        "AWS_ACCESS_KEY_ID": "AKIAREALLOOKING",
        "AWS_ENDPOINT_URL": "http://192.0.2.1",
        "AWS_CA_BUNDLE": "/nonexistent",
        "http_proxy": "http://192.0.2.1:3128",
    }.items():
        monkeypatch.setenv(name, value)
    identity = aws.session().client("sts", endpoint_url=aws.url).get_caller_identity()
    assert identity["Account"] == "000000000000"


def test_listens_on_loopback_only_when_started(aws: LocalAws) -> None:
    listeners = [
        (connection.laddr.ip, connection.laddr.port)
        for pid in aws.pids()
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listeners == [(HOST, aws.port)]


def test_leaves_nothing_when_stopped_while_functions_run(tmp_path: Path) -> None:
    with LocalAws(tmp_path) as aws:
        create_function(aws)
        assert invoke(aws, "RequestResponse", 0) == {"seconds": 0}
        invoke(aws, "Event", 50)
        wait_until(lambda: len(aws.pids()) == 2)
    assert processes_of_world(tmp_path) == []
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [MARKER, "logs"]


def test_leaves_nothing_when_the_program_that_started_it_is_killed_while_functions_are_stopped(
    tmp_path: Path,
) -> None:
    program = textwrap.dedent(f"""
        import sys, threading
        sys.path.insert(0, {str(ROOT)!r})
        from pathlib import Path
        from simulator.local_aws import LocalAws
        from tests.integration.test_local_aws import create_function, invoke
        with LocalAws(Path({str(tmp_path)!r})) as aws:
            create_function(aws)
            invoke(aws, "RequestResponse", 0)
            invoke(aws, "Event", 50)
            print("ready", flush=True)
            threading.Event().wait()
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        wait_until(lambda: len(processes_of_world(tmp_path)) >= 3)
        for process in processes_of_world(tmp_path):
            if process.ppid() != parent.pid and "guardian.py" not in " ".join(process.cmdline()):
                process.suspend()
        parent.send_signal(signal.SIGKILL)
    wait_until(lambda: processes_of_world(tmp_path) == [])


def test_says_so_when_the_wanted_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LocalAwsError, match=f"Port {port}, wanted for local AWS, is taken"):
            LocalAws(tmp_path, port=port).start()


def test_says_so_when_the_wanted_port_is_not_the_users_to_listen_on() -> None:
    error = PermissionError(errno.EACCES, "as for a port below 1024")
    assert port_sentence(error, 80, "local AWS") == (
        "Port 80, wanted for local AWS, cannot be listened on: Permission denied."
    )


def test_listens_on_the_wanted_port_when_it_is_free(tmp_path: Path) -> None:
    with LocalAws(tmp_path) as first:
        port = first.port
    with LocalAws(tmp_path, port=port) as second:
        assert second.url == f"http://{HOST}:{port}"
        assert second.is_answering()


def test_leaves_a_folder_as_it_is_when_it_holds_something_else(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / "mine").touch()
    aws = LocalAws(tmp_path)
    with pytest.raises(ForeignFolderError, match="is not a local world's folder"):
        aws.start()
    aws.stop()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["mine", "tmp"]


def test_says_what_to_do_when_the_tools_are_missing(tmp_path: Path) -> None:
    with pytest.raises(LocalAwsError, match="make"):
        LocalAws(tmp_path, tools=tmp_path / "missing").start()


async def test_each_has_its_own_tables_when_two_run_side_by_side(tmp_path: Path) -> None:
    async with LocalAws(tmp_path / "a") as a, LocalAws(tmp_path / "b") as b:
        a.session().client("sqs", endpoint_url=a.url).create_queue(QueueName="only-here")
        assert not b.session().client("sqs", endpoint_url=b.url).list_queues().get("QueueUrls")


def test_says_that_it_is_gone_when_it_was_killed(aws: LocalAws) -> None:
    for pid in aws.pids():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not aws.is_running())
    assert not aws.is_answering()


PUBLIC_TARGET = "AWSCognitoIdentityProviderService.InitiateAuth"
FALSE_ROOT = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/%s/aws4_request, SignedHeaders=host, Signature=00"
UNSIGNED: list[tuple[str, str, dict[str, str], bytes]] = [
    ("GET", "/x/.well-known/jwks.json", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}, b"{}"),
    ("GET", "/x/.well-known/jwks.json", {"Authorization": FALSE_ROOT % "dynamodb"}, b"{}"),
    ("GET", "/us-east-1_x/.well-known/jwks.json", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}, b"{}"),
    ("GET", "/us-east-1_x/.well-known/jwks.json", {"Authorization": FALSE_ROOT % "sqs"}, b""),
    ("GET", "/us-east-1_x/.well-known/jwks.json?Action=CreateQueue&QueueName=evil", {}, b""),
    ("GET", "/.well-known/jwks.json?Action=CreateQueue&QueueName=evil&X-Amz-Credential=test", {}, b""),
    ("GET", "/_ministack/lambda-code/000000000000/us-east-1/x/.well-known/jwks.json", {}, b""),
    ("GET", "/bucket%2Fus-east-1_x/.well-known/jwks.json", {}, b""),
    ("GET", "/_ministack/ready?Action=ListUsers", {"Authorization": FALSE_ROOT % "iam"}, b""),
    ("GET", "/logout?Action=CreateQueue&QueueName=evil", {"Authorization": FALSE_ROOT % "sqs"}, b""),
    ("POST", "/oauth2/token?Action=CreateQueue&QueueName=evil", {}, b""),
    ("POST", "/_ministack/reset", {"X-Amz-Target": PUBLIC_TARGET}, b"{}"),
    ("POST", "/_ministack/config", {"X-Amz-Target": PUBLIC_TARGET}, b"{}"),
    ("POST", "/v20180820/tags/arn:aws:s3:::bucket", {"X-Amz-Target": PUBLIC_TARGET}, b""),
    ("POST", "/?Action=CreateQueue&QueueName=evil", {"X-Amz-Target": PUBLIC_TARGET}, b"{}"),
    ("POST", "/", {"X-Amz-Target": PUBLIC_TARGET, "Authorization": FALSE_ROOT % "sqs"}, b"{}"),
    ("POST", "/", {"X-Amz-Target": "AWSCognitoIdentityProviderService.ListUserPools"}, b"{}"),
    ("PUT", "/bucket/key", {}, b"evil"),
]


@pytest.mark.parametrize(("method", "path", "headers", "body"), UNSIGNED, ids=range(len(UNSIGNED)))
def test_nothing_unsigned_acts_by_a_path_or_a_header_that_looks_public(
    local_aws: LocalAws, method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", local_aws.port, timeout=10)) as connection:
        connection.request(method, path, body, headers)
        assert connection.getresponse().status == 403
    sqs = local_aws.session().client("sqs", endpoint_url=local_aws.url)
    assert not [url for url in sqs.list_queues().get("QueueUrls", []) if "evil" in url]


def test_the_body_that_s3_gets_is_the_one_that_was_signed(local_aws: LocalAws) -> None:
    s3 = local_aws.session().client("s3", endpoint_url=local_aws.url)
    s3.create_bucket(Bucket="signed")
    s3.put_object(Bucket="signed", Key="own", Body=b"good")
    url = f"{local_aws.url}/signed/key"
    request = AWSRequest("PUT", url, data=b"good")
    S3SigV4Auth(Credentials(*local_aws.credentials[:2]), "s3", "us-east-1").add_auth(request)
    for body, status in ((b"evil", 403), (b"good", 200)):
        with closing(http.client.HTTPConnection("127.0.0.1", local_aws.port, timeout=10)) as connection:
            connection.request("PUT", "/signed/key", body, dict(request.headers.items()))
            assert connection.getresponse().status == status
    assert s3.get_object(Bucket="signed", Key="key")["Body"].read() == b"good"
