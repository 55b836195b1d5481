"""Rows of a file of cameras as the registry function takes them."""

from collections.abc import Callable
from typing import Any

from camera_skill.camera import Camera
from camera_skill.errors import CameraSkillError
from camera_skill.registry.features import FEATURES, WORDS, features_of, with_features
from camera_skill.registry.names import checked_friendly_name
from cli.errors import CommandError
from cli.importing.camera_file import NAMES, NEEDED, SHARE, Row

UserId = Callable[[str], str]
"""The id of the user with this email or id. Raises: CommandError if there is none."""


def request_of(row: Row, user_id: UserId) -> dict[str, Any]:
    """The row of a request.

    Raises:
        CommandError: the row cannot be read, lacks what every row needs, or has a value that no camera can have.
    """
    if row.defect:
        raise CommandError(row.defect)
    if missing := [name for name in NEEDED if name not in row.values]:
        raise CommandError(f"The row has no {' and no '.join(missing)}.")
    try:
        request: dict[str, Any] = {"friendly_name": checked_friendly_name(row.values["friendly_name"])}
        request["user_id"] = user_id(row.values["user"])
        given = {name: text for name, text in row.values.items() if name in FEATURES}
        features = features_of(with_features(Camera("", "", "", ""), given))
    except CameraSkillError as error:
        raise CommandError(str(error)) from error
    request |= {name: row.values[name] for name in NAMES if name in row.values}
    if SHARE in row.values:
        request[SHARE] = _yes_or_no(row.values[SHARE])
    if given:
        request["features"] = {name: features[name] for name in given}
    return request


def _yes_or_no(text: str) -> bool:
    word = text.casefold()
    if word not in WORDS:
        raise CommandError(f"The {SHARE} is “{text[:60]}”, and takes yes or no.")
    return WORDS[word]
