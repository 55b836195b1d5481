"""`camera-skill events credentials`: what may be stored, and that it is shown to nobody."""

import json
from collections.abc import Mapping

import pytest

from tests.support.deployed_stack import DeployedStack
from tests.support.event_stack import EventStack

CLIENT_ID = f"amzn1.application-oa2-client.{'0a' * 16}"
SECRET = f"amzn1.oa2-cs.v1.{'1b' * 32}"


@pytest.fixture(scope="module")
def events(events_of_module: EventStack) -> EventStack:
    return events_of_module


@pytest.fixture(scope="module")
def more_outputs(events_of_module: EventStack) -> Mapping[str, str]:
    return events_of_module.outputs


def test_functions_find_the_credentials_when_the_operator_gave_them(stack: DeployedStack, events: EventStack) -> None:
    for secret in ("0" * 64, SECRET):
        outcome = stack.run("events", "credentials", "--client-id", CLIENT_ID, stdin=f"{secret}\n")
        assert outcome.exit_code == 0, outcome
        assert "disable it in the Alexa app, then enable it again" in outcome.stdout
        assert secret not in outcome.stdout + outcome.stderr
        stored = events.secrets.get_secret_value(SecretId=events.outputs["AlexaClientSecretArn"])["SecretString"]
        assert json.loads(stored) == {"client_id": CLIENT_ID, "client_secret": secret}


@pytest.mark.parametrize(
    ("client_id", "secret", "sentence"),
    [
        (
            "M2AAAAAAAAAAAA",
            SECRET,
            "“M2AAAAAAAAAAAA” is no Alexa client id: it looks like amzn1.",
        ),
        (CLIENT_ID[:-1], SECRET, "with 32 hexadecimal digits (developer console, the skill's Permissions page"),
        (CLIENT_ID, CLIENT_ID, "That is a client id, and not the secret"),
        (CLIENT_ID, SECRET[:20], "That is no client secret"),
        (CLIENT_ID, f"{SECRET} {SECRET}", "That is no client secret"),
        (CLIENT_ID, "", "No Alexa client secret came on standard input"),
    ],
)
def test_nothing_is_stored_when_it_cannot_be_right(
    stack: DeployedStack, events: EventStack, client_id: str, secret: str, sentence: str
) -> None:
    arn = events.outputs["AlexaClientSecretArn"]
    events.secrets.put_secret_value(SecretId=arn, SecretString="before")
    told = stack.run("events", "credentials", "--client-id", client_id, stdin=f"{secret}\n").sentence
    assert sentence in told
    assert not secret or secret == client_id or secret not in told
    assert events.secrets.get_secret_value(SecretId=arn)["SecretString"] == "before"
