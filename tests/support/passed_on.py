"""Requests of AWS clients that are passed on to another address: the signature is of the first one's Host."""

import re
from collections.abc import Mapping

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from simulator.credentials import PROCESS_CREDENTIALS

_SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_OF_A_CONNECTION = {"host", "connection", "authorization", "x-amz-date", "x-amz-security-token", "content-length"}


def headers_for(command: str, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """The headers with which the request goes on: signed anew, if it was signed, with the key of this process."""
    kept = {name: value for name, value in headers.items() if name.lower() not in _OF_A_CONNECTION}
    scope = _SCOPE.search(headers.get("Authorization", ""))
    if scope is None:
        return kept
    request = AWSRequest(command, url, headers=kept, data=body)
    signer = S3SigV4Auth if scope["service"] == "s3" else SigV4Auth
    signer(Credentials(*PROCESS_CREDENTIALS[:2]), scope["service"], scope["region"]).add_auth(request)
    return dict(request.headers.items())
