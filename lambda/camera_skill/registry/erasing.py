"""All that is kept of a person, erased in an order in which a run that was cut off can be repeated."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from camera_skill.registration import Activity, Beginnings, Registrations, UserRows
from camera_skill.registration_errors import PlaceUnknownError
from camera_skill.registry.adding import Adding
from camera_skill.registry.ending import Ended, Ending
from camera_skill.registry.refusals import Code, RefusedError

LEAST_SECONDS = 15.0
"""No further part is begun with less time left: the caller asks for the rest."""
CAMERAS: Final = "cameras:"
REGISTRY: Final = "registry:"
ACTIVITY: Final = "activity:"
"""Where an erasure goes on; behind the two tables comes the place in them."""


@dataclass(frozen=True)
class Erasure:
    """What went, or would go, of a person in this part. `next_token`: where the rest begins, empty at the end."""

    cameras: tuple[Ended, ...] = ()
    grants: int = 0
    other_rows: int = 0
    sessions: int = 0
    next_token: str = ""

    def __add__(self, other: "Erasure") -> "Erasure":
        """Both together; the rest begins where it does for the other one."""
        return Erasure(
            (*self.cameras, *other.cameras),
            self.grants + other.grants,
            self.other_rows + other.other_rows,
            self.sessions + other.sessions,
            other.next_token,
        )


@dataclass(frozen=True)
class Kept:
    """Where what is kept of a user is."""

    registrations: Registrations
    beginnings: Beginnings
    rows: UserRows
    activity: Activity


class Erasing:
    """Erases users: cameras first, then what else names the user in either table."""

    def __init__(self, kept: Kept, adding: Adding, ending: Ending, left: Callable[[], float]) -> None:
        """`left`: seconds that the invocation has."""
        self._kept = kept
        self._adding = adding
        self._ending = ending
        self._left = left

    def run(self, user_id: str, next_token: str, *, keeps_channels: bool, is_dry: bool) -> Erasure:
        """Erases a part, or tells what would go.

        Raises:
            RefusedError, AwsBusyError, AwsFailedError, PlaceUnknownError. The same request again goes on.
        """
        erased = Erasure(next_token=next_token or CAMERAS)
        while erased.next_token and self._left() > LEAST_SECONDS:
            table, _, token = erased.next_token.partition(":")
            match f"{table}:":
                case "cameras:":
                    erased += self._cameras(user_id, token, keeps_channels=keeps_channels, is_dry=is_dry)
                case "registry:":
                    erased += self._registry(user_id, token, keeps_channels=keeps_channels, is_dry=is_dry)
                case "activity:":
                    erased += self._sessions(user_id, token, is_dry=is_dry)
                case _:
                    raise PlaceUnknownError("the next_token is not one of an earlier response")
        return erased

    def _cameras(self, user_id: str, token: str, *, keeps_channels: bool, is_dry: bool) -> Erasure:
        """Takes the cameras, then what was begun and what else is under the user's key.

        `token`: how many cameras were looked at before; those that were taken are not there any more.
        """
        cameras: list[Ended] = []
        seen = _number(token)
        for link in self._kept.registrations.links(user_id)[seen:]:
            if self._left() < LEAST_SECONDS:
                return Erasure(tuple(cameras), next_token=f"{CAMERAS}{seen or ''}")
            seen += is_dry
            cameras.extend(self._end(link.endpoint_id, user_id, keeps_channels=keeps_channels, is_dry=is_dry))
        if not is_dry:
            for begun in self._kept.beginnings.of_user(user_id):
                self._adding.abandon(user_id, begun)
        rows = self._kept.rows.erase(user_id, is_dry=is_dry)
        sessions = sum(camera.sessions for camera in cameras)
        return Erasure(tuple(cameras), rows["grants"], rows["others"], sessions, REGISTRY)

    def _end(self, endpoint_id: str, user_id: str, *, keeps_channels: bool, is_dry: bool) -> list[Ended]:
        """What became of a camera of the user's; nothing if another request was faster."""
        end = self._ending.plan if is_dry else self._ending.take
        try:
            return [end(endpoint_id, user_id, keeps_channel=keeps_channels)]
        except RefusedError as refusal:
            if refusal.code not in {Code.NO_SUCH_CAMERA, Code.NOT_OWNER}:
                raise
            return []

    def _registry(self, user_id: str, token: str, *, keeps_channels: bool, is_dry: bool) -> Erasure:
        linked = {link.endpoint_id for link in self._kept.registrations.links(user_id)}
        part = self._kept.rows.erase_owners(user_id, linked, token, is_dry=is_dry)
        cameras = [  # whose removal was cut off; the user's link to them may be gone
            ended
            for endpoint_id in part.unfinished
            if endpoint_id not in linked
            for ended in self._end(endpoint_id, user_id, keeps_channels=keeps_channels, is_dry=is_dry)
        ]
        next_token = f"{REGISTRY}{part.next_token}" if part.next_token else ACTIVITY
        return Erasure(tuple(cameras), other_rows=part.rows, next_token=next_token)

    def _sessions(self, user_id: str, token: str, *, is_dry: bool) -> Erasure:
        part = self._kept.activity.erase_user(user_id, token, is_dry=is_dry)
        next_token = f"{ACTIVITY}{part.next_token}" if part.next_token else ""
        return Erasure(other_rows=part.others, sessions=part.rows, next_token=next_token)


def _number(token: str) -> int:
    if not token.isascii() or not (token or "0").isdigit():
        raise PlaceUnknownError("the next_token is not one of an earlier response")
    return int(token or 0)
