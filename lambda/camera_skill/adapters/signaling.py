"""Kinesis Video Streams signaling: an SDP offer goes to the camera, its answer comes back.

Source: docs.aws.amazon.com/kinesisvideostreams/latest/dg, API_signaling_SendAlexaOfferToMaster and
API_signaling_GetIceServerConfig. What the documentation leaves out is in docs/architecture.md, "Signaling".
"""

import functools
import uuid
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TypeVar

from botocore.config import Config

from camera_skill.adapters import connections, signaling_faults, signaling_messages
from camera_skill.adapters.connections import FreshClient
from camera_skill.adapters.signaling_hosts import check_signaling_endpoint
from camera_skill.budget import Budget
from camera_skill.camera import Camera
from camera_skill.errors import DeadlineExceededError, NoAnswerError, SignalingUnreachableError
from camera_skill.session import IceServer

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_kinesis_video_signaling import KinesisVideoSignalingChannelsClient

T = TypeVar("T")

MOST_CLIENTS = 32
"""Clients kept, one per signaling endpoint; each costs about 130 KB."""
LEAST_SECONDS = 1.0
"""No offer is sent with less time left: no camera could answer it."""
_CONFIG = Config(
    connect_timeout=1.0,
    read_timeout=6.0,  # longer than any budget: the budget ends the waiting
    retries={"total_max_attempts": 1},  # a camera must not get one offer twice
)


class KvsSignaling:
    """Sends offers to signaling channels, each to the endpoint that is stored with the camera."""

    def __init__(self, session: "Session", local_hosts: Collection[str] = ()) -> None:
        """`local_hosts`: hosts outside AWS that may be signaling endpoints (none, but in the local world)."""
        self._session = session
        self._local_hosts = frozenset(local_hosts)
        self._clients = functools.lru_cache(maxsize=MOST_CLIENTS)(self._make_client)
        # What every client shares is loaded here, at the function's load, not at its first offer.
        self._session.client("kinesis-video-signaling", config=_CONFIG)

    def send_offer(self, camera: Camera, offer: str, budget: Budget) -> str:
        """The camera's SDP answer to an SDP offer; the offer travels unchanged but for its line ends.

        Raises: SignalingError, OfferInvalidError, AnswerInvalidError, CameraRefusedError; DeadlineExceededError if
        there was no time left to ask the camera at all.
        """
        payload = signaling_messages.wrap_offer(offer)
        if budget.left() < LEAST_SECONDS:
            raise DeadlineExceededError(f"no time was left to send the offer to camera {camera.endpoint_id}")
        client = self._client(camera)

        def send() -> str | None:
            response = client.send_alexa_offer_to_master(
                ChannelARN=camera.channel_arn,
                SenderClientId=str(uuid.uuid4()),  # cameras refuse a peer that they know
                MessagePayload=payload,
            )
            return response.get("Answer")

        try:
            answer = self._call(budget, send, camera, LEAST_SECONDS)
        except DeadlineExceededError as error:
            raise NoAnswerError(
                f"camera {camera.endpoint_id} gave no answer in time: is it on and connected as master, and are "
                "its candidates gathered quickly enough?",
            ) from error
        if not answer:
            raise NoAnswerError(f"camera {camera.endpoint_id} gave no answer: is it on, and connected as master?")
        return signaling_messages.unwrap_answer(answer, camera.endpoint_id)

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
        with signaling_faults.mapped(camera.endpoint_id):
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
            config=_CONFIG,
        )
        client.meta.events.register("before-parse.kinesis-video-signaling", signaling_faults.check_reply)
        connections.bounded(client)
        return FreshClient(client)
