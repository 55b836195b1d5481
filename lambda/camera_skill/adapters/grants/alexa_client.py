"""The id and the secret by which Login with Amazon knows this skill, kept in Secrets Manager.

They are the *Alexa Client Id* and *Alexa Client Secret* of the skill's page "Permissions" in the developer console, not
those of account linking. The secret is JSON: `{"client_id": ..., "client_secret": ...}`.
"""

import threading
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from camera_skill.adapters.aws_services import CONFIG, LateClient, Service
from camera_skill.adapters.replies import code_of
from camera_skill.adapters.strict_json import json_object
from camera_skill.budget import Budget
from camera_skill.report_errors import AlexaClientError, GrantError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider
    from boto3.session import Session

REMEDY = "put Alexa's client id and secret there with: camera-skill events credentials"
_NOT_THERE = {"ResourceNotFoundException", "InvalidRequestException"}
"""Of a secret that does not exist, has no value yet, or is about to be deleted."""
_SECRETS_MANAGER = Service("Secrets Manager", GrantError)


class ClientCredentials(NamedTuple):
    """What Login with Amazon knows this skill by."""

    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"ClientCredentials(client_id={self.client_id!r})"


class AlexaClient:
    """Reads the secret when it is needed first, and anew every five minutes (Powertools' parameters)."""

    def __init__(self, session: "Session", secret_arn: str) -> None:
        """Nothing is read, imported or made yet: most cold starts are of offers, which need none of it."""
        self._secret_arn = secret_arn
        self._client = LateClient(lambda: session.client("secretsmanager", config=CONFIG))
        self._provider: SecretsProvider | None = None
        self._lock = threading.Lock()

    def credentials(self, budget: Budget, *, anew: bool = False) -> ClientCredentials:
        """Id and secret; `anew`, whatever is cached.

        Raises: AlexaClientError if there are none, or none that make sense; GrantError if they cannot be read.
        """
        try:
            return self._read(budget, anew=anew)
        except AlexaClientError:
            if anew:
                raise
        return self._read(budget, anew=True)  # the operator may have put them there just now

    def _read(self, budget: Budget, *, anew: bool) -> ClientCredentials:
        text = _SECRETS_MANAGER.within(budget, lambda: self._text(anew=anew), "look-up of the Alexa client's secret")
        try:
            members = json_object(text.encode())
        except ValueError as error:
            raise AlexaClientError(f"the secret {self._secret_arn} is {error}: {REMEDY}") from None
        client_id, client_secret = (members.get(name) or "" for name in ClientCredentials._fields)
        if not isinstance(client_id, str) or not isinstance(client_secret, str) or not (client_id and client_secret):
            raise AlexaClientError(f"the secret {self._secret_arn} has no client_id and client_secret: {REMEDY}")
        return ClientCredentials(client_id, client_secret)

    def _text(self, *, anew: bool) -> str:
        from aws_lambda_powertools.utilities.parameters import (  # noqa: PLC0415 - only where a token is needed
            GetParameterError,
            SecretsProvider,
        )

        client = self._client.get()  # with no connections that a freeze outlasted
        with self._lock:
            self._provider = self._provider or SecretsProvider(boto3_client=client)
        try:
            return str(self._provider.get(self._secret_arn, force_fetch=anew))
        except GetParameterError as error:
            cause = error.__context__  # Powertools wraps whatever happened
            if isinstance(cause, ClientError) and code_of(cause) in _NOT_THERE:
                raise AlexaClientError(f"there is no secret {self._secret_arn}: {REMEDY}") from None
            raise (cause or error) from None
