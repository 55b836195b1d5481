"""Amazon's JavaScript SDK, as npm has it, on both sides of ours: as the camera, and as the viewer of our camera."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trustme

from simulator.echo_show import EchoPeer
from simulator.signaling import SignalingService, SignalingSettings
from tests.conftest import AddCamera
from tests.support.account_server import AccountServer
from tests.support.directives import ENDPOINT_ID, OFFERS, initiate, read_sdp
from tests.support.function_process import running_function
from tests.support.media import camera_process
from tests.support.node import install_packages, running_script
from tests.support.signaling_client import Account


@pytest.fixture(scope="session")
def javascript() -> None:
    install_packages()


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca(authority: trustme.CA) -> Iterator[Path]:
    with authority.cert_pem.tempfile() as path:
        yield Path(path)


@pytest.fixture
async def signaling(authority: trustme.CA) -> AsyncIterator[SignalingService]:
    """The signaling service with TLS: the SDK speaks nothing else."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with SignalingService(SignalingSettings(tls=context)) as service:
        yield service


@pytest.mark.usefixtures("javascript")
@pytest.mark.parametrize("file", OFFERS, ids=lambda file: file.stem)
async def test_the_sdks_master_answers_when_an_offer_comes_through_our_function(
    function_environment: dict[str, str],
    account_server: AccountServer,
    signaling: SignalingService,
    add_camera: AddCamera,
    ca: Path,
    file: Path,
) -> None:
    arn = await Account(signaling, ca=ca).create_channel(ENDPOINT_ID)
    await asyncio.to_thread(add_camera, signaling.data_plane_url, channel_arn=arn)
    settings = {"endpoint": signaling.control_plane_url, "channelName": ENDPOINT_ID}
    async with (
        running_script("master.js", settings, ca) as master,
        running_function({**function_environment, "AWS_CA_BUNDLE": str(ca)}) as function,
    ):
        await master.event("open")
        await function.invoke({})  # so that a slow cold start is not what is tested
        reply = await function.invoke(initiate(account_server.token(), read_sdp(file)))
        assert reply["header"]["name"] == "AnswerGeneratedForSession", reply
        offered = await master.event("offer")
        assert await master.stop() == 0
    answer = reply["payload"]["answer"]["value"]
    assert "a=setup:active\r\n" in answer
    video = [line for line in offered["sdp"].splitlines() if line.startswith("m=video")]
    assert [line for line in answer.splitlines() if line.startswith("m=video")] == video


@pytest.mark.usefixtures("javascript")
async def test_the_sdks_viewer_gets_our_cameras_answer_when_it_sends_an_offer(
    signaling: SignalingService, ca: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("AWS_CA_BUNDLE", "SSL_CERT_FILE"):  # the camera's, for both planes and for its WebSocket
        monkeypatch.setenv(variable, str(ca))
    await Account(signaling, ca=ca).create_channel(ENDPOINT_ID)
    settings = {"endpoint": signaling.control_plane_url, "channelName": ENDPOINT_ID, "clientId": "viewer-1"}
    async with camera_process(signaling.control_plane_url) as camera, EchoPeer() as echo:
        await camera.events.until("connected")
        offer = await echo.offer()
        async with running_script("viewer.js", {**settings, "offer": offer}, ca) as viewer:
            answer = await viewer.event("answer")
            await viewer.event("close")
        await echo.accept(answer["sdp"])
        async with asyncio.timeout(10):
            await echo.until_connected()
        assert await camera.terminate() == 0
