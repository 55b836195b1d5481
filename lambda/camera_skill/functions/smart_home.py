"""The Lambda function that Alexa invokes: builds what it needs once, and hands each directive to the skill."""

import os
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import boto3

from camera_skill.account import AccessTokens
from camera_skill.adapters import tables
from camera_skill.adapters.sessions import SessionRecords
from camera_skill.adapters.signaling import KvsSignaling
from camera_skill.adapters.states import CameraStates
from camera_skill.adapters.tokens.json_web_tokens import AccessTokenRules
from camera_skill.adapters.tokens.login_with_amazon import LoginWithAmazonTokens
from camera_skill.adapters.tokens.oidc_tokens import OidcAccessTokens
from camera_skill.budget import BudgetClock
from camera_skill.interfaces.handlers import handlers
from camera_skill.interfaces.skill import Skill
from camera_skill.settings import LoginWithAmazonSettings, OidcSettings, Settings
from camera_skill.telemetry.directives import DirectiveTelemetry

if TYPE_CHECKING:
    from camera_skill.grant import Grants


class Context(Protocol):
    """What this function needs of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation."""


def build(settings: Settings, session: boto3.Session) -> Skill:
    """The skill with everything that it talks to."""
    telemetry = DirectiveTelemetry(settings.service, settings.metrics_namespace)
    dynamodb = tables.client(session)
    registry = tables.Registry(dynamodb, settings.registry_table, settings.activity_table)
    states = CameraStates(registry, dynamodb, settings.activity_table)
    sessions = SessionRecords(dynamodb, settings.activity_table)
    tokens = _access_tokens(settings.account_server)
    signaling = KvsSignaling(session, registry.store_signaling_endpoint, settings.local_signaling_hosts)

    @cache
    def grants() -> "Grants":
        from camera_skill.adapters.grants.alexa_grants import alexa_grants  # noqa: PLC0415 - most cold starts: offers

        names = settings.registry_table, settings.activity_table
        return alexa_grants(session, dynamodb, names, **settings.grants._asdict())

    return Skill(handlers(tokens, registry, states, signaling, sessions, grants), telemetry)


def _access_tokens(account_server: OidcSettings | LoginWithAmazonSettings) -> AccessTokens:
    if isinstance(account_server, LoginWithAmazonSettings):
        return LoginWithAmazonTokens(account_server.url, account_server.client_ids)
    rules = AccessTokenRules(
        account_server.issuer, account_server.client_ids, scope=account_server.scope, use=account_server.token_use
    )
    return OidcAccessTokens(rules, account_server.jwks_url)


_settings = Settings.from_environment(os.environ)
_skill = build(_settings, boto3.Session(region_name=_settings.region))
_clock = BudgetClock(_settings.response_budget_seconds)


def handler(event: object, context: Context) -> dict[str, Any]:
    """Alexa's directive in, the event for Alexa out."""
    budget = _clock.start(context.get_remaining_time_in_millis() / 1000)
    return _skill.invoke(event, budget, context.aws_request_id)
