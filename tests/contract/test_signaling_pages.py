"""Web pages that use the signaling service: those that were named may, as with AWS, and no others."""

import json

import aiohttp
import pytest

from simulator.signaling import Fault, SignalingService, SignalingSettings
from tests.support.signaling_client import StartService, signed_headers

PAGE, EVIL = "http://localhost:8000", "http://evil.example"
BODY = json.dumps({"ChannelName": "absent"}).encode()


@pytest.fixture
async def service(start_service: StartService) -> SignalingService:
    return await start_service(SignalingSettings(allowed_origins=(PAGE,)))


async def test_a_page_that_was_named_may_call_and_read_the_answer(service: SignalingService) -> None:
    url = f"{service.control_plane_url}/describeSignalingChannel"
    asked = "authorization,content-type,x-amz-date"
    preflight = {"Origin": PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": asked}
    async with aiohttp.ClientSession() as http:
        async with http.options(url, headers=preflight) as answer:
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, PAGE)
            assert answer.headers["Access-Control-Allow-Headers"] == asked
        headers = {**signed_headers(url, body=BODY), "Origin": PAGE, "Sec-Fetch-Site": "cross-site"}
        async with http.post(url, data=BODY, headers=headers) as answer:
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (404, PAGE)
            assert "x-amzn-ErrorType" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("origin", [EVIL, "null", "http://localhost:8001", ""])
async def test_another_page_gets_nothing_though_its_call_is_signed(service: SignalingService, origin: str) -> None:
    url = f"{service.control_plane_url}/describeSignalingChannel"
    page = {"Origin": origin} if origin else {"Sec-Fetch-Site": "same-site"}
    async with aiohttp.ClientSession() as http:
        for method in ("POST", "OPTIONS"):
            async with http.request(
                method, url, data=BODY, headers={**signed_headers(url, body=BODY), **page}
            ) as answer:
                assert answer.status == 403
                assert "Access-Control-Allow-Origin" not in answer.headers
    assert not [one for one in service.requests if one.operation == "DescribeSignalingChannel"]


async def test_another_page_gets_no_socket(service: SignalingService) -> None:
    async with aiohttp.ClientSession() as http:
        for url in (service.master_url, service.viewer_url):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(url, headers={"Origin": EVIL})
            assert refused.value.status == 403


async def test_who_does_not_sign_spends_no_fault_and_leaves_no_trace(service: SignalingService) -> None:
    url = f"{service.control_plane_url}/describeSignalingChannel"
    service.faults.set(Fault.parse("http-429"), operation="DescribeSignalingChannel", times=1)
    async with aiohttp.ClientSession() as http:
        async with http.post(url, data=BODY) as answer:
            assert answer.status == 403
        assert service.requests == []
        async with http.post(url, data=BODY, headers=signed_headers(url, body=BODY)) as answer:
            assert answer.status == 429
