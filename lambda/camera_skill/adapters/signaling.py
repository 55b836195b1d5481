"""Kinesis Video Streams signaling: an SDP offer goes to the camera, its answer comes back.

Source: docs.aws.amazon.com/kinesisvideostreams/latest/dg, API_signaling_SendAlexaOfferToMaster and
API_signaling_GetIceServerConfig. What the documentation leaves out is in docs/architecture.md, "Signaling".
"""

import functools
import random
import time
import uuid
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, TypeVar

from botocore.config import Config

from camera_skill.adapters import connections, signaling_errors, signaling_messages
from camera_skill.adapters.connections import FreshClient
from camera_skill.adapters.signaling_channels import SignalingChannels, StoreEndpoint
from camera_skill.adapters.signaling_hosts import check_signaling_endpoint
from camera_skill.budget import Budget
from camera_skill.camera import Camera
from camera_skill.errors import (
    ChannelForbiddenError,
    ChannelNotFoundError,
    DeadlineExceededError,
    LittleTimeError,
    NoAnswerError,
    SignalingConnectError,
    SignalingError,
    SignalingSessionExpiredError,
    SignalingThrottledError,
    SignalingUnreachableError,
)
from camera_skill.session import IceServer, nobody

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_kinesis_video_signaling import KinesisVideoSignalingChannelsClient

T = TypeVar("T")

MOST_CLIENTS = 32
"""Clients kept, one per signaling endpoint; each costs about 130 KB."""
LEAST_SECONDS = 1.0
"""No offer is sent with less time left: no camera could answer it."""
TELLING_SHARE = 2 / 3
"""Of the whole time for a reply: a camera that had less of it to answer may well be there."""
CONFIG = Config(
    connect_timeout=1.0,
    read_timeout=6.0,  # longer than any budget: the budget ends the waiting
    retries={"total_max_attempts": 1},  # a camera must not get one offer twice
)
JITTER_SECONDS = (0.1, 0.5)
"""What a throttled call waits, so that those who were throttled together do not come back together."""
SECOND_ATTEMPT: Mapping[type[SignalingError], float] = {
    SignalingThrottledError: 2.0,
    ChannelNotFoundError: LEAST_SECONDS,
    SignalingSessionExpiredError: LEAST_SECONDS,
    SignalingConnectError: LEAST_SECONDS,
}
"""After which errors an offer is sent once more, if so many seconds are left: it certainly never reached the camera."""
TELLING = (ChannelForbiddenError, SignalingThrottledError, SignalingUnreachableError)
"""What a failed look-up of a channel that was not found is itself: it may well be there. All else is our trouble."""


class KvsSignaling:
    """Sends offers to signaling channels, each to the endpoint that is stored with the camera."""

    def __init__(self, session: "Session", store: StoreEndpoint, local_hosts: Collection[str] = ()) -> None:
        """`store` keeps a signaling endpoint that was found to have changed.

        `local_hosts`: hosts outside AWS that may be signaling endpoints (none, but in the local world).
        """
        self._session = session
        self._local_hosts = frozenset(local_hosts)
        self._channels = SignalingChannels(session, store, self._local_hosts)
        self._clients = functools.lru_cache(maxsize=MOST_CLIENTS)(self._make_client)
        # What every client shares is loaded here, at the function's load, not at its first offer.
        self._session.client("kinesis-video-signaling", config=CONFIG)

    def send_offer(self, camera: Camera, offer: str, budget: Budget, on_retry: Callable[[str], None] = nobody) -> str:
        """The camera's SDP answer to an SDP offer; the offer travels unchanged but for its line ends.

        It is sent at most twice, and reaches the camera at most once. `on_retry` hears the name of the error after
        which it is sent once more, followed by why no new signaling endpoint could be found or stored, if so.

        Raises: SignalingError, OfferInvalidError, AnswerInvalidError, CameraRefusedError; DeadlineExceededError if
        there was no time left to ask the camera at all.
        """
        payload = signaling_messages.wrap_offer(offer)
        if budget.left() < LEAST_SECONDS:
            raise DeadlineExceededError(f"no time was left to send the offer to camera {camera.endpoint_id}")
        answer = self._send_twice_at_most(camera, payload, budget, on_retry)
        if not answer:
            raise NoAnswerError(f"camera {camera.endpoint_id} gave no answer: is it on, and connected as master?")
        return signaling_messages.unwrap_answer(answer, camera.endpoint_id)

    def _send_twice_at_most(
        self, camera: Camera, payload: str, budget: Budget, on_retry: Callable[[str], None]
    ) -> str | None:
        try:
            return self._send(camera, payload, budget)
        except tuple(SECOND_ATTEMPT) as error:
            first = error  # handled below, so that it is no context of what fails there and may become its cause
        return self._send(self._prepared(camera, first, budget, on_retry), payload, budget)

    def _send(self, camera: Camera, payload: str, budget: Budget) -> str | None:
        """One call, by a client id of its own: cameras refuse a peer that they know."""
        client = self._client(camera)

        def send() -> str | None:
            response = client.send_alexa_offer_to_master(
                ChannelARN=camera.channel_arn, SenderClientId=str(uuid.uuid4()), MessagePayload=payload
            )
            return response.get("Answer")

        try:
            return self._call(budget, send, camera, LEAST_SECONDS)
        except DeadlineExceededError as error:
            if error.seconds_given < TELLING_SHARE * budget.whole:
                given = f"the {error.seconds_given:.1f} s that were left for it"
                raise LittleTimeError(f"camera {camera.endpoint_id} gave no answer in {given}") from error
            raise NoAnswerError(
                f"camera {camera.endpoint_id} gave no answer in time: is it on and connected as master, and are "
                "its candidates gathered quickly enough?",
            ) from error

    def _prepared(
        self, camera: Camera, error: SignalingError, budget: Budget, on_retry: Callable[[str], None]
    ) -> Camera:
        """The camera, with where to send the offer once more after `error`; raises it if there is no time for that."""
        if budget.left() < SECOND_ATTEMPT[type(error)]:
            raise error
        reason = type(error).__name__
        if isinstance(error, SignalingThrottledError):
            time.sleep(random.uniform(*JITTER_SECONDS))  # noqa: S311 - no secret
        elif not isinstance(error, SignalingSessionExpiredError):
            camera, trouble = self._relocated(camera, error, budget)
            reason = f"{reason}; {trouble}" if trouble else reason
        on_retry(reason)
        return camera

    def _relocated(self, camera: Camera, error: SignalingError, budget: Budget) -> tuple[Camera, str]:
        """The camera with its channel's present signaling endpoint, and why that was not found or stored, if so.

        Where `error` says that nobody could be asked, the stored endpoint is worth a second attempt. Where it says
        that there is no such channel, it is not: what says best why there is no other endpoint is raised.
        """
        try:
            return self._channels.refreshed(camera, budget.apart(budget.left() - LEAST_SECONDS))
        except SignalingError as failure:
            is_unknown = isinstance(error, ChannelNotFoundError)
            if is_unknown and isinstance(failure, TELLING):
                raise
            if is_unknown or budget.left() < LEAST_SECONDS:
                raise error from failure
            return camera, f"look-up failed: {type(failure).__name__}"

    def ice_servers(self, camera: Camera, budget: Budget) -> tuple[IceServer, ...]:
        """The TURN servers for a session with this camera (GetIceServerConfig), for `ttl` seconds.

        Raises: SignalingError.
        """
        client = self._client(camera)

        def get() -> tuple[IceServer, ...]:
            response = client.get_ice_server_config(ChannelARN=camera.channel_arn, Service="TURN")
            return tuple(
                IceServer(tuple(server["Uris"]), server["Username"], server["Password"], server["Ttl"])
                for server in response.get("IceServerList", [])
                if {"Uris", "Username", "Password", "Ttl"} <= server.keys()
            )

        try:
            return self._call(budget, get, camera)
        except DeadlineExceededError as error:
            raise SignalingUnreachableError(f"no TURN servers came in time for camera {camera.endpoint_id}") from error

    def _call(self, budget: Budget, function: Callable[[], T], camera: Camera, least_seconds: float = 0.0) -> T:
        with signaling_errors.mapped(camera.endpoint_id):
            what = f"signaling channel of camera {camera.endpoint_id}"
            return connections.call(budget, function, what, least_seconds)

    def _client(self, camera: Camera) -> "KinesisVideoSignalingChannelsClient":
        check_signaling_endpoint(camera, self._local_hosts)
        return self._clients(camera.signaling_endpoint, camera.region).get()

    def _make_client(self, signaling_endpoint: str, region: str) -> "FreshClient[KinesisVideoSignalingChannelsClient]":
        client = self._session.client(
            "kinesis-video-signaling",
            endpoint_url=signaling_endpoint,
            region_name=region,
            config=CONFIG,
        )
        client.meta.events.register("before-parse.kinesis-video-signaling", signaling_errors.check_reply)
        connections.bounded(client)
        return FreshClient(client)
