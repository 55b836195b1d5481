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

from camera_skill.errors import (
    ChannelForbiddenError,
    ChannelNotFoundError,
    ClientIdRefusedError,
    DeadlineExceededError,
    OfferRefusedError,
    SignalingError,
    SignalingSessionExpiredError,
    SignalingThrottledError,
    SignalingUnreachableError,
)

_BY_CODE: Mapping[str, tuple[type[SignalingError], str]] = {
    "ClientLimitExceededException": (
        SignalingThrottledError,
        "throttled: too many calls for the channel or account",
    ),
    "ResourceNotFoundException": (
        ChannelNotFoundError,
        "there is no such channel: remove the camera and add it again",
    ),
    "InvalidArgumentException": (OfferRefusedError, "the service refuses the payload"),
    "NotAuthorizedException": (ChannelForbiddenError, "the function's role may not act on the channel"),
    "AccessDeniedException": (ChannelForbiddenError, "the function's role may not act on the channel"),
    "InvalidClientException": (ClientIdRefusedError, "the service refuses our client id"),
    "SessionExpiredException": (SignalingSessionExpiredError, "the signaling session has expired"),
}


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
    except WrongHostError as error:
        raise SignalingError(
            f"{about}: the stored signaling endpoint is not the channel's own: remove the camera and add it again",
        ) from error
    except ReadTimeoutError as error:
        raise DeadlineExceededError(f"{about}: no reply in time") from error
    except _UNREACHABLE as error:
        raise SignalingUnreachableError(f"{about}: the service cannot be reached ({type(error).__name__})") from error
    except BotoCoreError as error:
        raise SignalingError(f"{about}: {type(error).__name__}: are the function's credentials there?") from error


def _from_response(error: ClientError, about: str) -> SignalingError:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _BY_CODE:
        kind, sentence = _BY_CODE[code]
        return kind(f"{about}: {sentence}")
    if status >= 500:
        return SignalingUnreachableError(f"{about}: the service failed with HTTP {status}")
    return SignalingError(f"{about}: the service refused the call with {code or 'no code'} (HTTP {status})")


def check_reply(response_dict: Mapping[str, Any], **_: object) -> None:
    """Looks at a success before botocore reads it: a reply of the wrong host, or a body cut off, comes as 200.

    Raises: WrongHostError, UnreadableReplyError.
    """
    if response_dict["status_code"] != 200:
        return
    if b"UnknownOperationException" in response_dict["body"]:
        raise WrongHostError
    try:
        body = json.loads(response_dict["body"])
    except ValueError as error:
        raise UnreadableReplyError from error
    if not isinstance(body, dict):
        raise UnreadableReplyError
