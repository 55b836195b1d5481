"""What botocore raises at the signaling service's edge, as errors of this skill."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
)
from botocore.exceptions import (
    ConnectionError as BotocoreConnectionError,
)
from botocore.parsers import ResponseParserError

from camera_skill.adapters.connections import NotConnectedError
from camera_skill.adapters.replies import code_of
from camera_skill.errors import (
    ArgumentRefusedError,
    ChannelForbiddenError,
    ChannelNotFoundError,
    ClientIdRefusedError,
    DeadlineExceededError,
    SignalingConnectError,
    SignalingError,
    SignalingSessionExpiredError,
    SignalingThrottledError,
    SignalingUnreachableError,
)

_THROTTLED = (SignalingThrottledError, "throttled: too many calls for the channel or the account")
_FORBIDDEN = (
    ChannelForbiddenError,
    "the function's role may not act on the channel, whose name must begin with the stack's ChannelNamePrefix",
)
_BY_CODE: Mapping[str, tuple[type[SignalingError], str]] = {
    "ClientLimitExceededException": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "TooManyRequestsException": _THROTTLED,
    "ResourceNotFoundException": (
        ChannelNotFoundError,
        "there is no such channel: remove the camera and add it again",
    ),
    "InvalidArgumentException": (ArgumentRefusedError, "the service refuses an argument of the call"),
    "NotAuthorizedException": _FORBIDDEN,
    "AccessDeniedException": _FORBIDDEN,
    "AccessDenied": _FORBIDDEN,
    "NotAuthorized": _FORBIDDEN,
    "InvalidClientException": (ClientIdRefusedError, "the service refuses our client id"),
    "SessionExpiredException": (SignalingSessionExpiredError, "the signaling session has expired"),
    "ResourceInUseException": (SignalingUnreachableError, "the channel is being changed: try again in a minute"),
}
_WRONG_HOST = (b"UnknownOperationException", b"Unable to determine service/operation name")
"""What AWS's hosts say to calls that they do not serve: in a success, or in an AccessDeniedException."""


class WrongHostError(Exception):
    """A host that is no channel's own; `mapped` says of which camera."""


class UnreadableReplyError(Exception):
    """A success without a JSON object; `mapped` says of which camera."""


_UNREACHABLE = (
    HTTPClientError,
    BotocoreConnectionError,
    IncompleteReadError,
    ResponseParserError,
    UnreadableReplyError,
)


@contextmanager
def mapped(endpoint_id: str) -> Iterator[None]:
    """Turns botocore's exceptions into SignalingErrors that name the camera `endpoint_id`."""
    about = f"signaling channel of camera {endpoint_id}"
    try:
        yield
    except ClientError as error:
        raise _from_response(error, about) from error
    except NotConnectedError as error:
        raise SignalingConnectError(
            f"{about}: no connection to the service came about ({type(error.__cause__).__name__})",
        ) from error
    except WrongHostError as error:
        raise SignalingError(
            f"{about}: the host that was asked knows no signaling channels: remove the camera and add it again",
        ) from error
    except ReadTimeoutError as error:
        raise DeadlineExceededError(f"{about}: no reply in time") from error
    except _UNREACHABLE as error:
        raise SignalingUnreachableError(f"{about}: the service cannot be reached ({type(error).__name__})") from error
    except BotoCoreError as error:
        raise SignalingError(f"{about}: {type(error).__name__}: are the function's credentials there?") from error


def _from_response(error: ClientError, about: str) -> SignalingError:
    code = code_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _BY_CODE:
        kind, sentence = _BY_CODE[code]
        return kind(f"{about}: {sentence}")
    if status == 429:
        return SignalingThrottledError(f"{about}: throttled")
    if status >= 500:
        return SignalingUnreachableError(f"{about}: the service failed with HTTP {status}")
    if status in {401, 403} and code in {"", str(status)}:  # what botocore makes of a reply that names no error
        return ChannelForbiddenError(
            f"{about}: refused with HTTP {status}: may the function's role act on the channel?"
        )
    return SignalingError(f"{about}: the service refused the call with {code or 'no code'} (HTTP {status})")


def check_reply(response_dict: dict[str, Any], **_: object) -> None:
    """Looks at a reply before botocore reads it: one of the wrong host, or a body cut off, may come as 200.

    Raises: WrongHostError, UnreadableReplyError.
    """
    body = response_dict["body"]
    if any(sentence in body for sentence in _WRONG_HOST):
        raise WrongHostError
    members = _members(body)
    if response_dict["status_code"] >= 300:
        # botocore stumbles over an error that is no object of texts.
        texts = {name: value for name, value in (members or {}).items() if isinstance(value, str)}
        response_dict["body"] = json.dumps(texts).encode()
    elif body.strip() in {b"", b"null"}:
        response_dict["body"] = b"{}"
    elif members is None:
        raise UnreadableReplyError


def _members(body: bytes) -> dict[str, object] | None:
    """The members of a JSON object; None for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
