import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import HealthCheck, settings

from camera_skill.adapters import tables
from camera_skill.adapters.connections import FreshClient
from camera_skill.camera import Camera, CameraLink
from simulator.credentials import PROCESS_CREDENTIALS
from simulator.local_aws import LocalAws
from simulator.signaling import SignalingService, SignalingSettings
from tests.support import secrets
from tests.support.account_server import USER_ID, AccountServer, running_account_server
from tests.support.directives import ANSWER, ENDPOINT_ID
from tests.support.function import Function, environment
from tests.support.function_process import FunctionProcess, running_function
from tests.support.master import Master, answer_with, create_channel, running_master
from tests.support.registrations import Registrations
from tests.support.tables import create_tables
from tests.support.tools import need_local_aws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SOAK = bool(os.environ.get("SOAK"))
"""Whether the campaigns run whole (`make soak`), or a sample of each (`make sample`)."""

settings.register_profile("sample", max_examples=100, deadline=None)
settings.register_profile("soak", max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("soak" if SOAK else "sample")

ARN = f"arn:aws:kinesisvideo:us-east-1:000000000000:channel/{ENDPOINT_ID}/1700000000000"


def pytest_configure(config: pytest.Config) -> None:
    """Every test fails that lets a function write a secret."""
    config.pluginmanager.register(secrets)


@pytest.fixture(autouse=True)
def _no_real_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may find an AWS account, a profile or a region of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("CAMERA_SKILL_STUN_SERVER", "")


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A local AWS for the session, empty."""
    need_local_aws()
    with LocalAws(tmp_path_factory.mktemp("local-aws"), is_forwarded=True) as aws:
        yield aws


@pytest.fixture
def account_server() -> Iterator[AccountServer]:
    with running_account_server() as server:
        yield server


@pytest.fixture
async def signaling() -> AsyncIterator[SignalingService]:
    async with SignalingService(SignalingSettings(is_forwarded=True)) as service:
        yield service


@pytest.fixture
def aws(local_aws: LocalAws) -> boto3.Session:
    """A boto3 session whose clients go to the local AWS."""
    return local_aws.session()


@pytest.fixture
def dynamodb(local_aws: LocalAws) -> "DynamoDBClient":
    client: DynamoDBClient = boto3.client(
        "dynamodb",
        endpoint_url=local_aws.url,
        region_name="us-east-1",
        aws_access_key_id=PROCESS_CREDENTIALS.access_key_id,
        aws_secret_access_key=PROCESS_CREDENTIALS.secret_access_key,
    )
    return client


@pytest.fixture
def table_names(dynamodb: "DynamoDBClient", tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Fresh tables `registry` and `activity`, gone after the test."""
    names = f"registry-{tmp_path.name}", f"activity-{tmp_path.name}"
    create_tables(dynamodb, *names)
    yield names
    for name in names:
        dynamodb.delete_table(TableName=name)


@pytest.fixture
def registry(dynamodb: "DynamoDBClient", table_names: tuple[str, str]) -> tables.Registry:
    """The registry as the functions read it."""
    return tables.Registry(FreshClient(dynamodb), *table_names)


@pytest.fixture
def registrations(dynamodb: "DynamoDBClient", table_names: tuple[str, str]) -> Registrations:
    """The registry as the operator writes it."""
    return Registrations(dynamodb, table_names[0])


AddCamera = Callable[..., Camera]


@pytest.fixture
def add_camera(registrations: Registrations) -> AddCamera:
    """Registers a camera with a given signaling endpoint."""

    def add(
        signaling_endpoint: str,
        *,
        channel_arn: str = ARN,
        endpoint_id: str = ENDPOINT_ID,
        user_id: str = USER_ID,
        friendly_name: str = "Front Door",
        **features: Any,  # noqa: ANN401 - whatever a Camera has
    ) -> Camera:
        camera = Camera(endpoint_id, channel_arn, "us-east-1", signaling_endpoint, **features)
        registrations.register(camera, CameraLink(user_id, endpoint_id, friendly_name))
        return camera

    return add


@pytest.fixture
def function_environment(
    local_aws: LocalAws,
    table_names: tuple[str, str],
    account_server: AccountServer,
) -> dict[str, str]:
    """What the function finds in its environment."""
    return {
        **environment(
            REGISTRY_TABLE=table_names[0],
            ACTIVITY_TABLE=table_names[1],
            TOKEN_ISSUER=account_server.issuer,
            TOKEN_JWKS_URL=account_server.jwks_url,
            AWS_ENDPOINT_URL=local_aws.url,
        ),
    }


@pytest.fixture
async def camera(signaling: SignalingService, add_camera: AddCamera) -> Camera:
    """A registered camera with its channel; nobody is connected as master yet."""
    arn = await asyncio.to_thread(create_channel, signaling)
    return await asyncio.to_thread(add_camera, signaling.data_plane_url, channel_arn=arn)


@pytest.fixture
async def master(signaling: SignalingService, camera: Camera) -> AsyncIterator[Master]:
    """The camera, connected, which gives the same answer to every offer."""
    async with running_master(signaling.master_url, camera.channel_arn, answer_with(ANSWER)) as connected:
        yield connected


@pytest.fixture
async def function(function_environment: dict[str, str]) -> AsyncIterator[FunctionProcess]:
    """The smart_home function in a process of its own, warm."""
    async with running_function(function_environment) as running:
        await running.invoke({})
        running.output.clear()
        yield running


@pytest.fixture
def function_in_process(function_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Function:
    """The smart_home function, loaded anew in this process."""
    for name, value in function_environment.items():
        monkeypatch.setenv(name, value)
    return Function()
