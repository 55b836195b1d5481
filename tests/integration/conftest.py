from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import boto3
import pytest

from simulator.local_aws import LocalAws
from simulator.signaling import SignalingService
from tests.support.deployed_stack import DeployedStack, deployed_stack
from tests.support.event_stack import EventStack, event_stack
from tests.support.grant_stack import GrantStack
from tests.support.registry_function import RegistryFunction, environment_of
from tests.support.registry_gate import Gate
from tests.support.registry_house import House, MakeHouse
from tests.support.signaling_thread import signaling_in_thread
from tests.support.token_server import TokenServer, running_token_server

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kinesisvideo import KinesisVideoClient


@pytest.fixture(scope="module")
def events_of_module(local_aws: LocalAws) -> Iterator[EventStack]:
    """Queues, logs and a secret that a module's tests share."""
    with event_stack(local_aws) as stack:
        yield stack


@pytest.fixture(scope="module")
def more_outputs() -> Mapping[str, str]:
    """Outputs that the stack of a module has beside its tables and its user pool."""
    return {}


@pytest.fixture(scope="module")
def stack_of_module(
    local_aws: LocalAws, more_outputs: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DeployedStack]:
    with deployed_stack(local_aws, tmp_path_factory.mktemp("state"), more_outputs=more_outputs) as stack:
        yield stack


@pytest.fixture
def stack(stack_of_module: DeployedStack, monkeypatch: pytest.MonkeyPatch) -> DeployedStack:
    """A deployed stack that a module's tests share, in a shell that is set up for it; nobody is logged in."""
    for name, value in stack_of_module.environment.items():
        monkeypatch.setenv(name, value)
    return stack_of_module


@pytest.fixture
def signaling_thread() -> Iterator[SignalingService]:
    """A signaling service in a thread of its own."""
    with signaling_in_thread() as service:
        yield service


@pytest.fixture
def registry_function(
    local_aws: LocalAws, signaling_thread: SignalingService, table_names: tuple[str, str]
) -> RegistryFunction:
    """The registry function on tables and a signaling service of the test's."""
    return RegistryFunction(environment_of(local_aws.url, signaling_thread, table_names))


@pytest.fixture
def token_server() -> Iterator[TokenServer]:
    with running_token_server() as server:
        yield server


@pytest.fixture
def grant_stack(
    aws: boto3.Session, local_aws: LocalAws, table_names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[GrantStack]:
    """Key, secret, queues and tables of a test."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", local_aws.url)
    stack = GrantStack(aws, table_names)
    yield stack
    stack.close()


@pytest.fixture
def kvs(local_aws: LocalAws, signaling_thread: SignalingService) -> "KinesisVideoClient":
    """The makers' own access to Kinesis Video Streams."""
    client: KinesisVideoClient = local_aws.session().client(
        "kinesisvideo", endpoint_url=signaling_thread.control_plane_url
    )
    return client


@pytest.fixture
def gate(local_aws: LocalAws, signaling_thread: SignalingService) -> Iterator[Gate]:
    """What stands between a registry function and AWS."""
    one = Gate(local_aws.url, signaling_thread.control_plane_url)
    with one.open():
        yield one


@pytest.fixture
def make_house(
    local_aws: LocalAws, aws: boto3.Session, dynamodb: "DynamoDBClient", signaling_thread: SignalingService, gate: Gate
) -> MakeHouse:
    """Makes registries, to be closed by the test."""
    return lambda: House(local_aws, aws, dynamodb, signaling_thread, gate)
