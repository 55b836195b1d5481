"""`camera-skill console-events`: test events for the Lambda console, filled in for a stack, a user and a camera."""

import asyncio
import shlex
import uuid
from pathlib import Path
from typing import Annotated

import typer

from cli.cameras.finding import camera_named, cameras_of
from cli.completion import camera_names
from cli.errors import CommandError
from cli.options import Choice, JsonOption
from cli.output import progress, say, say_json
from cli.private_files import write_private
from cli.target import Target, target_of
from cli.users.accounts import account_of
from simulator.alexa import directives

DEFAULT_FOLDER = "console-events"


def console_events(
    choice: Choice,
    *,
    camera: Annotated[
        str | None,
        typer.Option(
            "--camera", metavar="NAME", help="The customer's first camera by default.", autocompletion=camera_names
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="DIR", help="In the world's folder by default.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write Lambda console test events, ready to paste. They hold the customer's access token."""
    target = target_of(choice)
    with progress() as step:
        step("Making an offer")
        files = write_events(target, camera, output or choice.folder / DEFAULT_FOLDER / target.stack_name)
    if as_json:
        say_json([str(file) for file in files])
        return
    for file in files:
        say(str(file))
    say("They hold an access token, so only you can read them; it is good for an hour at most.")
    say(_use(target, files[0]))


def _use(target: Target, file: Path) -> str:
    if target.world is None:
        return f"Paste one as a test event of the function {target.output('SmartHomeFunctionName')}, alias live."
    payload = shlex.quote(f"fileb://{file}")
    return (
        "They are for this world's function:\n"
        f'eval "$(camera-skill world env{target.choice.words})"\n'
        "aws lambda invoke "
        f"--function-name {target.output('SmartHomeFunctionAliasArn')} --payload {payload} /dev/stdout"
    )


def write_events(target: Target, camera_name: str | None, output: Path) -> list[Path]:
    """Writes an event of each kind with mode 0600.

    Raises:
        CommandError: nobody is logged in, or there is no such camera.
    """
    account = account_of(target)
    cameras = cameras_of(target, account.user_id)
    if not cameras:
        raise CommandError(
            "The customer has no camera for the events: add one with "
            f"`camera-skill cameras add NAME{target.choice.words}`."
        )
    camera = camera_named(target, camera_name, account.user_id) if camera_name else cameras[0]
    files = []
    for event in _events(account.access_token, camera.endpoint_id, asyncio.run(_offer())):
        file = output / f"{event['directive']['header']['name']}.json"
        write_private(file, event)
        files.append(file)
    return files


def _events(access_token: str, endpoint_id: str, offer: str) -> list[directives.Directive]:
    """What Alexa sends in the course of a session, from finding the camera to the end."""
    address: tuple[str, str, dict[str, str]] = access_token, endpoint_id, {}
    session_id = str(uuid.uuid4())
    return [
        directives.discover(access_token),
        directives.report_state(*address),
        directives.initiate_session_with_offer(*address, session_id, offer),
        directives.session_connected(*address, session_id),
        directives.session_disconnected(*address, session_id),
    ]


async def _offer() -> str:
    """An Echo's offer of this moment. Its candidates lead nowhere else: a console test ends with the answer."""
    from simulator.echo_show import EchoPeer
    from simulator.media_addresses import use_loopback_only

    use_loopback_only()
    async with EchoPeer() as peer:
        return await peer.offer()
