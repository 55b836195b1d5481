"""Signature Version 4 as botocore computes it, and as the camera SDKs do, is the oracle."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import aiohttp
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from simulator.credentials import PROCESS_CREDENTIALS
from simulator.signaling import SignalingService, SignalingSettings
from tests.support.signaling_client import Account, Peer, StartService, signed_headers, signed_url

DESCRIBE = json.dumps({"ChannelName": "absent"}).encode()
TOKEN = "token/with+signs=="


class CameraSigner(SigV4Auth):
    """Signs what the C SDK signs of an HTTPS call: neither content-type nor session token, but the user agent."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        headers = HTTPHeaders()
        headers["host"] = str(urlsplit(request.url).netloc)
        for name in ("user-agent", "x-amz-date"):
            headers[name] = request.headers[name]
        return headers


async def post(url: str, headers: dict[str, str], body: bytes = DESCRIBE) -> tuple[int, str, str]:
    async with aiohttp.ClientSession() as http, http.post(url, headers=headers, data=body) as response:
        answer = await response.json()
        return response.status, response.headers.get("x-amzn-ErrorType", ""), str(answer.get("message", ""))


def describe_url(service: SignalingService) -> str:
    return f"{service.control_plane_url}/describeSignalingChannel"


async def test_call_gets_through_when_its_signature_is_right(service: SignalingService) -> None:
    url = describe_url(service)
    status, error, _ = await post(url, signed_headers(url, body=DESCRIBE))
    assert (status, error) == (404, "ResourceNotFoundException")


async def test_call_gets_through_when_session_token_is_signed(service: SignalingService) -> None:
    url = describe_url(service)
    headers = signed_headers(url, body=DESCRIBE, credentials=Credentials(*PROCESS_CREDENTIALS[:2], TOKEN))
    assert "x-amz-security-token" in headers["Authorization"]
    assert (await post(url, headers))[0] == 404


async def test_call_gets_through_when_signed_as_the_c_sdk_does(service: SignalingService) -> None:
    url = describe_url(service)
    agent: dict[str, Any] = {"user-agent": "AWS-SDK-KVS/1.10  (linux;  C)"}
    headers = signed_headers(
        url, body=DESCRIBE, signer=CameraSigner, credentials=Credentials(*PROCESS_CREDENTIALS[:2], TOKEN), **agent
    )
    assert "SignedHeaders=host;user-agent;x-amz-date," in headers["Authorization"]
    assert headers["X-Amz-Security-Token"] == TOKEN
    assert (await post(url, headers))[0] == 404


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"credentials": Credentials(PROCESS_CREDENTIALS.access_key_id, "wrong")},
            "InvalidSignatureException",
            "does not match the signature",
        ),
        ({"credentials": Credentials("nobody", "test")}, "UnrecognizedClientException", "token included"),
        ({"region": "eu-west-1"}, "InvalidSignatureException", "not 'eu-west-1'"),
        ({"service": "kinesisvideosignaling"}, "InvalidSignatureException", "correct service: 'kinesisvideo'"),
        ({"body": b'{"ChannelName": "other"}'}, "InvalidSignatureException", "does not match the signature"),
    ],
)
async def test_call_is_refused_when_something_else_was_signed(
    service: SignalingService, arguments: dict[str, Any], error: str, message: str
) -> None:
    url = describe_url(service)
    status, refused_with, text = await post(url, signed_headers(url, **{"body": DESCRIBE, **arguments}))
    assert (status, refused_with) == (403, error)
    assert message in text


@pytest.mark.parametrize(
    ("authorization", "error"),
    [
        (None, "MissingAuthenticationTokenException"),
        ("Bearer abc", "IncompleteSignatureException"),
        (
            "AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/kinesisvideo/aws4_request",
            "IncompleteSignatureException",
        ),
        ("AWS4-HMAC-SHA256 Credential=KEY, SignedHeaders=host, Signature=é", "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256 Credential=KEY/a/b/c/d, SignedHeaders=x, Signature=é", "InvalidSignatureException"),
    ],
)
async def test_call_is_refused_when_authorization_is_not_whole(
    service: SignalingService, authorization: str | None, error: str
) -> None:
    url = describe_url(service)
    headers = signed_headers(url, body=DESCRIBE)
    del headers["Authorization"]
    if authorization is not None:
        headers["Authorization"] = authorization.replace("KEY", PROCESS_CREDENTIALS.access_key_id)
    assert (await post(url, headers))[:2] == (403, error)


async def test_call_is_refused_when_its_date_is_missing_or_not_a_date(service: SignalingService) -> None:
    url = describe_url(service)
    headers = signed_headers(url, body=DESCRIBE)
    assert (await post(url, headers | {"X-Amz-Date": "today"}))[:2] == (403, "InvalidSignatureException")
    noon = headers["X-Amz-Date"][:8] + "Tnoon"
    assert (await post(url, headers | {"X-Amz-Date": noon}))[:2] == (403, "IncompleteSignatureException")
    del headers["X-Amz-Date"]
    assert (await post(url, headers))[:2] == (403, "IncompleteSignatureException")


@pytest.mark.parametrize(
    ("seconds", "message"), [(-310, "Signature not yet current"), (310, "Signature expired"), (290, ""), (-290, "")]
)
async def test_call_is_refused_when_clocks_differ_by_more_than_five_minutes(
    start_service: StartService, seconds: int, message: str
) -> None:
    service = await start_service(SignalingSettings(clock=lambda: time.time() + seconds))
    url = describe_url(service)
    status, _, text = await post(url, signed_headers(url, body=DESCRIBE))
    assert status == (403 if message else 404)
    assert message in text


async def test_calls_get_through_when_signatures_are_not_checked(start_service: StartService) -> None:
    seen = []

    async def authorize(access_key_id: str, action: str, resource_arn: str, tags: Mapping[str, str]) -> bool:
        seen.append((access_key_id, action, resource_arn, tags))
        return True

    service = await start_service(SignalingSettings(check_signatures=False, authorize=authorize))
    account = Account(service, Credentials("ASIAEXAMPLE", "whatever"))
    arn = await account.create_channel(Tags=[{"Key": "room", "Value": "hall"}])
    async with Peer(signed_url(service.master_url, arn, credentials=Credentials("ASIADEVICE", "whatever"))):
        pass
    async with aiohttp.ClientSession() as http, http.post(describe_url(service), data=DESCRIBE) as response:
        assert response.status == 404
    any_creation = "arn:aws:kinesisvideo:us-east-1:000000000000:channel/front-door/*"
    requested, there = ({f"aws:{of}Tag/room": "hall"} for of in ("Request", "Resource"))
    assert seen[0] == ("ASIAEXAMPLE", "kinesisvideo:CreateSignalingChannel", any_creation, requested)
    assert seen[1] == ("ASIADEVICE", "kinesisvideo:ConnectAsMaster", arn, there)
    assert seen[2][0] == ""


async def test_boto3_raises_client_error_when_its_secret_is_wrong(service: SignalingService) -> None:
    account = Account(service, Credentials(PROCESS_CREDENTIALS.access_key_id, "wrong"))
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        await account.create_channel()


async def connection_status(url: str) -> int:
    try:
        async with Peer(url):
            return 101
    except aiohttp.WSServerHandshakeError as error:
        return error.status


def with_query(url: str, **changed: str) -> str:
    """The URL with a parameter of its query changed, or left out where it is empty; nothing is signed anew."""
    parts = urlsplit(url)
    pairs = [pair.split("=", 1) for pair in parts.query.split("&")]
    names = {f"X-Amz-{name}": value for name, value in changed.items()}
    kept = [f"{name}={quote(names.get(name, ''), safe='') if name in names else value}" for name, value in pairs]
    return urlunsplit(parts._replace(query="&".join(pair for pair in kept if not pair.endswith("="))))


@pytest.mark.parametrize("token", [None, TOKEN])
async def test_handshake_succeeds_when_query_is_signed(service: SignalingService, arn: str, token: str | None) -> None:
    url = signed_url(service.master_url, arn, credentials=Credentials(*PROCESS_CREDENTIALS[:2], token))
    assert ("Security-Token" in url) == bool(token)
    assert await connection_status(url) == 101


@pytest.mark.parametrize(
    "changed",
    [
        {"Signature": "0" * 64},
        {"ChannelARN": "arn:aws:kinesisvideo:us-east-1:000000000000:channel/other/1700000000000"},
        {"Expires": "604801"},
        {"Expires": "0"},
        {"Expires": "soon"},
        {"Date": "20200101T000000Z"},
        {"SignedHeaders": "x-amz-date"},
        {"Credential": "test/20200101/us-east-1/kinesisvideo/aws4_request"},
        {"Credential": f"test/{time.strftime('%Y%m%d', time.gmtime())}/us-east-1/kinesisvideo/aws5_request"},
        {"Algorithm": "AWS4-ECDSA-P256-SHA256"},
        {"Signature": ""},
        {"Security-Token": "of another session"},
    ],
)
async def test_handshake_is_refused_with_403_when_query_is_not_what_was_signed(
    service: SignalingService, arn: str, changed: dict[str, str]
) -> None:
    url = signed_url(service.master_url, arn, credentials=Credentials(*PROCESS_CREDENTIALS[:2], TOKEN))
    assert await connection_status(with_query(url, **changed)) == 403


async def test_handshake_is_refused_with_403_when_nothing_is_signed(service: SignalingService, arn: str) -> None:
    assert await connection_status(f"{service.master_url}/?X-Amz-ChannelARN={quote(arn)}") == 403


@pytest.mark.parametrize(("seconds", "status"), [(250, 101), (350, 403), (-350, 403)])
async def test_handshake_is_refused_with_403_when_presigned_url_is_too_old_or_too_new(
    start_service: StartService, seconds: int, status: int
) -> None:
    times = [time.time()]
    service = await start_service(SignalingSettings(clock=lambda: times[-1]))
    arn = await Account(service).create_channel()
    times.append(time.time() + seconds)
    assert await connection_status(signed_url(service.master_url, arn)) == status


async def test_handshake_succeeds_when_url_was_signed_for_longer_and_is_as_old(start_service: StartService) -> None:
    times = [time.time()]
    service = await start_service(SignalingSettings(clock=lambda: times[-1]))
    arn = await Account(service).create_channel()
    times.append(time.time() + 3000)
    assert await connection_status(signed_url(service.master_url, arn, expires=3600)) == 101
