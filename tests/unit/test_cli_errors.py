import aiohttp
import pytest
import typer
from botocore import exceptions

from camera_skill.errors import RegistryError
from cli.errors import CommandError, explained


def client_error(code: str, message: str = "the service's words") -> exceptions.ClientError:
    return exceptions.ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")


def sentence_of(error: Exception, subject: str = "") -> str:
    with pytest.raises(CommandError) as explanation, explained(subject):
        raise error
    assert explanation.value.__cause__ is error
    return str(explanation.value)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (exceptions.NoCredentialsError(), ["no AWS credentials", "aws configure", "--profile"]),
        (exceptions.PartialCredentialsError(provider="env", cred_var="secret"), ["no AWS credentials"]),
        (exceptions.UnauthorizedSSOTokenError(), ["sign-in of this profile has run out", "aws sso login"]),
        (exceptions.ProfileNotFound(profile="work"), ["(work)", "aws configure list-profiles"]),
        (exceptions.NoRegionError(), ["--region"]),
        (
            exceptions.ProxyConnectionError(proxy_url="http://127.0.0.1:9", error="refused"),
            ["proxy http://127.0.0.1:9 does not answer", "HTTPS_PROXY"],
        ),
        (exceptions.UnknownServiceError(service_name="x", known_service_names="y"), ["the AWS SDK failed"]),
        (client_error("ExpiredToken"), ["credentials have expired"]),
        (client_error("UnrecognizedClientException"), ["does not know these credentials"]),
        (client_error("AccessDenied"), ["may not call DescribeStacks", "the service's words"]),
        (client_error("Throttling"), ["refused DescribeStacks", "the service's words", "Throttling"]),
        (aiohttp.ServerDisconnectedError(), ["connection failed"]),
        (TimeoutError(), ["no answer came in time"]),
        (RegistryError("the item is incomplete"), ["the item is incomplete"]),
    ],
)
def test_failure_becomes_a_sentence_when_a_library_raises_it(error: Exception, words: list[str]) -> None:
    sentence = sentence_of(error)
    for word in words:
        assert word.lower() in sentence.lower()
    assert sentence[0].isupper()


def test_sentence_begins_with_the_camera_when_one_was_worked_on() -> None:
    assert sentence_of(client_error("Throttling"), "Front Door").startswith("Front Door: AWS refused")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:4566/path", "http://127.0.0.1:4566, so a part of the local world is gone"),
        ("http://localhost:4566/", "world start"),
        ("https://dynamodb.us-east-1.amazonaws.com/", "dynamodb.us-east-1.amazonaws.com. Check the network"),
    ],
)
@pytest.mark.parametrize(
    "kind", [exceptions.EndpointConnectionError, exceptions.ReadTimeoutError, exceptions.ConnectTimeoutError]
)
def test_sentence_tells_what_to_do_when_nothing_answers(
    kind: type[exceptions.BotoCoreError], url: str, words: str
) -> None:
    assert words in sentence_of(kind(endpoint_url=url, error="refused"))


@pytest.mark.parametrize("error", [CommandError("as it is"), typer.Exit(3), typer.Abort(), BrokenPipeError()])
def test_what_is_meant_for_the_command_line_passes_when_it_is_raised(error: Exception) -> None:
    with pytest.raises(type(error)) as passed, explained("Front Door"):
        raise error
    assert passed.value is error


def test_defect_keeps_its_traceback_when_it_is_ours() -> None:
    with pytest.raises(KeyError), explained():
        raise KeyError("a defect")


def test_a_file_keeps_its_name_when_the_sentence_begins_with_it() -> None:
    error = FileNotFoundError(2, "No such file or directory", "cameras.csv")
    assert sentence_of(error) == "cameras.csv: no such file or directory"
