"""`camera-skill world fault`: faults of the signaling service, on demand."""

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import completion
from cli.cameras.finding import UsersCamera, own_camera
from cli.errors import CommandError, explained
from cli.local_world.alexa_faults import At, as_rows, kinds, places_of, sentence, set_fault
from cli.local_world.control_client import ControlClient
from cli.local_world.world_file import World, read_world
from cli.names import close_to
from cli.options import DEFAULT_FOLDER, Choice, FolderOption, JsonOption, folder_words
from cli.output import say, say_json, say_rows
from cli.target import local

if TYPE_CHECKING:
    from simulator.signaling import Fault

COMMAND = "camera-skill world fault"
LIST_KINDS = f"`{COMMAND} --list-kinds` lists what there is."


def fault(  # noqa: PLR0913  # each is an option of the command
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="Whose calls: “Front Door”.", autocompletion=completion.camera_names_or_fault_kinds
        ),
    ] = None,
    wanted: Annotated[
        str | None,
        typer.Argument(
            metavar="FAULT",
            help="How they go wrong: never, http-503, slow=5.",
            autocompletion=completion.fault_kinds,
        ),
    ] = None,
    *,
    at: Annotated[
        At | None, typer.Option("--at", help="Alexa's event gateway or Login with Amazon; there is no NAME.")
    ] = None,
    chance: Annotated[
        float | None, typer.Option("--chance", min=0.01, max=1, help="With --at: of each call; 1 by default.")
    ] = None,
    all_cameras: Annotated[bool, typer.Option("--all-cameras", help="Calls of all cameras; there is no NAME.")] = False,
    times: Annotated[
        int | None, typer.Option("--times", min=1, help="How many calls; until --clear by default.")
    ] = None,
    operation: Annotated[
        str | None, typer.Option("--operation", help="Which calls; those with offers by default.")
    ] = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="End the faults of NAME; without NAME, all there are.")
    ] = False,
    list_set: Annotated[bool, typer.Option("--list", help="List the faults that are set.")] = False,
    list_kinds: Annotated[bool, typer.Option("--list-kinds", help="List what can be set as FAULT.")] = False,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Let calls of the signaling service fail, or Alexa's side with --at, to see what the skill makes of it.

    Hold the next two answers of a camera back, and see what its customer is told:

    camera-skill world fault "Front Door" slow=6 --times 2

    camera-skill show "Front Door"

    Let Alexa's event gateway refuse the next two reports, and see how they are sent again:

    camera-skill world fault 503 --at gateway --times 2

    camera-skill ring "Front Door"
    """
    given = {
        "--list-kinds": list_kinds,
        "--list": list_set,
        "--clear": clear,
        "--all-cameras": all_cameras,
        "--at": at is not None,
        "--chance": chance is not None,
        "--times": times is not None,
        "--operation": operation is not None,
        "FAULT": wanted is not None,
    }
    _check_none_is_ignored([option for option, is_given in given.items() if is_given])
    if list_kinds:
        _say_kinds(at, as_json=as_json)
        return
    world = read_world(folder)
    if all_cameras or at:
        name, wanted = None, name
    if wanted is None and not (clear or list_set):
        raise _incomplete(name, at)
    camera = _camera(world, name) if name else None
    if list_set:
        _say_faults(world, camera, as_json=as_json)
    elif clear:
        _clear(world, camera)
    elif wanted and at:
        _set_at(world, at, wanted, times, chance, as_json=as_json)
    elif wanted:
        _set(world, camera, _parsed(wanted), operation, times, as_json=as_json)


def _check_none_is_ignored(options: list[str]) -> None:
    """Raises: CommandError if one of the options, in the order above, would have no effect beside the first."""
    first, *others = options or [""]
    if first == "--list-kinds" and others == ["--at"]:
        return
    if first in {"--list-kinds", "--list", "--clear"} and others:
        refused = f"{first} takes no {' and no '.join(others)}"
    elif first in {"--all-cameras", "--at"} and "FAULT" in others:
        refused = f"{first} takes no NAME"
    elif first == "--all-cameras" and "--at" in others:
        refused = "--at is for all cameras, and takes no --all-cameras"
    elif first == "--at" and "--operation" in others:
        refused = "--at takes no --operation"
    elif "--chance" in options and "--at" not in options:
        refused = "--chance goes with --at"
    else:
        return
    raise CommandError(f"{refused}: leave that out. `{COMMAND} --help` explains.")


def _incomplete(name: str | None, at: At | None) -> CommandError:
    """What is missing; `name`: the one word that was given, which may be a fault."""
    if at:
        return CommandError(
            f"Which fault? As in `{COMMAND} 503 --at {at}`. `{COMMAND} --list-kinds --at {at}` lists what there is."
        )
    places = places_of(name or "")
    hint = f" For that of Alexa's side: `{COMMAND} {shlex.quote(name or '')} --at {places[0]}`." if places else ""
    return CommandError(f'Which camera, and which fault? As in `{COMMAND} "Front Door" never`.{hint} {LIST_KINDS}')


def _parsed(text: str) -> "Fault":
    from simulator.signaling import FAULT_KINDS, Fault, FaultError

    try:
        return Fault.parse(text)
    except FaultError as error:
        name = text.partition("=")[0]
        if name in FAULT_KINDS:
            raise CommandError(str(error)) from error
        places = [f"`{COMMAND} {shlex.quote(text)} --at {at}`" for at in places_of(name)]
        elsewhere = f"Alexa's side has it: {' or '.join(places)}." if places else ""
        hints = (str(error), elsewhere or close_to(name, FAULT_KINDS), LIST_KINDS)
        raise CommandError(" ".join(hint for hint in hints if hint)) from error


def _set(
    world: World,
    camera: UsersCamera | None,
    fault: "Fault",
    operation: str | None,
    times: int | None,
    *,
    as_json: bool,
) -> None:
    if camera and fault.kind.effect is None:
        words = folder_words(world.folder)
        raise CommandError(
            f"Connections are refused for all cameras or for none, since they share one address: "
            f"`{COMMAND} --all-cameras {fault}{words}`."
        )
    if fault.kind.effect is None and times is not None:
        raise CommandError(
            "Refused connections are not counted, so that this fault lasts until it is cleared: leave --times out."
        )
    row = ControlClient(world).set_fault(str(fault), camera.channel_name if camera else None, operation, times)
    if as_json:
        say_json(row)
        return
    whose = f"“{camera.friendly_name}”" if camera else "All cameras"
    calls = "every call" if times is None else "the next call" if times == 1 else f"the next {times} calls"
    name = f" {shlex.quote(camera.friendly_name)}" if camera else ""
    say(f"{whose}, {calls} of {row['operation']}: {fault.meaning}.")
    say(f"`{COMMAND}{name} --clear{folder_words(world.folder)}` ends it.")


def _set_at(world: World, at: At, wanted: str, times: int | None, chance: float | None, *, as_json: bool) -> None:
    row = set_fault(ControlClient(world), at, wanted, times, chance)
    if as_json:
        say_json(row)
        return
    say(sentence(at, row))
    say(f"`{COMMAND} --clear{folder_words(world.folder)}` ends it.")


def _clear(world: World, camera: UsersCamera | None) -> None:
    control = ControlClient(world)
    cleared = control.clear_faults(camera.channel_name if camera else None)
    cleared += 0 if camera else control.clear_alexa_faults()
    say(f"{cleared or 'No'} fault{'' if cleared == 1 else 's'} cleared.")


def _say_faults(world: World, camera: UsersCamera | None, *, as_json: bool) -> None:
    control = ControlClient(world)
    rows = control.faults()
    if camera:
        rows = [row for row in rows if row["channel_name"] in {None, camera.channel_name}]
    of_alexa = control.alexa_faults()
    columns = {"camera": "Camera", "fault": "Fault", "operation": "Operation", "left": "Calls"}
    shown = [*rows, *of_alexa] if as_json else [*(_in_words(world, row) for row in rows), *as_rows(of_alexa)]
    say_rows(shown, columns=columns, as_json=as_json, nothing=f"No fault is set. {LIST_KINDS}")


def _in_words(world: World, row: dict[str, Any]) -> dict[str, Any]:
    names = {camera["channel_arn"].split("/")[1]: camera["friendly_name"] for camera in world.cameras}
    channel_name = row["channel_name"]
    whose = "all cameras" if channel_name is None else names.get(channel_name, channel_name)
    return {**row, "camera": whose, "left": row["times"] or "until cleared"}


def _say_kinds(at: At | None, *, as_json: bool) -> None:
    from simulator.signaling import FAULT_KINDS

    if at:
        rows = [{"fault": name, "meaning": meaning} for name, meaning in kinds(at).items()]
        say_rows(rows, columns={"fault": "Fault", "meaning": "What happens"}, as_json=as_json, nothing="")
        return
    rows = []
    for name, kind in FAULT_KINDS.items():
        default = f" (N is {kind.argument.default:g} by default)" if kind.argument else ""
        rows.append({"fault": f"{name}=N" if kind.argument else name, "meaning": kind.meaning + default})
    say_rows(rows, columns={"fault": "Fault", "meaning": "What happens"}, as_json=as_json, nothing="")


def _camera(world: World, name: str) -> UsersCamera:
    choice = Choice(world.folder)
    target = local(choice, world)
    with explained(words=choice.world_words):
        return own_camera(target, name)
