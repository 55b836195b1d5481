"""`camera-skill world`: start, look at and stop a local world, and plug simulated cameras in."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.arguments import AnyNameArgument
from cli.cameras.finding import UsersCamera, own_camera
from cli.errors import CommandError, explained
from cli.local_world.control_client import ControlClient
from cli.local_world.faults import fault
from cli.local_world.grants import revoke, say_grants
from cli.local_world.world_file import CrashedWorldError, NoWorldError, World, read_world
from cli.local_world.world_process import Launch, attached, detached, stop_process
from cli.options import DEFAULT_FOLDER, Choice, FolderOption, JsonOption, folder_words
from cli.output import Progress, progress, say, say_json, say_rows
from cli.registry import registry_of
from cli.target import Target, local
from cli.users import accounts, customers
from cli.users.login import DEFAULT_CUSTOMER
from simulator.local_port import is_origin

HIGHEST_PORT = 65535
app = typer.Typer(no_args_is_help=True, help="The local world: AWS, signaling service and cameras on this machine.")


@app.command()
def start(
    *,
    folder: FolderOption = DEFAULT_FOLDER,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay, and stop the world on Ctrl-C.")] = False,
    aws_port: Annotated[
        int, typer.Option("--aws-port", min=0, max=HIGHEST_PORT, help="Port of the local AWS; a free one by default.")
    ] = 0,
    signaling_port: Annotated[
        int,
        typer.Option(
            "--signaling-port", min=0, max=HIGHEST_PORT, help="Port of the signaling service; a free one by default."
        ),
    ] = 0,
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            metavar="NAME=VALUE",
            help="A parameter of the template, as ExistingChannelNames=SN*; may be given several times.",
        ),
    ] = None,
    origins: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-origin",
            metavar="ORIGIN",
            help="Of a web page that may use the signaling service, as http://localhost:8000; may be given several "
            "times.",
        ),
    ] = None,
) -> None:
    """Start a local world with the skill deployed and a customer who is logged in."""
    _check_none_runs(folder)
    customers.forget_passwords(folder)
    if strange := [one for one in origins or () if not is_origin(one)]:
        raise CommandError(
            f"{strange[0]} is not the origin of a web page, as http://localhost:8000 is. A page that was opened from a "
            "file has none: serve it with `python3 -m http.server`."
        )
    launch = Launch(aws_port, signaling_port, tuple(parameters or ()), tuple(origins or ()))
    if foreground:
        _stay(folder, launch)
        return
    with progress() as step, detached(folder, launch, step) as world:
        welcome_customer(world, step)
    _say_ready(world)


@app.command()
def stop(*, folder: FolderOption = DEFAULT_FOLDER) -> None:
    """Stop the local world and everything that it runs."""
    try:
        world = read_world(folder)
    except CrashedWorldError as error:
        error.path.unlink()
        customers.forget_passwords(folder)
        say(f"The local world in {folder} had crashed; its file is cleared away.")
        return
    with progress() as step:
        step("Stopping the local world")
        stop_process(world)
    customers.forget_passwords(folder)
    say("The local world is stopped.")


@app.command()
def status(*, folder: FolderOption = DEFAULT_FOLDER, as_json: JsonOption = False) -> None:
    """Show what runs."""
    world = read_world(folder)
    seen = ControlClient(world).status()
    if as_json:
        say_json(seen)
    else:
        _say_status(world, seen)
    if not seen["local_aws"]["answering"]:
        words = folder_words(folder)
        raise CommandError(
            f"The local AWS is gone: begin afresh with `camera-skill world stop{words}` and "
            f"`camera-skill world start{words}`."
        )


@app.command()
def env(*, folder: FolderOption = DEFAULT_FOLDER) -> None:
    """Print what makes a shell's programs use the local world: `eval "$(camera-skill world env)"`."""
    world = read_world(folder)
    values = {
        "AWS_ENDPOINT_URL": world.aws_endpoint_url,
        "AWS_ENDPOINT_URL_KINESIS_VIDEO": world.signaling_endpoint_url,
        "AWS_REGION": world.region,
        "AWS_DEFAULT_REGION": world.region,
        "AWS_ACCESS_KEY_ID": world.credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": world.credentials.secret_access_key,
    }
    for name, value in values.items():
        say(f"export {name}={shlex.quote(value)}")
    say("unset AWS_PROFILE AWS_SESSION_TOKEN")


@app.command("plug-in")
def plug_in(name: AnyNameArgument, *, folder: FolderOption = DEFAULT_FOLDER) -> None:
    """Start a simulated camera for one that was added, and wait until it is connected."""
    target = local(Choice(folder), read_world(folder))
    with explained(words=target.choice.world_words):
        camera = own_camera(target, name)
    with explained(camera.friendly_name, target.choice.world_words), progress() as step:
        plug_in_camera(target, camera, step)
    say(f"“{camera.friendly_name}” is plugged in.")


@app.command()
def unplug(name: AnyNameArgument, *, folder: FolderOption = DEFAULT_FOLDER) -> None:
    """Stop a simulated camera."""
    world = read_world(folder)
    with explained(words=folder_words(folder)):
        target = local(Choice(folder), world)
        camera = own_camera(target, name)
    control = ControlClient(world)
    if not control.is_plugged_in(camera.endpoint_id):
        raise CommandError(
            f"“{camera.friendly_name}” is not plugged in: `camera-skill world status{folder_words(folder)}` "
            "shows what is."
        )
    control.unplug(camera.endpoint_id)
    say(f"“{camera.friendly_name}” is unplugged.")
    if camera.features.get("health") == "mqtt":
        tail = f"camera-skill events tail --camera {shlex.quote(camera.friendly_name)}{folder_words(folder)}"
        say(f"Alexa is told in some ten seconds, unless it is back by then: `{tail}` shows that.")


app.command()(fault)
app.command()(revoke)


def welcome_customer(world: World, step: Progress) -> World:
    """Adds a customer to a new world and logs in as this customer; the world as it is then.

    Raises:
        CommandError: the world's account server does not work.
    """
    step(f"Adding {DEFAULT_CUSTOMER}")
    target = local(Choice(world.folder), world)
    password = customers.generated_password()
    with explained(DEFAULT_CUSTOMER, target.choice.world_words):
        customers.add_customer(target, DEFAULT_CUSTOMER, password)
        accounts.log_in_by_browser_page(target, DEFAULT_CUSTOMER, password)
    return read_world(world.folder)


def plug_in_camera(target: Target, camera: UsersCamera, step: Progress) -> None:
    """Starts the simulated camera. Raises: CommandError."""
    if target.world is None:
        raise CommandError("Only a local world has simulated cameras.")
    if not camera.channel_name:
        raise CommandError(f"“{camera.friendly_name}” cannot be used: {camera.row.get('error', 'it is damaged')}.")
    if ControlClient(target.world).is_plugged_in(camera.endpoint_id):
        raise CommandError(
            f"“{camera.friendly_name}” is plugged in already: `camera-skill world status{target.choice.words}` "
            "shows it."
        )
    details = registry_of(target).read("GetCamera", endpoint_id=camera.endpoint_id)
    if "channel" not in details:
        raise CommandError(f"“{camera.friendly_name}” cannot be plugged in: {'. '.join(details['warnings'])}.")
    step(f"Plugging “{camera.friendly_name}” in")
    ControlClient(target.world).plug_in(
        camera.endpoint_id, camera.friendly_name, channel_name=camera.channel_name, thing_name=camera.thing_name
    )


def _check_none_runs(folder: Path) -> None:
    try:
        world = read_world(folder)
    except (NoWorldError, CrashedWorldError):  # the new world clears up after a crashed one
        return
    raise CommandError(
        f"A local world already runs in {folder}, as process {world.pid}: stop it with "
        f"`camera-skill world stop{folder_words(folder)}`, or choose another folder with --folder."
    )


def _stay(folder: Path, launch: Launch) -> None:
    with progress() as step, attached(folder, launch, step) as (world, process):
        welcome_customer(world, step)
        step.stop()
        _say_ready(world)
        try:
            exit_code = process.wait()
        except KeyboardInterrupt:
            step("Stopping the local world")
            return
    raise CommandError(f"The local world in {folder} ended (exit code {exit_code}): see {process.log}.")


def _say_ready(world: World) -> None:
    say(f"The local world runs: AWS at {world.aws_endpoint_url}, signaling at {world.signaling_endpoint_url}.")
    words = folder_words(world.folder)
    say(f"{DEFAULT_CUSTOMER} is logged in. Next:")
    say(f'camera-skill cameras add "Front Door" --doorbell --motion{words}')
    say(f'camera-skill world plug-in "Front Door"{words}')
    say(f'camera-skill ring "Front Door"{words}')


def _say_status(world: World, seen: Mapping[str, Any]) -> None:
    say(f"The local world in {world.folder} runs as process {world.pid}.")
    aws = "answers" if seen["local_aws"]["answering"] else f"is gone, see {seen['local_aws']['log']}"
    say(f"AWS at {world.aws_endpoint_url} {aws}; stack {world.stack_name} in {world.region}.")
    say(f"Signaling at {world.signaling_endpoint_url}, Alexa's event gateway at {seen['alexa']['event_gateway_url']}.")
    columns = {
        "friendly_name": "Plugged in",
        "state": "State",
        "broker": "AWS IoT",
        "sessions": "Sessions",
        "log": "Log",
    }
    say_rows(seen["cameras"], columns=columns, as_json=False, nothing="No camera is plugged in.")
    control = ControlClient(world)
    if seen["local_aws"]["answering"]:
        say_grants(world)
    if faults := len(control.faults()) + len(control.alexa_faults()):
        are = "fault is" if faults == 1 else "faults are"
        say(f"{faults} {are} set: `camera-skill world fault --list{folder_words(world.folder)}` lists them.")
