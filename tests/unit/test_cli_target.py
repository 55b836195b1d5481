import os
import socket
from dataclasses import replace
from pathlib import Path
from threading import Thread

import boto3
import pytest
from botocore.exceptions import ClientError, HTTPClientError

from cli.errors import CommandError
from cli.local_world.world_file import World
from cli.options import Choice
from cli.target import Target, local, target_of
from simulator.credentials import PROCESS_CREDENTIALS

OUTPUTS = {"HostedLoginUrl": "https://login.example", "UserPoolId": "us-east-1_x"}


def a_world(folder: Path) -> World:
    return World(
        folder=folder,
        pid=os.getpid(),
        control_url="http://127.0.0.1:3",
        credentials=PROCESS_CREDENTIALS,
        aws_endpoint_url="http://127.0.0.1:1",
        signaling_endpoint_url="http://127.0.0.1:2",
        region="us-east-1",
        stack_name="camera-skill",
        outputs=OUTPUTS,
        account=None,
        cameras=(),
    )


def deployed() -> Target:
    session = boto3.Session("key", "secret", region_name="eu-west-1")
    return Target(Choice(stack_name="mine"), session, "mine", "eu-west-1", OUTPUTS)


def test_clients_stay_on_this_machine_when_the_world_is_local(tmp_path: Path) -> None:
    target = local(Choice(tmp_path), a_world(tmp_path))
    for client in (target.cognito, target.queues, target.functions, target.repeatable_functions):
        assert client.meta.endpoint_url == "http://127.0.0.1:1"
    assert target.hosted_login_url == "http://127.0.0.1:1"


def test_clients_go_to_aws_when_the_stack_is_deployed() -> None:
    target = deployed()
    clients = (target.cognito, target.queues, target.functions, target.repeatable_functions)
    assert all(client.meta.endpoint_url.endswith(".eu-west-1.amazonaws.com") for client in clients)
    assert target.hosted_login_url == "https://login.example"


def test_function_is_invoked_once_when_the_connection_breaks(tmp_path: Path) -> None:
    arrived = []

    def hang_up(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                arrived.append(connection.recv(65536))

    with socket.create_server(("127.0.0.1", 0)) as server:
        world = replace(a_world(tmp_path), aws_endpoint_url=f"http://127.0.0.1:{server.getsockname()[1]}")
        thread = Thread(target=hang_up, args=(server,))
        thread.start()
        with pytest.raises(HTTPClientError):
            local(Choice(tmp_path), world).functions.invoke(FunctionName="f")
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert len(arrived) == 1


def test_local_world_is_reached_when_the_environment_has_a_proxy_and_a_missing_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_PROFILE", "missing")
    request = []

    def refuse(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            request.append(connection.recv(65536))
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        world = replace(a_world(tmp_path), aws_endpoint_url=f"http://127.0.0.1:{server.getsockname()[1]}")
        thread = Thread(target=refuse, args=(server,), daemon=True)
        thread.start()
        with pytest.raises(ClientError):
            local(Choice(tmp_path), world).functions.invoke(FunctionName="f")
        thread.join(10)
    assert request[0].startswith(b"POST /2015-03-31/functions/f/invocations")


def test_operator_client_is_explained_when_the_stack_has_none() -> None:
    with pytest.raises(CommandError, match="OperatorClient=on"):
        deployed().output("OperatorClientId")


def test_stack_is_named_when_it_lacks_an_output() -> None:
    with pytest.raises(CommandError, match="The stack mine has no output RegistryTableName"):
        deployed().output("RegistryTableName")


def test_options_of_a_deployed_stack_are_refused_when_it_is_not_named() -> None:
    with pytest.raises(CommandError, match="--stack-name"):
        Choice(region="eu-west-1")


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice(), ""),
        (Choice(Path("other")), " --folder other"),
        (Choice(Path("an other")), " --folder 'an other'"),
        (Choice(stack_name="a"), " --stack-name a"),
        (
            Choice(stack_name="a", region="eu-west-1", profile="p"),
            " --stack-name a --region eu-west-1 --profile p",
        ),
        (Choice(stack_name="a", profile="my work"), " --stack-name a --profile 'my work'"),
    ],
)
def test_words_lead_to_the_same_stack_when_another_command_is_proposed(
    choice: Choice, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAMERA_SKILL_FOLDER", raising=False)
    assert choice.words == words


def test_folder_goes_without_saying_when_the_environment_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMERA_SKILL_FOLDER", "other")
    assert Choice(Path("other")).words == ""
    assert Choice(Path(".local")).words == " --folder .local"


def test_world_is_asked_for_when_no_stack_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No local world is running"):
        target_of(Choice(tmp_path))
