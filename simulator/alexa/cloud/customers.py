"""Alexa's customers, and the devices that Alexa knows of each: those that their skill discovered or reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class GrantState(StrEnum):
    """Whether Alexa let the skill tell of this customer's devices unasked."""

    NONE = "none"
    GRANTED = "granted"
    REFUSED = "refused"
    """The skill did not take the code."""
    REVOKED = "revoked"
    """The customer took it back at Amazon: tokens do not count any more."""
    UNLINKED = "unlinked"
    """The customer disabled the skill."""


@dataclass(frozen=True)
class Device:
    """An endpoint of Discover.Response or AddOrUpdateReport."""

    endpoint: Mapping[str, Any]

    @property
    def endpoint_id(self) -> str:
        """Which one."""
        return str(self.endpoint.get("endpointId", ""))

    @property
    def name(self) -> str:
        """What the customer calls it."""
        return str(self.endpoint.get("friendlyName", self.endpoint_id))

    def has(self, interface: str) -> bool:
        """Whether it declared this interface."""
        return any(capability.get("interface") == interface for capability in self.endpoint.get("capabilities", ()))


@dataclass
class Customer:
    """One customer. `access_token`: what directives carry. `accept_grant`: ok, or why the skill took no grant."""

    user_id: str
    access_token: str = field(default="", repr=False)
    grant: GrantState = GrantState.NONE
    accept_grant: str = ""
    devices: dict[str, Device] = field(default_factory=dict)

    def discovered(self, endpoints: Iterable[Mapping[str, Any]]) -> None:
        """From now on these are the devices, and no others."""
        self.devices = {device.endpoint_id: device for device in map(Device, endpoints)}

    def name_of(self, endpoint_id: str) -> str:
        """What the customer calls it; its id if Alexa knows no such device."""
        device = self.devices.get(endpoint_id)
        return device.name if device else endpoint_id

    def as_row(self) -> dict[str, Any]:
        """For machines, without the token."""
        return {
            "user_id": self.user_id,
            "grant": str(self.grant),
            "accept_grant": self.accept_grant,
            "devices": [
                {"endpoint_id": device.endpoint_id, "friendly_name": device.name} for device in self.devices.values()
            ],
        }
