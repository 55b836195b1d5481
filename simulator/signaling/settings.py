import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from ssl import SSLContext

from simulator.credentials import PROCESS_CREDENTIALS

Authorize = Callable[[str, str, str, Mapping[str, str]], Awaitable[bool]]
Count = Callable[[str, str, bool], None]


class NoAnswer(Enum):
    """What the caller of SendAlexaOfferToMaster gets when nobody answered."""

    NULL = "null"
    MISSING = "missing"
    EMPTY = "empty"


def own_credentials() -> dict[str, str]:
    """The secret of this process's key, by its id."""
    return {PROCESS_CREDENTIALS.access_key_id: PROCESS_CREDENTIALS.secret_access_key}


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What nobody outside AWS knows of the real service; the defaults are what its documentation suggests.

    Seconds throughout. `block_seconds` is how long SendAlexaOfferToMaster waits for an answer; None is the
    channel's message lifetime, and a large number makes callers run into their own timeout. An offer that a
    master received and has not answered goes to the next master only with `redeliver_unanswered`.
    `overwritten_offer_waits` lets the call whose offer was overwritten wait to its expiry for an answer that is
    not coming. `hold_undelivered` keeps messages between peers, too, until they expire.
    `sender_client_id_of_master` is what viewers read as the sender of a master's message; None leaves the field
    out. `transition_seconds` is how long a channel stays CREATING, UPDATING or DELETING.
    """

    block_seconds: float | None = None
    no_answer: NoAnswer = NoAnswer.NULL
    redeliver_unanswered: bool = False
    overwritten_offer_waits: bool = False
    hold_undelivered: bool = True
    close_replaced_connections: bool = False
    sender_client_id_of_master: str | None = None
    empty_frame_per_message: bool = False
    transition_seconds: float = 0.0


@dataclass(frozen=True)
class TurnServer:
    """A TURN server that is reachable, with the secret from which it checks credentials (coturn: use-auth-secret)."""

    uris: tuple[str, ...]
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class SignalingSettings:
    """Everything that can be set on the signaling service.

    Ports of 0 are free ones. `credentials` maps access key ids to secrets. `authorize` gets the access key id, the
    action (`kinesisvideo:SendAlexaOfferToMaster`), the resource's ARN and the tags of request and resource as
    conditions name them (`aws:ResourceTag/room`), and says whether it is allowed; None allows everything. `count` gets
    what the service counts in CloudWatch: the operation (`ConnectAsMaster`), the channel's name, and whether it failed.
    `tls` makes all four listeners https and wss.

    `turn_servers` are handed out by GetIceServerConfig and must be reachable: a client waits 5 s for one that
    is not. The default is none, so that the list is empty: browsers, boto3 and aiortc take that, the C SDK
    does not, and needs a real server here.

    `allowed_origins`: of web pages that may use the service, and read what it answers; all others are refused.
    `is_forwarded`: it may be reached through other ports of loopback, too.

    `rates` enforces the documented rates, times `rate_scale`. `message_ttl_scale` shortens the lifetime of messages
    (the model's minimum is 5 s). Whatever goes over a connection, in either direction, keeps it from idling.
    `clock` is the time of day against which signatures are checked, in seconds since 1970.
    """

    host: str = "127.0.0.1"
    control_plane_port: int = 0
    data_plane_port: int = 0
    master_port: int = 0
    viewer_port: int = 0
    tls: SSLContext | None = field(default=None, repr=False)
    region: str = "us-east-1"
    account_id: str = "000000000000"
    credentials: Mapping[str, str] = field(default_factory=own_credentials, repr=False)
    check_signatures: bool = True
    allowed_origins: tuple[str, ...] = ()
    is_forwarded: bool = False
    authorize: Authorize | None = None
    count: Count | None = None
    rates: bool = True
    rate_scale: float = 1.0
    channels_per_account: int = 10_000
    viewers_per_channel: int = 10
    turn_servers: tuple[TurnServer, ...] = ()
    ice_credential_seconds: int = 300
    message_ttl_scale: float = 1.0
    idle_seconds: float = 600.0
    connection_seconds: float = 3600.0
    going_away_seconds: float = 60.0
    clock: Callable[[], float] = time.time
    assumptions: Assumptions = field(default_factory=Assumptions)

    def __post_init__(self) -> None:
        if len(self.turn_servers) > 5 or any(not 1 <= len(server.uris) <= 4 for server in self.turn_servers):
            raise ValueError("camera SDKs read at most 5 TURN servers of 1 to 4 URIs each")
