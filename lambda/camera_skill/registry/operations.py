"""The operations of the registry API: from a request that matches its schema to the content of a response."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from camera_skill.camera import Camera, CameraLink
from camera_skill.channel import ChannelFacts, Channels
from camera_skill.registration import Registrations
from camera_skill.registry import schema
from camera_skill.registry.adding import Adding, Wanted, checked, new_camera
from camera_skill.registry.attempt import Attempt
from camera_skill.registry.batches import Outcome, Plan, Row
from camera_skill.registry.changing import Changing
from camera_skill.registry.ending import Ending
from camera_skill.registry.erasing import Erasing
from camera_skill.registry.features import changes_between
from camera_skill.registry.importing import Importing
from camera_skill.registry.names import check_name_is_free
from camera_skill.registry.reading import Reading
from camera_skill.registry.refusals import Code, RefusedError, error_row
from camera_skill.registry.rows import Json, camera_row, channel_row, ended_row

Request = Mapping[str, Any]
Operation = Callable[[Request, Attempt], Json]


@dataclass(frozen=True)
class Operations:
    """All operations. Each raises RefusedError, RepeatedError, AwsBusyError, AwsFailedError."""

    registrations: Registrations
    channels: Channels
    adding: Adding
    changing: Changing
    ending: Ending
    importing: Importing
    erasing: Erasing
    reading: Reading

    def table(self) -> Mapping[str, Operation]:
        """By the names that requests give."""
        return {
            "AddCamera": self._add,
            "ChangeCamera": self._change,
            "RenameCamera": self._rename,
            "ShareCamera": self._share,
            "UnshareCamera": self._end,
            "RemoveCamera": self._end,
            "GetCamera": lambda request, _: self.reading.camera(request["endpoint_id"]),
            "ListCameras": self._list,
            "ListUsers": lambda request, _: self.reading.all_users(request.get("next_token", "")),
            "ImportCameras": self._import,
            "ErasePerson": self._erase,
        }

    def _add(self, request: Request, attempt: Attempt) -> Json:
        wanted = checked(wanted_of(request))
        links = self.registrations.links(wanted.user_id)
        self.adding.check(wanted, links, self.registrations.holders(wanted.claims))
        facts = self.adding.channel_to_take_over(wanted)
        response = partial(self._added, wanted, facts)
        if attempt.is_dry:
            return response(new_camera(wanted, ""))
        added = self.adding.add(wanted, lambda camera: attempt.done(response(camera)))
        attempt.concerns(added.camera.endpoint_id)
        if not added.is_new:  # another request added it at the same time
            check_name_is_free(self.registrations.links(wanted.user_id), CameraLink("", "", wanted.friendly_name))
            raise RefusedError(Code.CONFLICT, "Another request changed this user's cameras at the same time.")
        return response(added.camera)

    def _added(self, wanted: Wanted, facts: ChannelFacts | None, camera: Camera) -> Json:
        row: Json = {} if not camera.endpoint_id else {"camera": camera_row(camera, wanted.friendly_name)}
        if facts is not None:
            row["channel"] = channel_row(facts, self.channels.masters(facts.arn))
        return row

    def _change(self, request: Request, attempt: Attempt) -> Json:
        endpoint_id = request["endpoint_id"]

        def response(before: Camera, after: Camera) -> Json:
            changes = changes_between(before, after)
            rows = {name: {"before": old, "after": new} for name, (old, new) in changes.items()}
            return {"endpoint_id": endpoint_id, "changes": rows}

        changed = self.changing.change(endpoint_id, request["features"], lambda *both: attempt.done(response(*both)))
        return response(*changed)

    def _rename(self, request: Request, attempt: Attempt) -> Json:
        def response(before: CameraLink, after: CameraLink) -> Json:
            return {**_link_row(after), "before": before.friendly_name}

        names = request["endpoint_id"], request["user_id"], request["friendly_name"]
        renamed = self.changing.rename(*names, lambda *both: attempt.done(response(*both)))
        return response(*renamed)

    def _share(self, request: Request, attempt: Attempt) -> Json:
        link = CameraLink(request["user_id"], request["endpoint_id"], request["friendly_name"])
        return _link_row(self.changing.share(link, lambda shared: attempt.done(_link_row(shared))))

    def _end(self, request: Request, attempt: Attempt) -> Json:
        endpoint_id, user_id = request["endpoint_id"], request.get("user_id")
        keeps_channel = request.get("keep_channel", False)
        if attempt.is_dry:
            return ended_row(self.ending.plan(endpoint_id, user_id, keeps_channel=keeps_channel))
        if attempt.earlier is not None:
            ended = self.ending.finish(endpoint_id, attempt.earlier.taken)
        else:
            ended = self.ending.take(endpoint_id, user_id, keeps_channel=keeps_channel, record=attempt.begun)
        attempt.concerns_users(link.user_id for link in ended.links)
        return attempt.remembered(ended_row(ended), ended.links)

    def _list(self, request: Request, _: Attempt) -> Json:
        if user_id := request.get("user_id"):
            return self.reading.cameras_of(user_id)
        return self.reading.all_cameras(request.get("next_token", ""))

    def _import(self, request: Request, attempt: Attempt) -> Json:
        defects = [schema.row_defect("ImportCameras", row) for row in request["rows"]]
        rows = [_row_of(row) for row, defect in zip(request["rows"], defects, strict=True) if not defect]
        attempt.concerns_users(row.wanted.user_id for row in rows)
        plans = iter(self.importing.run(rows, is_dry=attempt.is_dry) if rows else [])
        results = [_spoilt(defect) if defect else _result(next(plans)) for defect in defects]
        attempt.count(Counter(str(result["outcome"]) for result in results))
        return {"rows": results}

    def _erase(self, request: Request, attempt: Attempt) -> Json:
        erased = self.erasing.run(
            request["user_id"],
            request.get("next_token", ""),
            keeps_channels=request.get("keep_channels", False),
            is_dry=attempt.is_dry,
        )
        attempt.concerns(*(camera.endpoint_id for camera in erased.cameras))
        attempt.concerns_users(link.user_id for camera in erased.cameras for link in camera.links)
        return {
            "cameras": [ended_row(camera) for camera in erased.cameras],
            "grants": erased.grants,
            "other_rows": erased.other_rows,
            "sessions": erased.sessions,
            **({"next_token": erased.next_token} if erased.next_token else {}),
        }


def wanted_of(row: Request) -> Wanted:
    """The camera that a request, or a row of one, asks for."""
    return Wanted(
        row["user_id"],
        row["friendly_name"],
        channel_arn=row.get("channel_arn", ""),
        thing_name=row.get("thing_name", ""),
        external_id=row.get("external_id", ""),
        features=row.get("features", {}),
    )


def _link_row(link: CameraLink) -> Json:
    return {"endpoint_id": link.endpoint_id, "user_id": link.user_id, "friendly_name": link.friendly_name}


def _row_of(row: Request) -> Row:
    return Row(wanted_of(row), row.get("endpoint_id", ""), row.get("share", False))


def _spoilt(defect: str) -> Json:
    refusal = RefusedError(Code.INVALID_REQUEST, f"The row does not match its schema: {defect}.")
    return {"outcome": str(Outcome.REFUSED), "error": error_row(refusal)}


def _result(plan: Plan) -> Json:
    row: Json = {"outcome": str(plan.outcome)}
    if plan.refusal is not None and plan.outcome is Outcome.REFUSED:
        return {**row, "error": error_row(plan.refusal)}
    return row if plan.is_stand_in or not plan.endpoint_id else {**row, "endpoint_id": plan.endpoint_id}
