"""The deployed skill as Alexa has it: a function that directives go to, and a client id and secret."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from simulator.alexa import message_schema
from simulator.alexa.cloud import SkillFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from simulator.alexa.cloud import CloudSettings
    from simulator.local_aws import LocalAws

_ALEXA_SECONDS = 8.0  # Alexa waits for no reply longer
_START_SECONDS = 60.0
_STARTED = {
    "CameraEventsFunctionName": 2,  # a camera that is plugged in tells of two things at once
    "CameraChangesFunctionName": 1,
    "RegistryFunctionName": 1,
}
"""How many instances of each."""


def invoker(
    aws: LocalAws, outputs: Mapping[str, str]
) -> Callable[[dict[str, Any]], Coroutine[Any, Any, dict[str, Any]]]:
    """What invokes the function of the stack with these outputs, by its alias. The call raises SkillFailedError."""
    alias = outputs.get("SmartHomeFunctionAliasArn")
    config = Config(read_timeout=_ALEXA_SECONDS, retries={"total_max_attempts": 1}, max_pool_connections=20)
    client = aws.session().client("lambda", endpoint_url=aws.url, config=config)

    def invoke(directive: dict[str, Any]) -> dict[str, Any]:
        if alias is None:
            raise SkillFailedError("The stack has no function for directives.")
        try:
            response = client.invoke(FunctionName=alias, Payload=json.dumps(directive))
            reply = json.loads(response["Payload"].read())
        except (BotoCoreError, ClientError, ValueError) as error:
            raise SkillFailedError(f"The skill's function cannot be invoked: {error}") from error
        if response.get("FunctionError") or not isinstance(reply, dict):
            raise SkillFailedError(f"The skill's function failed: {str(reply)[:300]}")
        if not message_schema.accepts(reply):
            raise SkillFailedError("The skill's reply is none that Alexa's message schema accepts.")
        return reply

    async def in_thread(directive: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(invoke, directive)

    return in_thread


def store_credentials(aws: LocalAws, outputs: Mapping[str, str], settings: CloudSettings) -> None:
    """Puts what Login with Amazon knows the skill by where its functions look for it, as an operator does."""
    arn = outputs.get("AlexaClientSecretArn")
    if arn is None:
        return
    value = json.dumps({"client_id": settings.client_id, "client_secret": settings.client_secret})
    client = aws.session().client("secretsmanager", endpoint_url=aws.url)
    client.put_secret_value(SecretId=arn, SecretString=value)


def start_functions(aws: LocalAws, outputs: Mapping[str, str]) -> None:
    """Lets the functions load that a first camera needs, which Lambda has ready where cameras are many.

    Local AWS takes a second or more to unpack each instance, and so would a first press of the doorbell. An empty
    batch does nothing else, and the registry function refuses it.
    """
    config = Config(read_timeout=_START_SECONDS, retries={"total_max_attempts": 1})
    client = aws.session().client("lambda", endpoint_url=aws.url, config=config)
    names = [outputs[output] for output, number in _STARTED.items() if output in outputs for _ in range(number)]
    with ThreadPoolExecutor(max(1, len(names))) as threads:
        for response in threads.map(lambda name: client.invoke(FunctionName=name, Payload=b'{"Records": []}'), names):
            response["Payload"].read()
