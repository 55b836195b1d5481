"""The stack's registry function, as its client: all that the command does to cameras and their users."""

import json
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cli.errors import CommandError
from cli.function import failure_of

if TYPE_CHECKING:
    from cli.target import Target

TRY_AGAIN, NO_SUCH_CAMERA = "TRY_AGAIN", "NO_SUCH_CAMERA"


class RegistryRefusalError(CommandError):
    """The registry function refused a request. `code`: its error code; `endpoint_id`: the camera in the way, if any."""

    def __init__(self, code: str, message: str, endpoint_id: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.endpoint_id = endpoint_id


class Registry:
    """Invokes the function. A request that changes something has an idempotency key, so that it may be sent again."""

    def __init__(self, target: "Target") -> None:
        """`target`: the stack."""
        self._target = target

    def read(self, operation: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any form
        """The result of an operation that changes nothing.

        Raises:
            RegistryRefusalError; CommandError if the function failed; botocore's exceptions.
        """
        return self._invoke({"operation": operation, **request})

    def change(self, operation: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any form
        """The result of an operation that changes something. Raises: as `read`."""
        return self._invoke({"operation": operation, "idempotency_key": uuid.uuid4().hex, **self._signed(), **request})

    def change_many(self, operation: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any form
        """The same of an operation that takes no key, since a repetition finds what is done. Raises: as `read`."""
        return self._invoke({"operation": operation, **self._signed(), **request})

    def pages(self, operation: str, name: str, **request: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
        """All rows of a list, a part at a time. `name`: what the list is called. Raises: as `read`."""
        token: dict[str, str] = {}
        while True:
            part = self.read(operation, **request, **token)
            yield from part[name]
            if "next_token" not in part:
                return
            token = {"next_token": part["next_token"]}

    def _signed(self) -> dict[str, str]:
        actor = self._target.principal_id
        return {"actor": actor} if actor else {}

    def _invoke(self, request: dict[str, Any]) -> dict[str, Any]:
        name = self._target.output("RegistryFunctionName")
        response = self._target.repeatable_functions.invoke(FunctionName=name, Payload=json.dumps(request))
        payload = response["Payload"].read().decode()
        if response.get("FunctionError"):
            raise failure_of(self._target, name, "The registry function failed", payload)
        answer = json.loads(payload)
        if error := answer.get("error"):
            raise RegistryRefusalError(error["code"], error["message"], error.get("endpoint_id", ""))
        result: dict[str, Any] = answer["result"]
        return result


def registry_of(target: "Target") -> Registry:
    """That of a stack."""
    return Registry(target)
