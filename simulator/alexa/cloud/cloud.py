from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self

from simulator.alexa import directives
from simulator.alexa.cloud.customers import Customer, GrantState
from simulator.alexa.cloud.event_gateway import EventGateway
from simulator.alexa.cloud.events import EventLog, EventRecord
from simulator.alexa.cloud.faults import CloudFaults
from simulator.alexa.cloud.login_with_amazon import LoginWithAmazon, Tokens
from simulator.alexa.cloud.servers import gateway_application, login_application, serving
from simulator.alexa.cloud.settings import CloudSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from types import TracebackType

    from simulator.alexa.cloud.reactions import Reaction

    Invoke = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
    LiveView = Callable[[Customer, str], Awaitable[dict[str, Any]]]

ACCEPTED = "ok"


class SkillFailedError(Exception):
    """The skill gave no event at all; the message is a sentence."""


class AlexaCloud:
    """Alexa's cloud for one skill, from entering the context to leaving it: token endpoint, event gateway, customers.

    `login_url` and `gateway_url` are the bases of its two servers. `events`: what came to the gateway, and what an Echo
    did with it. `faults`: what is to go wrong. `login`: the tokens.
    """

    def __init__(self, settings: CloudSettings | None = None) -> None:
        self.settings = settings or CloudSettings()
        self.login = LoginWithAmazon(self.settings)
        self.faults = CloudFaults(self.settings.seed)
        self.events = EventLog()
        self.customers: dict[str, Customer] = {}
        self.login_url = self.gateway_url = ""
        clock = self.settings.clock
        self._gateway = EventGateway(self.login, self.customers, self.faults, self.events, clock)
        self._gateway.reacted = self._reacted
        self._invoke: Invoke | None = None
        self._live_view: LiveView | None = None
        self._views: dict[str, asyncio.Task[None]] = {}
        self._linking: dict[str, asyncio.Lock] = {}
        self._parts = AsyncExitStack()

    async def __aenter__(self) -> Self:
        settings = self.settings
        login = login_application(self.login, self.faults)
        try:
            enter = self._parts.enter_async_context
            self.login_url = await enter(serving(login, settings.host, settings.login_port))
            gateway = gateway_application(self._gateway)
            self.gateway_url = await enter(serving(gateway, settings.host, settings.gateway_port))
        except BaseException:
            await self._parts.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for view in self._views.values():
            view.cancel()
        await asyncio.gather(*self._views.values(), return_exceptions=True)
        await self._parts.aclose()

    def connect(self, invoke: Invoke, live_view: LiveView | None = None) -> None:
        """From now on directives go to this skill.

        `invoke` raises SkillFailedError. `live_view`: what an Echo Show does for a customer and an endpoint after a
        press; it gives {"state": "shown" or "failed", "said": a sentence} and perhaps more, and raises nothing.
        """
        self._invoke, self._live_view = invoke, live_view

    def add_customer(self, user_id: str, endpoints: Iterable[Mapping[str, Any]] = ()) -> Tokens:
        """A customer whose grant the skill has, and whose devices Alexa knows, without the skill having been asked."""
        customer = self.customers[user_id] = Customer(user_id, grant=GrantState.GRANTED, accept_grant=ACCEPTED)
        customer.discovered(endpoints)
        return self.login.new_tokens(user_id)

    async def link(self, user_id: str, access_token: str) -> str:
        """What Alexa does when the customer enabled the skill and linked the account: AcceptGrant, then Discover.

        `access_token`: the account server's, for directives. Gives "ok", or why the skill did not take the grant.
        """
        customer = self.customers.setdefault(user_id, Customer(user_id))
        async with self._linking.setdefault(user_id, asyncio.Lock()):
            customer.access_token = access_token
            try:
                customer.accept_grant = await self._accept_grant(customer)
                await self._discover(customer)
            except SkillFailedError as error:
                customer.accept_grant = str(error)
            is_granted = customer.accept_grant == ACCEPTED
            customer.grant = GrantState.GRANTED if is_granted else GrantState.REFUSED
        return customer.accept_grant

    def revoke(self, user_id: str) -> None:
        """The customer takes the grant back at Amazon: its tokens do not count any more. Raises: KeyError."""
        self.customers[user_id].grant = GrantState.REVOKED
        self.login.revoke(user_id)

    def unlink(self, user_id: str) -> None:
        """The customer disables the skill, which is not told of it. Raises: KeyError."""
        customer = self.customers[user_id]
        customer.grant = GrantState.UNLINKED
        customer.devices.clear()
        self.login.end_refreshing(user_id)

    async def _accept_grant(self, customer: Customer) -> str:
        code = self.login.new_code(customer.user_id)
        reply = await self._ask(directives.accept_grant(code, customer.access_token))
        event = reply.get("event", {})
        name = event.get("header", {}).get("name")
        if name == "AcceptGrant.Response":
            return ACCEPTED
        payload = event.get("payload", {})
        return f"{payload.get('type', name or 'no reply')}: {payload.get('message', 'the skill does not say why')}"

    async def _discover(self, customer: Customer) -> None:
        reply = await self._ask(directives.discover(customer.access_token))
        customer.discovered(reply.get("event", {}).get("payload", {}).get("endpoints", ()))

    async def _ask(self, directive: dict[str, Any]) -> dict[str, Any]:
        return await self._invoke(directive) if self._invoke else {}

    def _reacted(self, customer: Customer, record: EventRecord, reaction: Reaction) -> None:
        device = reaction.live_view
        if device is None or self._live_view is None:
            return
        if customer.user_id in self._views:
            record.view = {"state": "busy", "said": "the Echo Show has a live view open already"}
            return
        record.view = {"state": "opening", "said": f"opens the live view of {device.name}"}
        view = asyncio.create_task(self._view(self._live_view, customer, device.endpoint_id, record))
        self._views[customer.user_id] = view
        view.add_done_callback(lambda _: self._views.pop(customer.user_id))

    async def _view(self, live_view: LiveView, customer: Customer, endpoint_id: str, record: EventRecord) -> None:
        view = {"state": "failed", "said": "the Echo Show itself failed: see the world's output"}
        try:
            view = await live_view(customer, endpoint_id)
        finally:
            self._viewed(customer, endpoint_id, record, view)

    def _viewed(self, customer: Customer, endpoint_id: str, record: EventRecord, view: dict[str, Any]) -> None:
        record.view = view
        line = EventRecord(0, self.settings.clock(), customer.user_id, "LiveView", (endpoint_id,), of=record.number)
        line.view, line.echo = view, [str(view["said"])]
        self.events.add(line)
