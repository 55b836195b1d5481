"""Alexa's event gateway: one for each of three parts of the world, at which the tokens of its customers count.

Source: developer.amazon.com/docs/smarthome/send-events.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from camera_skill.adapters.http_requests import HttpRequests
from camera_skill.adapters.strict_json import json_object
from camera_skill.budget import Budget
from camera_skill.grant import GatewayRegion, GrantedToken
from camera_skill.report import GatewayAnswer
from camera_skill.report_errors import GatewayUnreachableError

AMAZONS = {
    GatewayRegion.NORTH_AMERICA: "https://api.amazonalexa.com",
    GatewayRegion.EUROPE: "https://api.eu.amazonalexa.com",
    GatewayRegion.FAR_EAST: "https://api.fe.amazonalexa.com",
}
_TAKEN = range(200, 300)
"""Whose body says nothing: a report that was taken would be sent again if it did not come, or came to no end."""
_CODE = re.compile(r"[A-Z_]{1,64}", re.ASCII)


class EventGateway:
    """Sends a message once, on a connection of its own: none that was kept is trusted with it."""

    def __init__(self, url: str = "") -> None:
        """`url`: in place of all of Amazon's, without a path."""
        urls = dict.fromkeys(GatewayRegion, url.rstrip("/")) if url else AMAZONS
        self._gateways = {
            region: (
                f"{url}/v3/events",
                HttpRequests(url, "Alexa's event gateway", GatewayUnreachableError),
            )
            for region, url in urls.items()
        }

    def send(self, message: Mapping[str, Any], token: GrantedToken, budget: Budget) -> GatewayAnswer:
        """The answer of the gateway at which the token counts.

        Raises: GatewayUnreachableError, also where a message may have arrived.
        """
        url, requests = self._gateways[token.region]
        headers = {"Authorization": f"Bearer {token.access_token}", "Content-Type": "application/json"}
        body = json.dumps(message, separators=(",", ":")).encode()
        status, reply = requests.within(budget, lambda: requests.post(url, headers, body, unread=_TAKEN))
        return GatewayAnswer(status, _code_in(reply))


def _code_in(reply: bytes) -> str:
    """The code that the body names; empty if it is none: it goes into logs and decides."""
    try:
        payload = json_object(reply).get("payload")
    except ValueError:
        return ""
    code = payload.get("code") if isinstance(payload, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""
