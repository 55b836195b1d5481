"""Of whose cameras the simulated Alexa may be told, and `camera-skill world revoke`."""

from cli.arguments import UserArgument
from cli.errors import CommandError, explained
from cli.events.sentences import named
from cli.local_world.control_client import ControlClient
from cli.local_world.world_file import World, read_world
from cli.options import DEFAULT_FOLDER, Choice, FolderOption, folder_words
from cli.output import say
from cli.target import local
from cli.users.customers import user_id_named

GRANTED = "granted"
WHY_NOT = {
    "refused": "the skill did not take the grant",
    "revoked": "the grant was taken back",
    "unlinked": "the skill is disabled",
}
"""By the state of a grant, as the control API has it."""


def say_grants(world: World) -> None:
    """Who is linked, and why Alexa may not be told of somebody's cameras."""
    words = folder_words(world.folder)
    name_of = named(local(Choice(world.folder), world))
    for one in ControlClient(world).alexa_customers():
        who, grant = name_of(one["user_id"]), one["grant"]
        if grant == GRANTED:
            say(f"Alexa is told of the cameras of {who}.")
        else:
            why = WHY_NOT.get(grant, "there is no grant")
            again = f"`camera-skill login --as {who}{words}` links the account again."
            say(f"Alexa is not told of the cameras of {who}: {why}. {again}")


def revoke(user: UserArgument, *, folder: FolderOption = DEFAULT_FOLDER) -> None:
    """Let a customer take the grant back: Alexa may not be told of their cameras until another login."""
    world = read_world(folder)
    words = folder_words(folder)
    target = local(Choice(folder), world)
    with explained(words=words):
        user_id = user_id_named(target, user)
    control = ControlClient(world)
    if all(one["user_id"] != user_id for one in control.alexa_customers()):
        raise CommandError(f"Alexa never linked {user}: `camera-skill login --as {user}{words}` does that.")
    control.revoke(user_id)
    say(f"Amazon takes no token of {named(target)(user_id)} any more; the skill learns of that by its next report.")
    say(f"`camera-skill login --as {named(target)(user_id)}{words}` links the account again.")
