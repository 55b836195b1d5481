"""The registry function, loaded anew in this process; each response is checked against the schema of its operation."""

import contextlib
import importlib.util
import io
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema

from camera_skill.registry import schema
from simulator.credentials import PROCESS_CREDENTIALS
from tests.support import secrets
from tests.support.lambda_runtime import Context

if TYPE_CHECKING:
    from simulator.signaling import SignalingService

MODULE = "camera_skill.functions.registry"
SECONDS = 60.0
"""As template.yaml has it."""
PREFIX, STACK = "camera-skill-", "camera-skill"
CHANNEL_PATTERNS, THING_PATTERNS = "SN-*", "thing-*"


class RequestError(AssertionError):
    """The function refused a request, and the test did not expect that."""

    def __init__(self, error: Mapping[str, str]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]
        self.message = error["message"]
        self.endpoint_id = error.get("endpoint_id", "")


class RegistryFunction:
    """An instance of the function."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """`environment`: as `environment_of` makes it."""
        self._log = io.StringIO()
        self._environment = environment  # clients that are made late read it
        with _environment(environment), contextlib.redirect_stdout(self._log):
            spec = importlib.util.find_spec(MODULE)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            self._handler = module.handler

    def respond(self, event: object, seconds: float = SECONDS) -> dict[str, Any]:
        """The response to whatever it is invoked with."""
        with _environment(self._environment), contextlib.redirect_stdout(self._log):
            response: dict[str, Any] = self._handler(event, Context(seconds))
        return checked(event, json.loads(json.dumps(response)))

    def __call__(self, operation: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any form
        """The result of an operation. Raises: RequestError."""
        response = self.respond({"operation": operation, **request})
        if "error" in response:
            raise RequestError(response["error"])
        result: dict[str, Any] = response["result"]
        return result

    def add(self, user_id: str, friendly_name: str, **request: Any) -> str:  # noqa: ANN401 - the same
        """Adds a camera; its endpoint id."""
        camera = self("AddCamera", user_id=user_id, friendly_name=friendly_name, **request)["camera"]
        return str(camera["endpoint_id"])

    def audited(self) -> list[dict[str, Any]]:
        """The lines of the audit log up to now."""
        secrets.wrote("audit log", self._log.getvalue())
        lines = [json.loads(line) for line in self._log.getvalue().splitlines()]
        return [line for line in lines if line.get("message") == "audit"]


def checked(event: object, response: dict[str, Any]) -> dict[str, Any]:
    """The response, once it matches its schema."""
    if "error" in response:
        assert response.keys() == {"error"}
        _validator("").validate(response["error"])
    else:
        assert isinstance(event, dict)
        _validator(event["operation"]).validate(response["result"])
    return response


@cache
def _validator(operation: str) -> jsonschema.Draft7Validator:
    """Of the result of an operation, or of errors."""
    content = schema.operation(operation)["response"] if operation else schema.definitions()["error"]
    whole = schema.with_definitions(content)
    jsonschema.Draft7Validator.check_schema(whole)
    return jsonschema.Draft7Validator(whole)


def environment_of(
    aws_url: str, signaling: "SignalingService", tables: tuple[str, str], stack: str = STACK, prefix: str = PREFIX
) -> dict[str, str]:
    """What template.yaml sets, for a local AWS and a signaling service. `tables`: registry and activity."""
    return {
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": PROCESS_CREDENTIALS.access_key_id,
        "AWS_SECRET_ACCESS_KEY": PROCESS_CREDENTIALS.secret_access_key,
        "AWS_ENDPOINT_URL": aws_url,
        "AWS_ENDPOINT_URL_KINESIS_VIDEO": signaling.control_plane_url,
        "REGISTRY_TABLE": tables[0],
        "ACTIVITY_TABLE": tables[1],
        "ACCOUNT_ID": "000000000000",
        "STACK_NAME": stack,
        "CHANNEL_NAME_PREFIX": prefix,
        "EXISTING_CHANNEL_NAMES": CHANNEL_PATTERNS,
        "EXISTING_THING_NAMES": THING_PATTERNS,
        "POWERTOOLS_SERVICE_NAME": f"registry-{uuid.uuid4().hex[:8]}",  # a logger of its own
        "POWERTOOLS_METRICS_NAMESPACE": "CameraSkill",
    }


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
