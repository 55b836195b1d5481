"""GetIceServerConfig: only what is reachable, in the form of the real service."""

import base64
import hashlib
import hmac
import time

import pytest

from simulator.signaling import SignalingSettings, TurnServer
from tests.support.signaling_client import Account, StartService


async def test_list_of_ice_servers_is_empty_when_no_turn_server_is_reachable(account: Account) -> None:
    arn = await account.create_channel()
    response = await account.call("get_ice_server_config", ChannelARN=arn)
    assert response["IceServerList"] == []


async def test_turn_credentials_have_the_form_of_the_real_ones_when_a_turn_server_is_set(
    start_service: StartService,
) -> None:
    uris = ("turn:127.0.0.1:3478?transport=udp", "turn:127.0.0.1:3478?transport=tcp")
    service = await start_service(SignalingSettings(turn_servers=(TurnServer(uris, "secret"),)))
    account = Account(service)
    arn = await account.create_channel()
    (server,) = (await account.call("get_ice_server_config", ChannelARN=arn))["IceServerList"]
    expiry, _, name = server["Username"].partition(":")
    assert 295 <= int(expiry) - time.time() <= 300
    assert base64.b64decode(name).decode() == f"v1:{arn}"
    password = hmac.digest(b"secret", server["Username"].encode(), hashlib.sha1)
    assert base64.b64decode(server["Password"]) == password
    assert (server["Ttl"], tuple(server["Uris"])) == (300, uris)


def test_settings_are_refused_when_camera_sdks_could_not_read_the_turn_servers() -> None:
    with pytest.raises(ValueError, match="at most 5"):
        SignalingSettings(turn_servers=(TurnServer((), "secret"),))
