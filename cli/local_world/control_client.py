"""The control API of a running local world, as a client."""

import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from cli.errors import CommandError
from cli.local_world.world_file import World
from cli.options import folder_words

TIMEOUT = 30.0  # a camera's start: a process, imports, a connection


@dataclass(frozen=True)
class ControlClient:
    """What a command asks of a world's supervisor. Each method raises CommandError if it refuses or is gone."""

    world: World

    def status(self) -> dict[str, Any]:
        """What runs, as the supervisor sees it."""
        return self._call("GET", "/status")

    def is_plugged_in(self, endpoint_id: str) -> bool:
        """Whether a simulated camera runs for this endpoint."""
        return self.name_in_picture(endpoint_id) is not None

    def name_in_picture(self, endpoint_id: str) -> str | None:
        """What the simulated camera of this endpoint was called when it was plugged in; None if there is none."""
        running = (one for one in self.status()["cameras"] if one["state"] != "ended")
        return next((one["friendly_name"] for one in running if one["endpoint_id"] == endpoint_id), None)

    def plug_in(self, endpoint_id: str, friendly_name: str, *, channel_name: str, thing_name: str) -> None:
        """Starts a simulated camera; returns when it is connected as its channel's master."""
        names = {"channel_name": channel_name, "thing_name": thing_name}
        self._call("POST", "/cameras", {"endpoint_id": endpoint_id, "friendly_name": friendly_name, **names})

    def unplug(self, endpoint_id: str) -> None:
        """Stops a simulated camera."""
        self._call("DELETE", f"/cameras/{quote(endpoint_id, safe='')}")

    def put_account(self, user_id: str, access_token: str) -> str:
        """Puts the account that is logged in into the world file, and lets Alexa link it.

        "ok", or what the skill answered when Alexa asked it to take the customer's grant for events.
        """
        answer = self._call("PUT", "/account", {"user_id": user_id, "access_token": access_token})
        return str(answer.get("accept_grant", "ok"))

    def delete_account(self) -> None:
        """Takes the account that is logged in, and its cameras, out of the world file."""
        self._call("DELETE", "/account")

    def put_cameras(self, cameras: Sequence[Mapping[str, str]]) -> None:
        """Puts the account's cameras into the world file."""
        self._call("PUT", "/cameras-listing", [dict(camera) for camera in cameras])

    def publish(self, endpoint_id: str, kind: str, event: Mapping[str, object]) -> dict[str, Any]:
        """Lets a simulated camera publish an event by MQTT; its `id` and `topic`."""
        return self._call("POST", f"/cameras/{quote(endpoint_id, safe='')}/events/{quote(kind, safe='')}", dict(event))

    def alexa_events(self, since: int, seconds: float) -> list[dict[str, Any]]:
        """What Alexa got after that number, once there is anything, or after so many seconds."""
        query = f"since={since}&wait={seconds:g}"
        events: list[dict[str, Any]] = self._call("GET", f"/alexa/events?{query}")["events"]
        return events

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are set, as `world fault --list --json` prints them."""
        faults: list[dict[str, Any]] = self._call("GET", "/signaling/faults")["faults"]
        return faults

    def set_fault(
        self, fault: str, channel_name: str | None, operation: str | None, times: int | None
    ) -> dict[str, Any]:
        """Sets a fault for a channel, or for all; how it is listed then."""
        value = {"fault": fault, "channel_name": channel_name, "operation": operation, "times": times}
        return self._call("POST", "/signaling/faults", value)

    def clear_faults(self, channel_name: str | None) -> int:
        """Ends the faults of a channel, or all there are; how many there were."""
        query = "" if channel_name is None else f"?channel_name={quote(channel_name, safe='')}"
        return int(self._call("DELETE", f"/signaling/faults{query}")["cleared"])

    def alexa_faults(self) -> list[dict[str, Any]]:
        """The faults of Alexa's side that are set."""
        faults: list[dict[str, Any]] = self._call("GET", "/alexa/faults")["faults"]
        return faults

    def set_alexa_fault(self, fault: Mapping[str, object]) -> dict[str, Any]:
        """Sets one; how it is listed then."""
        return self._call("POST", "/alexa/faults", {name: one for name, one in fault.items() if one is not None})

    def clear_alexa_faults(self) -> int:
        """Ends all of Alexa's side; how many there were."""
        return int(self._call("DELETE", "/alexa/faults")["cleared"])

    def alexa_customers(self) -> list[dict[str, Any]]:
        """Those whom Alexa ever linked: user_id, grant and devices."""
        customers: list[dict[str, Any]] = self._call("GET", "/alexa/customers")["customers"]
        return customers

    def revoke(self, user_id: str) -> None:
        """Lets a customer whom Alexa linked take back what the skill was granted."""
        self._call("POST", f"/alexa/customers/{quote(user_id, safe='')}/revoke")

    def forget_customer(self, user_id: str) -> None:
        """Lets Alexa forget a customer whose account is gone; nothing happens if Alexa knows no such customer."""
        if any(one["user_id"] == user_id for one in self.alexa_customers()):
            self._call("DELETE", f"/alexa/customers/{quote(user_id, safe='')}")

    def alexa_knows(self, user_id: str, endpoint_id: str) -> bool:
        """Whether Alexa has this camera among the customer's devices."""
        return any(
            device["endpoint_id"] == endpoint_id
            for customer in self.alexa_customers()
            if customer["user_id"] == user_id
            for device in customer["devices"]
        )

    def _call(self, method: str, path: str, value: object = None) -> dict[str, Any]:
        url = urlsplit(self.world.control_url)
        connection = http.client.HTTPConnection(url.netloc, timeout=TIMEOUT)
        body = None if value is None else json.dumps(value)
        try:
            connection.request(method, f"{url.path}{path}", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            status, text = response.status, response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise CommandError(
                f"The local world in {self.world.folder} does not answer ({error}): end it with "
                f"`camera-skill world stop{folder_words(self.world.folder)}`, then start it again."
            ) from error
        finally:
            connection.close()
        answer = _parsed(text)
        if status >= 400:
            raise CommandError(str(answer.get("error") or f"The local world refused {method} {path}: {status}"))
        return answer


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        return {"error": text}
    return value if isinstance(value, dict) else {"value": value}
