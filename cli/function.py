"""The deployed function, invoked by its alias as Alexa does: a directive goes in, an event comes out."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from cli.errors import CommandError
from cli.events.logs import log_group_named

if TYPE_CHECKING:
    from cli.target import Target

Invoke = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


def invoker(target: "Target") -> Invoke:
    """What invokes the function of a stack.

    The call raises CommandError if the function itself fails, or replies what Amazon's schema refuses, where there
    is one; botocore's exceptions.
    """
    from simulator.alexa import message_schema

    client, alias = target.functions, target.output("SmartHomeFunctionAliasArn")

    def invoke(directive: dict[str, Any]) -> dict[str, Any]:
        response = client.invoke(FunctionName=alias, Payload=json.dumps(directive))
        payload = response["Payload"].read().decode()
        if response.get("FunctionError"):
            raise CommandError(_failure(target, payload))
        event: dict[str, Any] = json.loads(payload)
        if not message_schema.accepts(event):
            raise CommandError(f"Amazon's schema refuses what the function replied: {payload[:200]}")
        return event

    async def in_thread(directive: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(invoke, directive)

    return in_thread


def _failure(target: "Target", payload: str) -> str:
    log = log_group_named(target, target.output("SmartHomeFunctionName"))
    try:
        reason = json.loads(payload)["errorMessage"]
    except (ValueError, KeyError, TypeError):
        reason = payload[:200]
    return f"The function failed: {reason}. Its log group is {log}."
