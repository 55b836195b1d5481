"""A grant: that Alexa may be told of a customer's cameras unasked, as AcceptGrant brought it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from camera_skill.budget import Budget


class GatewayRegion(StrEnum):
    """The three event gateways that Alexa has; a customer's tokens count at one of them."""

    NORTH_AMERICA = "NA"
    EUROPE = "EU"
    FAR_EAST = "FE"

    @classmethod
    def of_aws_region(cls, region: str) -> "GatewayRegion":
        """The gateway of a function that Alexa invokes in this region of AWS.

        Source: developer.amazon.com/docs/smarthome/send-events.html: us-east-1, eu-west-1 and us-west-2, in this order.
        """
        if region == "us-west-2" or region.startswith("ap-"):
            return cls.FAR_EAST
        return cls.EUROPE if region.startswith("eu-") else cls.NORTH_AMERICA


@dataclass(frozen=True)
class GrantedToken:
    """An access token for the event gateway, good now. `version` is that of the grant that it was read from."""

    user_id: str
    access_token: str = field(repr=False)
    region: GatewayRegion
    version: str


class Grants(Protocol):
    """Where grants are kept."""

    def accept(self, user_id: str, code: str, budget: Budget) -> None:
        """Exchanges the code of an AcceptGrant, and keeps what comes for it in place of what there was.

        Raises: GrantRefusedError, TokenServerError, AlexaClientError, GrantError, RegistryError.
        """

    def token(self, user_id: str, budget: Budget) -> GrantedToken | None:
        """The customer's token, refreshed where it is about to expire; None if there is no grant.

        Raises: GrantRefusedError if Login with Amazon took the grant back, so that it is gone from here, too;
        RefreshingElsewhereError, TokenServerError, AlexaClientError, GrantError, RegistryError.
        """

    def refreshed(self, token: GrantedToken, budget: Budget) -> GrantedToken | None:
        """Another token in place of one that the gateway refused. As above."""

    def drop(self, token: GrantedToken, budget: Budget) -> bool:
        """Forgets the grant that this token is of, but not one that came after it. Whether it did.

        Raises: RegistryError.
        """
