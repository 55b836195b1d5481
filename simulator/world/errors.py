from __future__ import annotations


class WorldError(Exception):
    """The local world cannot do what was asked; the message is for the user: a sentence, then perhaps a log."""


class WorldRunningError(WorldError):
    """Another world already runs in the folder."""


class DeploymentError(WorldError):
    """`sam build` or `sam deploy` failed."""


class CameraError(WorldError):
    """A simulated camera cannot be started, or is not there."""
