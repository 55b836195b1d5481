"""What botocore raises at the signaling service's edge, as errors of this skill."""

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
    except (HTTPClientError, BotocoreConnectionError, IncompleteReadError, ResponseParserError) as error:
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


def refuse_wrong_host(http_response: Any, **_: object) -> None:  # noqa: ANN401 - botocore's event arguments
    """Tells a reply of the wrong host from a missing answer: it comes as 200 with an UnknownOperationException.

    Raises: WrongHostError.
    """
    if b"UnknownOperationException" in http_response.content:
        raise WrongHostError


class WrongHostError(Exception):
    """A host that is no channel's own; `mapped` says of which camera."""
