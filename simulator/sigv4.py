"""Checks AWS Signature Version 4 as signed by any client: in the Authorization header or in the query.

Source: docs.aws.amazon.com/IAM/latest/UserGuide, "Create a signed AWS API request".
"""

import hashlib
import hmac
import re
import time
from calendar import timegm
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, unquote

ALGORITHM = "AWS4-HMAC-SHA256"
S3 = "s3"
"""Signs paths as they are, and names the hash of the body in a header."""
INCOMPLETE_SIGNATURE = "IncompleteSignatureException"
INVALID_SIGNATURE = "InvalidSignatureException"
MISSING_AUTHENTICATION_TOKEN = "MissingAuthenticationTokenException"  # noqa: S105 - AWS's name for an error
UNRECOGNIZED_CLIENT = "UnrecognizedClientException"
SKEW_SECONDS = 300
MAXIMUM_EXPIRES = 604_800
_DATE_FORMAT = "%Y%m%dT%H%M%SZ"


class SignatureError(Exception):
    """A request that AWS would refuse with 403. `code`: AWS's name for the error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class SignedRequest:
    """What a signature is made of: header names in lower case, the target raw as it came over the wire."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class _Signature(NamedTuple):
    credential: str
    signed_headers: str
    signature: str
    date: str
    expires: int | None = None

    @property
    def access_key_id(self) -> str:
        return self.credential.split("/")[0]

    @property
    def scope(self) -> list[str]:
        return self.credential.split("/")[1:]


class SignatureChecker:
    """Checks signatures against known credentials, secrets by access key id, at the time that `clock` gives.

    `region`, `service`: of which they must be, None for any.
    """

    def __init__(
        self,
        credentials: Mapping[str, str],
        region: str | None = None,
        service: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._credentials = credentials
        self._region = region
        self._service = service
        self._clock = clock

    def check(self, request: SignedRequest) -> str:
        """Return the access key id of a rightly signed request.

        Raises:
            SignatureError: with 403, whatever is wrong.
        """
        signature = _read(request)
        secret = self._credentials.get(signature.access_key_id)
        if secret is None:
            raise SignatureError(UNRECOGNIZED_CLIENT, "The security token included in the request is invalid.")
        self._check_scope(signature)
        self._check_time(signature)
        if not hmac.compare_digest(
            _sign(request, signature, secret), signature.signature.encode(errors="surrogateescape")
        ):
            raise SignatureError(
                INVALID_SIGNATURE,
                "The request signature we calculated does not match the signature you provided. "
                "Check your AWS Secret Access Key and signing method.",
            )
        return signature.access_key_id

    def _check_scope(self, signature: _Signature) -> None:
        if len(signature.scope) != 4:
            raise SignatureError(INCOMPLETE_SIGNATURE, "Credential must have exactly 5 slash-delimited elements.")
        date, region, service, terminator = signature.scope
        if self._region not in {None, region}:
            message = f"Credential should be scoped to a valid region, not '{region}'."
        elif self._service not in {None, service}:
            message = f"Credential should be scoped to correct service: '{self._service}'."
        elif terminator != "aws4_request":
            message = "Credential should be scoped with a valid terminator: 'aws4_request'."
        elif date != signature.date[:8]:
            message = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date."
        elif "host" not in signature.signed_headers.split(";"):
            message = "'Host' must be a 'SignedHeader' in the AWS Authorization."
        else:
            return
        raise SignatureError(INVALID_SIGNATURE, message)

    def _check_time(self, signature: _Signature) -> None:
        now = self._clock()
        signed_at = _seconds(signature.date)
        lifetime = SKEW_SECONDS if signature.expires is None else signature.expires
        if signed_at > now + SKEW_SECONDS:
            limit = _date(now + SKEW_SECONDS)
            message = f"Signature not yet current: {signature.date} is still later than {limit}"
        elif signed_at + lifetime < now:
            message = f"Signature expired: {signature.date} is now earlier than {_date(now - lifetime)}"
        else:
            return
        raise SignatureError(INVALID_SIGNATURE, message)


def access_key_id_of(request: SignedRequest) -> str:
    """Return the access key id that a request claims, unchecked; empty if it claims none."""
    claim = re.search(r"Credential=([^/,&]+)", request.headers.get("authorization", "") + request.target)
    return unquote(claim.group(1)) if claim else ""


def query_of(target: str) -> list[tuple[str, str]]:
    """Return names and values of a raw target's query; a plus sign is a plus sign, as SigV4 has it."""
    pairs = [pair.partition("=") for pair in target.partition("?")[2].split("&") if pair]
    return [(unquote(name), unquote(value)) for name, _, value in pairs]


def _read(request: SignedRequest) -> _Signature:
    authorization = request.headers.get("authorization")
    if authorization is not None:
        return _read_header(authorization, request.headers)
    query = dict(query_of(request.target))
    if "X-Amz-Signature" in query or "X-Amz-Algorithm" in query:
        return _read_query(query)
    raise SignatureError(MISSING_AUTHENTICATION_TOKEN, "Missing Authentication Token")


def _read_header(authorization: str, headers: Mapping[str, str]) -> _Signature:
    algorithm, _, rest = authorization.strip().partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    for name in ("Credential", "SignedHeaders", "Signature"):
        if algorithm != ALGORITHM or name not in parts:
            raise SignatureError(INCOMPLETE_SIGNATURE, f"Authorization header requires '{name}' parameter.")
    if "x-amz-date" not in headers:
        raise SignatureError(INCOMPLETE_SIGNATURE, "Authorization header requires existence of 'X-Amz-Date' header.")
    return _Signature(parts["Credential"], parts["SignedHeaders"], parts["Signature"], headers["x-amz-date"].strip())


def _read_query(query: Mapping[str, str]) -> _Signature:
    for name in ("Credential", "Date", "Expires", "SignedHeaders", "Signature"):
        if query.get("X-Amz-Algorithm") != ALGORITHM or f"X-Amz-{name}" not in query:
            raise SignatureError(INCOMPLETE_SIGNATURE, f"AWS query-string parameters must include 'X-Amz-{name}'.")
    expires = query["X-Amz-Expires"]
    if not re.fullmatch(r"[0-9]{1,9}", expires) or not 1 <= int(expires) <= MAXIMUM_EXPIRES:
        raise SignatureError(INVALID_SIGNATURE, f"X-Amz-Expires must be between 1 and {MAXIMUM_EXPIRES} seconds.")
    return _Signature(
        query["X-Amz-Credential"],
        query["X-Amz-SignedHeaders"],
        query["X-Amz-Signature"],
        query["X-Amz-Date"],
        int(expires),
    )


def _sign(request: SignedRequest, signature: _Signature, secret: str) -> bytes:
    canonical = hashlib.sha256(_canonical_request(request, signature).encode(errors="surrogateescape")).hexdigest()
    to_sign = "\n".join((ALGORITHM, signature.date, "/".join(signature.scope), canonical))
    key = f"AWS4{secret}".encode()
    for part in signature.scope:
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex().encode()


def _canonical_request(request: SignedRequest, signature: _Signature) -> str:
    query = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in query_of(request.target)
        if name != "X-Amz-Signature"
    )
    names = signature.signed_headers.split(";")
    # A header that was signed but is not there makes a signature that fits nothing.
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names)
    path, body = request.target.partition("?")[0], hashlib.sha256(request.body).hexdigest()
    if signature.scope[2] == S3:
        body = _body_of_s3(request, signature, body)
    else:
        path = quote(path, safe="/-_.~", errors="surrogateescape")
    query_text = "&".join(f"{name}={value}" for name, value in query)
    parts = [request.method, path, query_text, headers, signature.signed_headers, body]
    return "\n".join(parts)


def _body_of_s3(request: SignedRequest, signature: _Signature, digest: str) -> str:
    """What S3 signs of a body: a hash that a signed header names, or words that it is signed in parts or not at all."""
    name = "x-amz-content-sha256"
    if signature.expires is not None and name not in request.headers:  # by its query
        return "UNSIGNED-PAYLOAD"
    named = request.headers.get(name, "") if name in signature.signed_headers.split(";") else ""
    return named if named.startswith(("STREAMING-", "UNSIGNED-")) else digest


def _seconds(date: str) -> float:
    try:
        return timegm(time.strptime(date, _DATE_FORMAT))
    except ValueError as error:
        raise SignatureError(INCOMPLETE_SIGNATURE, f"Date must be in ISO-8601 'basic format', not '{date}'.") from error


def _date(seconds: float) -> str:
    return time.strftime(_DATE_FORMAT, time.gmtime(seconds))
