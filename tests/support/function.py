"""The function as Lambda loads it: its module imported anew, with the environment that the template would set."""

import importlib
import sys
from collections.abc import Mapping
from typing import Any

from simulator.credentials import PROCESS_CREDENTIALS
from tests.support import secrets
from tests.support.alexa_schema import checked
from tests.support.lambda_runtime import Context

MODULE = "camera_skill.functions.smart_home"


class Function:
    """The handler of a freshly loaded function; every reply is checked against Amazon's schema."""

    def __init__(self) -> None:
        sys.modules.pop(MODULE, None)
        self._handler = importlib.import_module(MODULE).handler
        # The first invocation counts the age of its process into the cold start, and this process is the test's.
        self({})

    def __call__(self, event: object, seconds: float = 8.0) -> dict[str, Any]:
        secrets.learn_event(event)
        reply: dict[str, Any] = self._handler(event, Context(seconds))
        secrets.learn_reply(reply)
        return checked(reply)


def environment(**values: str) -> Mapping[str, str]:
    """What template.yaml sets, for the local world; `values` replace or add."""
    return {
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": PROCESS_CREDENTIALS.access_key_id,
        "AWS_SECRET_ACCESS_KEY": PROCESS_CREDENTIALS.secret_access_key,
        "AWS_SESSION_TOKEN": "SENTINEL-session-token",
        "AWS_EC2_METADATA_DISABLED": "true",
        "REGISTRY_TABLE": "registry",
        "ACTIVITY_TABLE": "activity",
        "ACCOUNT_SERVER": "oidc",
        "TOKEN_CLIENT_IDS": "example-alexa-client",
        "TOKEN_SCOPE": "camera-skill/cameras",
        "TOKEN_USE": "access",
        "LOGIN_WITH_AMAZON_URL": "http://127.0.0.1:9",
        "GRANT_KEY_ARN": "arn:aws:kms:us-east-1:000000000000:key/example",
        "ALEXA_CLIENT_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:example",
        "LOCAL_SIGNALING_HOSTS": "127.0.0.1",
        "RESPONSE_BUDGET_SECONDS": "5.0",
        "POWERTOOLS_SERVICE_NAME": "camera-skill",
        "POWERTOOLS_METRICS_NAMESPACE": "CameraSkill",
        **values,
    }
