"""Where signaling channels are: asked for only when what is stored with the camera has turned out to be stale.

Source: docs.aws.amazon.com/kinesisvideostreams/latest/dg, API_GetSignalingChannelEndpoint.
"""

import functools
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.config import Config

from camera_skill.adapters import connections, replies, signaling_errors
from camera_skill.adapters.connections import FreshClient
from camera_skill.adapters.signaling_hosts import check_signaling_endpoint
from camera_skill.budget import Budget
from camera_skill.camera import Camera
from camera_skill.errors import DeadlineExceededError, RegistryError, SignalingError, SignalingUnreachableError

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_kinesisvideo import KinesisVideoClient

StoreEndpoint = Callable[[Camera, str, Budget], None]
"""Stores a channel's signaling endpoint with its camera, within the budget; raises RegistryError."""

CONFIG = Config(connect_timeout=0.5, read_timeout=1.0, retries={"total_max_attempts": 1})
LOOK_UP_SECONDS = 1.5
"""The whole look-up's time: the offer still has to travel."""
STORE_SECONDS = 0.3
"""How long the offer waits for what only spares the next one a look-up."""
_MOST_REGIONS = 8


class SignalingChannels:
    """Knows the channels' present signaling endpoints, by the control plane of their region."""

    def __init__(self, session: "Session", store: StoreEndpoint, local_hosts: Collection[str]) -> None:
        """`local_hosts`: hosts outside AWS that may be signaling endpoints (none, but in the local world)."""
        self._session = session
        self._store = store
        self._local_hosts = local_hosts
        # Made when first needed, which is hardly ever: loading this service's model would lengthen every cold start.
        self._clients = functools.lru_cache(maxsize=_MOST_REGIONS)(self._make_client)

    def refreshed(self, camera: Camera, budget: Budget) -> tuple[Camera, str]:
        """The camera with its channel's present signaling endpoint, stored if it is another one.

        The text says why it could not be stored; empty if it was.

        Raises: SignalingError.
        """
        fresh = replace(camera, signaling_endpoint=self._look_up(camera, budget))
        check_signaling_endpoint(fresh, self._local_hosts)
        if fresh == camera:
            return camera, ""
        try:
            self._store(camera, fresh.signaling_endpoint, budget.apart(min(STORE_SECONDS, budget.left())))
        except RegistryError as error:  # the customer's offer goes on: only the next one needs what is stored
            return fresh, str(error)
        return fresh, ""

    def _look_up(self, camera: Camera, budget: Budget) -> str:
        """GetSignalingChannelEndpoint for role VIEWER."""
        client = self._clients(camera.region).get()

        what = f"look-up of the signaling endpoint of camera {camera.endpoint_id}"

        def get() -> list[str]:
            try:
                response = client.get_signaling_channel_endpoint(
                    ChannelARN=camera.channel_arn,
                    SingleMasterChannelEndpointConfiguration={"Protocols": ["HTTPS"], "Role": "VIEWER"},
                )
                found = response.get("ResourceEndpointList", [])
                # botocore does not check that a text is one.
                return [str(one["ResourceEndpoint"]) for one in found if one.get("Protocol") == "HTTPS"]
            except replies.MALFORMED as error:
                raise SignalingError(f"the service sent no list of endpoints: {what}") from error

        try:
            with signaling_errors.mapped(camera.endpoint_id):
                endpoints = connections.call(budget.apart(min(LOOK_UP_SECONDS, budget.left())), get, what)
        except DeadlineExceededError as error:
            raise SignalingUnreachableError(f"no reply in time: {what}") from error
        if not endpoints:
            raise SignalingError(f"the service named no endpoint: {what}")
        return endpoints[0]

    def _make_client(self, region: str) -> "FreshClient[KinesisVideoClient]":
        client = self._session.client("kinesisvideo", region_name=region, config=CONFIG)
        client.meta.events.register("before-parse.kinesis-video", signaling_errors.check_reply)
        connections.bounded(client)
        return FreshClient(client)
