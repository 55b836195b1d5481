"""Prints docs/reference/registry-api.md: the registry API, from its schemas, features and codes."""  # noqa: INP001 - a script

import ast
import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from camera_skill.registry import schema
from camera_skill.registry.features import FEATURES
from camera_skill.registry.refusals import Code

Json = Mapping[str, Any]

INTRODUCTION = """\
# Registry API

The `registry` function is the only writer of customers' cameras. Your cloud invokes it to add, change and remove
cameras; `camera-skill` is one of its clients. This page is generated from the schemas in
`lambda/camera_skill/registry/schemas/`: `make reference` writes it.

## Invoke it

The caller needs the right `lambda:InvokeFunction` on the function and nothing else. The stack's output
`RegistryFunctionName` names the function. The stack's managed policy, output `OperatorPolicyArn`, holds this right and
those for logs, events and the user pool.

A request is a JSON object with an `operation`. The response is `{"result": …}` or `{"error": …}`. An invocation takes
up to 60 seconds, so set the client's read timeout to 70.

In Python:

```python
import json
import os

import boto3
from botocore.config import Config

client = boto3.client("lambda", config=Config(read_timeout=70))
request = {
    "operation": "AddCamera",
    "idempotency_key": "order-4711",
    "user_id": "5f0f6b2e-0000-4000-8000-00000000000a",
    "friendly_name": "Front Door",
    "features": {"doorbell": True, "motion": True},
}
reply = client.invoke(FunctionName=os.environ["REGISTRY_FUNCTION"], Payload=json.dumps(request))
response = json.load(reply["Payload"])
if "error" in response:
    raise SystemExit(f"{response['error']['code']}: {response['error']['message']}")
print(response["result"]["camera"]["endpoint_id"])
```

With curl, which signs the request (SigV4):

```bash
curl --silent --max-time 70 \\
  --aws-sigv4 "aws:amz:$AWS_REGION:lambda" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\
  --header "X-Amz-Security-Token: $AWS_SESSION_TOKEN" \\
  --data '{"operation": "ListCameras", "user_id": "5f0f6b2e-0000-4000-8000-00000000000a"}' \\
  "${AWS_ENDPOINT_URL:-https://lambda.$AWS_REGION.amazonaws.com}/2015-03-31/functions/$REGISTRY_FUNCTION/invocations"
```

Both examples are tested against the local world. They were never run on AWS.

## Rules

- **Send a request again.** Give each request that changes something an `idempotency_key`. If no response comes, send
  the same request with the same key: the function carries it out once and gives the same response. It remembers keys
  for 24 hours. `ImportCameras` and `ErasePerson` need no key: a repeated one finds what is already done.
- **Errors.** `code` is for programs and does not change. `message` is for people. `TRY_AGAIN` and `CONFLICT` mean: send
  the request again. A request that was cut off goes on where it stopped when you send it again.
- **Take over what exists.** A camera gets a new channel and a new thing, unless the request names existing ones. The
  stack uses only channels and things that its parameters `ExistingChannelNames` and `ExistingThingNames` name, and it
  never changes or deletes them. It has no way to see what another stack of your account took over: give each stack
  patterns of its own.
- **Users.** A user needs no account in the stack's pool. `user_id` is the user's id as your issuer says it.
- **Audit log.** Each request is a line of JSON in the function's log group: `operation`, `outcome`, `actor`,
  `endpoint_ids`, and `users` as the first 32 hexadecimal digits of the SHA-256 of each user id. The stack keeps it for
  400 days. A request that changes something has a line with the outcome `BEGUN` before it. A removal's line says whom
  it took the camera from. No name of a person is in it, if no `actor` and no `idempotency_key` holds one: endpoint ids
  of before they were random, which were made of names, are digests, too.
- **Operators.** The policy of `OperatorPolicyArn` may set passwords in the stack's user pool, and so log in as a
  customer. AWS CloudTrail records that, and not this log. Give a program only `lambda:InvokeFunction`.
- **Limits.** Lambda takes 6 MB per request. A batch has up to 100 rows. AWS creates 50 signaling channels per second.
"""
_TYPES = {"string": "text", "boolean": "true or false", "integer": "integer", "object": "object", "array": "list"}


def main() -> None:
    """Writes the page to standard output."""
    sys.stdout.write("\n".join(_page()).rstrip() + "\n")


def _page() -> Iterator[str]:
    yield INTRODUCTION
    yield "## Operations\n"
    for name in schema.OPERATIONS:
        yield from _operation(schema.operation(name))
    yield "## Features\n"
    yield from _features()
    yield "## Objects\n"
    for name in ("camera", "channel", "ended", "error"):
        yield from _object(name)
    yield "## Error codes\n"
    yield "Every operation may also return `INVALID_REQUEST`, `IDEMPOTENCY_KEY_REUSED`, `TRY_AGAIN` and `INTERNAL`.\n"
    yield "| code | meaning |\n|---|---|"
    yield from (f"| `{code}` | {meaning} |" for code, meaning in _codes())


def _codes() -> Iterator[tuple[str, str]]:
    """The codes, and the texts below them in their module."""
    body = next(one for one in ast.parse(inspect.getsource(Code)).body if isinstance(one, ast.ClassDef)).body[1:]
    for name, text in zip(body[::2], body[1::2], strict=True):
        match name, text:
            case ast.Assign(value=ast.Constant(str(code))), ast.Expr(value=ast.Constant(str(meaning))):
                yield code, meaning
            case _:
                raise TypeError("each code has a text below it")


def _operation(operation: Json) -> Iterator[str]:
    yield f"### {operation['title']}\n"
    yield f"{operation['description']}\n"
    request = operation["request"]
    own = {name: one for name, one in request["properties"].items() if name != "operation"}
    if own:
        yield from _table("request", own, request["required"])
    rows = own.get("rows", {}).get("items")
    if rows:
        yield from _table("row of `rows`", rows["properties"], rows["required"])
    response = operation["response"]
    yield from _table("result", response["properties"], response["required"])
    for name, one in response["properties"].items():
        items = one.get("items", {})
        if "properties" in items:
            yield from _table(f"row of `{name}`", items["properties"], items.get("required", ()))
    yield f"Errors: {', '.join(f'`{code}`' for code in operation['errors'])}.\n"
    yield f"```json\n{json.dumps(operation['example']['request'], indent=2)}\n```\n"


def _features() -> Iterator[str]:
    yield "What you leave out stays as it is. A new camera has the default.\n"
    yield "| feature | type | default | meaning |\n|---|---|---|---|"
    for name, one in schema.definitions()["features"]["properties"].items():
        yield f"| `{name}` | {_type(one)} | {_value(one['default'])} | {FEATURES[name].help} |"
    yield ""


def _object(name: str) -> Iterator[str]:
    definition = schema.definitions()[name]
    yield f"### {name}\n"
    yield from _table("member", definition["properties"], definition["required"])
    for member, one in definition["properties"].items():
        if "properties" in one:
            yield from _table(f"`{member}`", one["properties"], one.get("required", ()))


def _table(title: str, properties: Json, required: Any) -> Iterator[str]:  # noqa: ANN401 - a list of names
    yield f"| {title} | type | needed | meaning |\n|---|---|---|---|"
    for name, one in properties.items():
        yield f"| `{name}` | {_type(one)} | {'yes' if name in required else ''} | {_meaning(one)} |"
    yield ""


def _type(one: Json) -> str:
    target = _target(one)
    if target in {"camera", "channel", "ended", "error"}:
        return f"[{target}](#{target})"
    if target == "features":
        return "[features](#features)"
    whole = schema.definitions()[target] if target else one
    if "enum" in whole:
        return ", ".join(f"`{value}`" for value in whole["enum"] if value)
    if whole.get("type") == "array" and _target(whole.get("items", {})):
        return f"list of {_type(whole['items'])}"
    return _TYPES.get(whole.get("type", ""), "any")


def _meaning(one: Json) -> str:
    target = _target(one)
    if target in {"camera", "channel", "ended", "features", "error"} and not one.get("description"):
        return ""
    text: str = one.get("description") or (schema.definitions()[target].get("description", "") if target else "")
    return text


def _target(one: Json) -> str:
    return str(one.get("$ref", "")).rpartition("/")[2]


def _value(value: object) -> str:
    return f"`{json.dumps(value)}`" if not isinstance(value, str) else f"`{value}`" if value else "empty"


if __name__ == "__main__":
    main()
