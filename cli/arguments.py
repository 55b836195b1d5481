"""Options and arguments that name cameras and their owners, with what completes them in the shell."""

from typing import Annotated

import typer

from cli.completion import camera_names, user_names

AnyNameArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="What the customer calls it: “Front Door”; or its endpoint id.",
        autocompletion=camera_names,
    ),
]
NewNameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What the customer will call it: “Front Door”.")]
ChannelArnOption = Annotated[
    str | None,
    typer.Option("--channel-arn", metavar="ARN", help="Take over this signaling channel, and create none."),
]
ThingOption = Annotated[
    str | None, typer.Option("--thing", metavar="THING", help="Take over this AWS IoT thing, and create none.")
]
ExternalIdOption = Annotated[
    str | None, typer.Option("--external-id", metavar="ID", help="Your own name for the camera; no other one has it.")
]
KeepChannelOption = Annotated[
    bool,
    typer.Option("--keep-channel", help="Keep the channel, the thing and the certificates that the stack created."),
]
USER = "EMAIL|USER_ID"
UserOption = Annotated[
    str | None,
    typer.Option(
        "--user", metavar=USER, help="Whose camera; by default of who is logged in.", autocompletion=user_names
    ),
]
WithOption = Annotated[
    str, typer.Option("--with", metavar=USER, help="Who will have the camera, too.", autocompletion=user_names)
]
FromOption = Annotated[
    str,
    typer.Option("--from", metavar=USER, help="Who will not have the camera any more.", autocompletion=user_names),
]
UserArgument = Annotated[str, typer.Argument(metavar=USER, help="Who.", autocompletion=user_names)]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
