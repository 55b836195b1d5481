import base64
import hmac
from collections.abc import Awaitable, Callable

from simulator.signaling.calls import Parameters
from simulator.signaling.channels import Channels
from simulator.signaling.settings import NoAnswer, SignalingSettings, TurnServer

DataPlaneOperation = Callable[[Parameters], Awaitable[object]]
_NO_ANSWER: dict[NoAnswer, Parameters] = {
    NoAnswer.NULL: {"Answer": None},
    NoAnswer.MISSING: {},
    NoAnswer.EMPTY: {"Answer": ""},
}


class DataPlane:
    """The operations on a channel's HTTPS endpoint. `operations` maps each one's path to name and implementation."""

    def __init__(self, settings: SignalingSettings, channels: Channels) -> None:
        self._settings = settings
        self._channels = channels
        self.operations: dict[str, tuple[str, DataPlaneOperation]] = {
            "/v1/send-alexa-offer-to-master": ("SendAlexaOfferToMaster", self._send_alexa_offer_to_master),
            "/v1/get-ice-server-config": ("GetIceServerConfig", self._get_ice_server_config),
        }

    async def _send_alexa_offer_to_master(self, parameters: Parameters) -> object:
        channel = self._channels.get(arn=parameters["ChannelARN"])
        answer = await channel.send_alexa_offer(parameters["SenderClientId"], parameters["MessagePayload"])
        return _NO_ANSWER[self._settings.assumptions.no_answer] if answer is None else {"Answer": answer}

    async def _get_ice_server_config(self, parameters: Parameters) -> object:
        channel = self._channels.get(arn=parameters["ChannelARN"])
        return {"IceServerList": [self._ice_server(server, channel.arn) for server in self._settings.turn_servers]}

    def _ice_server(self, server: TurnServer, channel_arn: str) -> object:
        ttl = self._settings.ice_credential_seconds
        name = base64.b64encode(f"v1:{channel_arn}".encode()).decode()
        username = f"{int(self._settings.clock()) + ttl}:{name}"
        # SHA-1 is what TURN servers check (draft-uberti-behave-turn-rest); AWS's own passwords are longer.
        password = base64.b64encode(hmac.digest(server.secret.encode(), username.encode(), "sha1")).decode()
        return {"Password": password, "Ttl": ttl, "Uris": list(server.uris), "Username": username}
