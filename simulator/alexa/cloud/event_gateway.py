from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from simulator.alexa.cloud import messages
from simulator.alexa.cloud.customers import GrantState
from simulator.alexa.cloud.events import EventRecord
from simulator.alexa.cloud.faults import At
from simulator.alexa.cloud.messages import RefusedError
from simulator.alexa.cloud.reactions import Reaction, react

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.alexa.cloud.customers import Customer
    from simulator.alexa.cloud.events import EventLog
    from simulator.alexa.cloud.faults import CloudFault, CloudFaults
    from simulator.alexa.cloud.login_with_amazon import LoginWithAmazon

CODES = {
    400: "INVALID_REQUEST_EXCEPTION",
    401: "INVALID_ACCESS_TOKEN_EXCEPTION",
    403: "SKILL_DISABLED_EXCEPTION",
    404: "ACCOUNT_NOT_FOUND_EXCEPTION",
    413: "REQUEST_ENTITY_TOO_LARGE_EXCEPTION",
    429: "THROTTLING_EXCEPTION",
    500: "INTERNAL_SERVICE_EXCEPTION",
    503: "SERVICE_UNAVAILABLE_EXCEPTION",
}


class EventGateway:
    """POST /v3/events: takes what is documented, refuses everything else, and has it done what an Echo does with it.

    `reacted`: what is called for each message that was taken.
    """

    def __init__(
        self,
        login: LoginWithAmazon,
        customers: dict[str, Customer],
        faults: CloudFaults,
        log: EventLog,
        clock: Callable[[], float],
    ) -> None:
        self._login = login
        self._customers = customers
        self._faults = faults
        self._log = log
        self._clock = clock
        self.reacted: Callable[[Customer, EventRecord, Reaction], None] = lambda *_: None

    def receive(self, token: str, body: bytes) -> tuple[EventRecord, CloudFault | None]:
        """The record of a request, which is not in the log yet, and the fault that is to happen to it."""
        name, message_id = messages.outline(body)
        user_id = self._login.whose(token)
        record = EventRecord(0, self._clock(), user_id, name, message_id=message_id, message=messages.redacted(body))
        # What has no token of ours is nothing that a fault was set for.
        fault = self._faults.take(At.GATEWAY, user_id, message_id) if user_id else None
        record.fault = fault.name if fault else ""
        return record, fault

    def refuse(self, token: str, record: EventRecord, status: int) -> None:
        """Has the request end with this error, whatever it was."""
        if status == 401:
            self._login.forget_access_token(token)
        record.status, record.code, record.description = status, CODES[status], "as the fault wants it"
        self._log.add(record)

    def ignore(self, record: EventRecord) -> None:
        """Has the request end without an answer, and nothing done."""
        self._log.add(record)

    def take(self, token: str, body: bytes, record: EventRecord) -> None:
        """Does with the request what Alexa would."""
        try:
            customer = self._customer(token)
            message = messages.read(body, token)
        except RefusedError as refusal:
            record.status, record.code, record.description = refusal.status, refusal.code, str(refusal)
            self._log.add(record)
            return
        reaction = react(customer, message)
        record.status, record.endpoint_ids, record.echo = 202, message.endpoint_ids, reaction.sentences
        self._log.add(record)
        self.reacted(customer, record, reaction)

    def _customer(self, token: str) -> Customer:
        customer = self._customers.get(self._login.user_of(token) or "")
        if customer is None:
            raise RefusedError(401, CODES[401], "the access token is invalid or expired")
        if customer.grant is GrantState.UNLINKED:
            raise RefusedError(403, CODES[403], "the customer has disabled the skill")
        return customer


def error_body(record: EventRecord) -> dict[str, dict[str, str]]:
    """What the gateway says to a request that it did not take."""
    return {
        "header": {"namespace": "System", "name": "Exception", "messageId": str(uuid.uuid4())},
        "payload": {"code": record.code, "description": record.description},
    }
