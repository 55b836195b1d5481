"""The deployed function, invoked by its alias as Alexa does: a directive goes in, an event comes out."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from cli.errors import CommandError, explained
from cli.events.logs import log_group_named

if TYPE_CHECKING:
    from cli.target import Target

Invoke = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


def invoker(target: "Target") -> Invoke:
    """What invokes the function of a stack.

    The call raises CommandError if the function itself fails, or replies what Alexa's message schema refuses;
    botocore's exceptions.
    """
    from simulator.alexa import message_schema

    client, alias = target.functions, target.output("SmartHomeFunctionAliasArn")

    def invoke(directive: dict[str, Any]) -> dict[str, Any]:
        response = client.invoke(FunctionName=alias, Payload=json.dumps(directive))
        payload = response["Payload"].read().decode()
        if response.get("FunctionError"):
            raise failure_of(target, target.output("SmartHomeFunctionName"), "The function failed", payload)
        event: dict[str, Any] = json.loads(payload)
        if not message_schema.accepts(event):
            raise CommandError(f"Alexa's message schema refuses what the function replied: {payload[:200]}")
        return event

    async def in_thread(directive: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(invoke, directive)

    return in_thread


def failure_of(target: "Target", name: str, what: str, payload: str) -> CommandError:
    """`what` failed, with the error that the function of this name gave, and its log group if AWS tells it."""
    try:
        reason = str(json.loads(payload)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        reason = payload[:200]
    try:
        with explained():
            where = f" Its log group is {log_group_named(target, name)}."
    except CommandError:  # the failure itself is what one needs to read
        where = ""
    return CommandError(f"{what}: {reason}.{where}")
