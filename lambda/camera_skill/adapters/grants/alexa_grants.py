"""Grants at Login with Amazon, in the registry, and encrypted by KMS: refreshed ahead of time, by one at a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from camera_skill.adapters.grants import lease
from camera_skill.adapters.grants.alexa_client import AlexaClient
from camera_skill.adapters.grants.cipher import TokenCipher
from camera_skill.adapters.grants.grant_items import GrantItems, StoredGrant
from camera_skill.adapters.grants.lease import Leases
from camera_skill.adapters.grants.token_server import Tokens, TokenServer
from camera_skill.adapters.lru_cache import LruCache
from camera_skill.budget import Budget
from camera_skill.errors import RegistryError
from camera_skill.grant import GatewayRegion, GrantedToken
from camera_skill.report_errors import GrantError, GrantRefusedError, RefreshingElsewhereError

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient

AHEAD_SECONDS = 300.0
"""So long before its end a token is refreshed, as Amazon's own sample does."""
GOOD_SECONDS = 10.0
"""So long a token must last to be used: the function's time, and clocks that differ."""
_MARGIN_SECONDS = 1.0
_UNSAVED = 64


def alexa_grants(
    session: "Session",
    dynamodb: "FreshClient[DynamoDBClient]",
    tables: tuple[str, str],
    *,
    key_arn: str,
    client_secret_arn: str,
    login_with_amazon_url: str,
) -> "AlexaGrants":
    """The grants of a function in the session's region. `tables`: registry and activity. Makes no client yet."""
    registry_table, activity_table = tables
    return AlexaGrants(
        GrantItems(dynamodb, registry_table),
        Leases(dynamodb, activity_table),
        TokenCipher(session, key_arn),
        TokenServer(login_with_amazon_url, AlexaClient(session, client_secret_arn)),
        GatewayRegion.of_aws_region(session.region_name),
    )


class AlexaGrants:
    """What the Protocol `grant.Grants` says. Each step has its own errors, and none of them holds a token."""

    def __init__(
        self, items: GrantItems, leases: Leases, cipher: TokenCipher, token_server: TokenServer, region: GatewayRegion
    ) -> None:
        """`region`: of the gateway at which new grants count."""
        self._items = items
        self._leases = leases
        self._cipher = cipher
        self._token_server = token_server
        self._region = region
        self._unsaved = LruCache[str, "_Fresh"](_UNSAVED)

    def accept(self, user_id: str, code: str, budget: Budget) -> None:
        """Exchanges the code, and stores what comes."""
        tokens = self._token_server.exchange(code, budget)
        access_token = self._cipher.encrypt(user_id, tokens.access_token, budget)
        refresh_token = self._cipher.encrypt(user_id, tokens.refresh_token, budget)
        expires_at = time.time() + tokens.seconds
        self._items.put(StoredGrant(user_id, access_token, refresh_token, expires_at, self._region), budget)

    def token(self, user_id: str, budget: Budget) -> GrantedToken | None:
        """The user's token, refreshed five minutes ahead."""
        grant = self._items.read(user_id, budget)
        if grant is not None and not grant.lasts(AHEAD_SECONDS):
            grant = self._refreshed_if_possible(grant, budget)
        return self._granted(grant, budget)

    def refreshed(self, token: GrantedToken, budget: Budget) -> GrantedToken | None:
        """Another token than that, which the gateway refused."""
        grant = self._items.read(token.user_id, budget)
        if grant is not None and (grant.version == token.version or not grant.lasts(GOOD_SECONDS)):
            grant = self._refreshed(grant, budget)
        return self._granted(grant, budget)

    def drop(self, token: GrantedToken, budget: Budget) -> bool:
        """Deletes the grant that the token is of."""
        return self._items.delete(token.user_id, token.version, budget)

    def _granted(self, grant: StoredGrant | None, budget: Budget) -> GrantedToken | None:
        if grant is None:
            return None
        access_token = self._cipher.decrypt(grant.user_id, grant.access_token, budget)
        return GrantedToken(grant.user_id, access_token, grant.region, grant.version)

    def _refreshed_if_possible(self, grant: StoredGrant, budget: Budget) -> StoredGrant | None:
        """Another grant; the same as long as its token is good."""
        try:
            return self._refreshed(grant, budget)
        except GrantRefusedError:
            raise
        except (GrantError, RegistryError):
            if not grant.lasts(GOOD_SECONDS):
                raise
            return grant

    def _refreshed(self, grant: StoredGrant, budget: Budget) -> StoredGrant | None:
        """What comes after the grant: by this instance's refresh, or another's; None if it is gone."""
        within_lease = budget.apart(min(budget.left(), lease.SECONDS - _MARGIN_SECONDS))
        with self._lease(grant.user_id, within_lease) as is_held:
            latest = self._items.read(grant.user_id, budget)  # who had the lease before may have refreshed
            if latest is None or (latest.version != grant.version and latest.lasts(GOOD_SECONDS)):
                return latest
            if not is_held:
                raise RefreshingElsewhereError("the customer's token has expired, and is being refreshed elsewhere")
            return self._refresh(latest, within_lease)

    @contextmanager
    def _lease(self, user_id: str, budget: Budget) -> Iterator[bool]:
        name = self._leases.take(user_id, budget)
        try:
            yield bool(name)
        finally:
            if name:
                with suppress(RegistryError):  # it ends by itself
                    self._leases.give_back(user_id, name, budget)

    def _refresh(self, grant: StoredGrant, budget: Budget) -> StoredGrant | None:
        """The grant with new tokens, once they are stored, or one that was stored meanwhile."""
        old = self._cipher.decrypt(grant.user_id, grant.refresh_token, budget)
        fresh = self._unsaved.get(grant.version)
        if fresh is None:
            try:
                fresh = _Fresh(self._token_server.refresh(old, budget))
            except GrantRefusedError:
                if self._items.delete(grant.user_id, grant.version, budget):
                    raise
                return self._stored_meanwhile(grant, budget)  # linked anew: what was refused is not what is there
            self._unsaved.put(grant.version, fresh)  # the old refresh token may count no more
        new = self._stored(grant, old, fresh, budget)
        is_stored = self._items.replace(grant, new, budget)
        self._unsaved.forget(grant.version)
        return new if is_stored else self._stored_meanwhile(grant, budget)

    def _stored(self, grant: StoredGrant, old: str, fresh: "_Fresh", budget: Budget) -> StoredGrant:
        tokens, refresh_token = fresh.tokens, grant.refresh_token
        if tokens.refresh_token not in {"", old}:
            refresh_token = self._cipher.encrypt(grant.user_id, tokens.refresh_token, budget)
        access_token = self._cipher.encrypt(grant.user_id, tokens.access_token, budget)
        return StoredGrant(grant.user_id, access_token, refresh_token, fresh.expires_at, grant.region)

    def _stored_meanwhile(self, grant: StoredGrant, budget: Budget) -> StoredGrant | None:
        latest = self._items.read(grant.user_id, budget)
        if latest is None or latest.lasts(GOOD_SECONDS):
            return latest
        raise RefreshingElsewhereError("the customer's grant was changed while its token was refreshed")


class _Fresh:
    """Tokens that just came, which nobody else has."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.expires_at = time.time() + tokens.seconds
