from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from simulator.alexa.cloud import CloudFault
from simulator.world.request_bodies import number, object_of

if TYPE_CHECKING:
    from simulator.alexa.cloud import AlexaCloud, Customer

_MOST_WAIT_SECONDS = 25.0
_MOST_EVENTS = 10**9


class AlexaControl:
    """The part of the control API that is about Alexa.

    GET /alexa/events?since=N&wait=S tells what came to the event gateway after number N, and what an Echo did; it waits
    for S seconds if there is nothing yet. GET, POST and DELETE /alexa/faults list, set and clear faults.
    GET /alexa/customers tells whose accounts are linked; POST /alexa/customers/USER_ID/revoke and …/unlink let a
    customer take back what the skill was granted, and disable the skill. DELETE /alexa/customers/USER_ID is the end of
    the customer's account.
    """

    def __init__(self, cloud: AlexaCloud) -> None:
        self._cloud = cloud

    def add_to(self, application: web.Application) -> None:
        """Adds the routes."""
        router = application.router
        router.add_get("/alexa/events", self._events)
        router.add_get("/alexa/faults", self._faults)
        router.add_post("/alexa/faults", self._set_fault)
        router.add_delete("/alexa/faults", self._clear_faults)
        router.add_get("/alexa/customers", self._customers)
        router.add_delete("/alexa/customers/{user_id}", self._forget)
        router.add_post("/alexa/customers/{user_id}/revoke", self._revoke)
        router.add_post("/alexa/customers/{user_id}/unlink", self._unlink)

    async def _events(self, request: web.Request) -> web.Response:
        since = int(number(request, "since", _MOST_EVENTS))
        records = await self._cloud.events.since(since, number(request, "wait", _MOST_WAIT_SECONDS))
        return web.json_response({"events": [record.as_row() for record in records]})

    async def _faults(self, _: web.Request) -> web.Response:
        return web.json_response({"faults": [fault.as_row() for fault in self._cloud.faults.listing()]})

    async def _set_fault(self, request: web.Request) -> web.Response:
        fault = self._cloud.faults.set(CloudFault.of(await object_of(request)))
        return web.json_response(fault.as_row(), status=201)

    async def _clear_faults(self, _: web.Request) -> web.Response:
        return web.json_response({"cleared": self._cloud.faults.clear()})

    async def _customers(self, _: web.Request) -> web.Response:
        return web.json_response({"customers": [one.as_row() for one in self._cloud.customers.values()]})

    async def _forget(self, request: web.Request) -> web.Response:
        customer = self._customer(request)
        self._cloud.unlink(customer.user_id)
        del self._cloud.customers[customer.user_id]
        return web.json_response({})

    async def _revoke(self, request: web.Request) -> web.Response:
        customer = self._customer(request)
        self._cloud.revoke(customer.user_id)
        return web.json_response(customer.as_row())

    async def _unlink(self, request: web.Request) -> web.Response:
        customer = self._customer(request)
        self._cloud.unlink(customer.user_id)
        return web.json_response(customer.as_row())

    def _customer(self, request: web.Request) -> Customer:
        customer = self._cloud.customers.get(request.match_info["user_id"])
        if customer is None:
            raise web.HTTPNotFound(text="Alexa knows no such customer.")
        return customer
