"""What the command says when something goes wrong: one sentence, and a non-zero exit.

    CommandError     everything that a person should read instead of a traceback; `main` prints it

`explained()` turns what AWS's and HTTP's libraries raise into it. Anything else is a defect of ours and keeps
its traceback.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer
from typer.exceptions import TyperException

from camera_skill.addresses import LOOPBACK_HOSTS

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

INTERRUPTED = 130
"""The exit code of what Ctrl-C ended."""
EXPIRED_CREDENTIALS = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
BAD_CREDENTIALS = {
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
}
DENIED = {"AccessDenied", "AccessDeniedException", "NotAuthorizedException", "UnauthorizedOperation"}
CREDENTIALS_HINT = "Run `aws configure` or `aws sso login`, or name a profile with --profile."


class CommandError(Exception):
    """Why the command could not do what it was asked for, and what to do next, in a sentence or two."""


@contextmanager
def explained(subject: str = "", words: str = "") -> Iterator[None]:
    """Failures of AWS, HTTP and files as CommandErrors.

    `subject`: what was worked on, such as a camera; `words`: the options for a `world` command in the same folder.

    Raises:
        CommandError: for whatever botocore or aiohttp raised within.
    """
    try:
        yield
    except (CommandError, TyperException, typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except _aws_errors() as error:
        raise CommandError(_about(subject, _aws_sentence(error, words))) from error
    except _skill_errors() as error:
        raise CommandError(_about(subject, str(error))) from error
    except _http_errors() as error:
        raise CommandError(_about(subject, f"the connection failed: {error}")) from error
    except OSError as error:
        sentence = _file_sentence(error, words)
        named = error.filename and not subject  # a file keeps its name where a sentence begins with a capital
        raise CommandError(sentence if named else _about(subject, sentence)) from error


def _file_sentence(error: OSError, words: str) -> str:
    if isinstance(error, TimeoutError):
        return (
            "no answer came in time: try again, and look at "
            f"`camera-skill world status{words}` if it is the local world."
        )
    reason = (error.strerror or str(error)).lower()
    return f"{error.filename}: {reason}" if error.filename else reason


def _aws_errors() -> tuple[type[Exception], ...]:
    """Looked up only once something was raised: importing botocore would slow down every command."""
    from botocore.exceptions import BotoCoreError, ClientError

    return BotoCoreError, ClientError


def _skill_errors() -> tuple[type[Exception], ...]:
    from camera_skill.errors import CameraSkillError

    return (CameraSkillError,)


def _http_errors() -> tuple[type[Exception], ...]:
    import aiohttp

    return (aiohttp.ClientError,)


def _about(subject: str, sentence: str) -> str:
    return f"{subject}: {sentence}" if subject else sentence[0].upper() + sentence[1:]


def _aws_sentence(error: Exception, words: str) -> str:
    from botocore import exceptions

    match error:
        case exceptions.ClientError():
            sentence = _refusal(error)
        case exceptions.NoCredentialsError() | exceptions.PartialCredentialsError():
            sentence = f"no AWS credentials were found. {CREDENTIALS_HINT}"
        case exceptions.TokenRetrievalError() | exceptions.SSOError():
            sentence = f"the AWS sign-in of this profile has run out. {CREDENTIALS_HINT}"
        case exceptions.ProfileNotFound():
            sentence = f"{error}. `aws configure list-profiles` names those that there are."
        case exceptions.NoRegionError():
            sentence = "no AWS region is set. Name one with --region, or in the profile."
        case exceptions.ProxyConnectionError():
            sentence = (
                f"the proxy {error.kwargs.get('proxy_url')} does not answer. "
                "Check HTTPS_PROXY and HTTP_PROXY in the environment."
            )
        case exceptions.HTTPClientError() | exceptions.ConnectionError():
            sentence = _unreachable(str(error.kwargs.get("endpoint_url")), words)
        case _:
            sentence = f"the AWS SDK failed: {error}"
    return sentence


def _unreachable(url: str, words: str) -> str:
    address = urlsplit(url)
    if address.hostname in LOOPBACK_HOSTS:
        return (
            f"nothing answers at {address.scheme}://{address.netloc}, so a part of the local world is gone. "
            f"Begin it afresh with `camera-skill world stop{words}` and `camera-skill world start{words}`."
        )
    return f"AWS does not answer at {address.netloc}. Check the network connection and the region."


def _refusal(error: "ClientError") -> str:
    code = error.response.get("Error", {}).get("Code", "")
    message = error.response.get("Error", {}).get("Message") or code
    if code in EXPIRED_CREDENTIALS:
        return f"the AWS credentials have expired. {CREDENTIALS_HINT}"
    if code in BAD_CREDENTIALS:
        return f"AWS does not know these credentials ({code}). {CREDENTIALS_HINT}"
    if code in DENIED:
        return f"these AWS credentials may not call {error.operation_name}: {message}"
    return f"AWS refused {error.operation_name}: {message} ({code})"
