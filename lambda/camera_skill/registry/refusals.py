"""Why the registry function does not do what it was asked: stable codes for programs, sentences for people."""

from enum import StrEnum

from camera_skill.errors import CameraSkillError
from camera_skill.registration_errors import AwsBusyError, ChannelLimitError, PlaceUnknownError


class Code(StrEnum):
    """The error codes of the registry API. Programs may rely on them; new ones may be added."""

    INVALID_REQUEST = "INVALID_REQUEST"
    """The request does not match the schema of its operation."""
    INVALID_FEATURE = "INVALID_FEATURE"
    """A feature has a value that the camera cannot have."""
    ALEXA_REFUSES = "ALEXA_REFUSES"
    """Alexa would not take the name, or another text."""
    NAME_TAKEN = "NAME_TAKEN"
    """The user has another camera of this name."""
    TOO_MANY_CAMERAS = "TOO_MANY_CAMERAS"
    """The user has as many cameras as Alexa takes."""
    NO_SUCH_CAMERA = "NO_SUCH_CAMERA"
    """No camera has this endpoint id, or it is being removed."""
    CAMERA_DAMAGED = "CAMERA_DAMAGED"
    """The camera's record cannot be read."""
    ALREADY_OWNER = "ALREADY_OWNER"
    """The user has this camera already."""
    NOT_OWNER = "NOT_OWNER"
    """The user does not have this camera."""
    OTHERS_CAMERA = "OTHERS_CAMERA"
    """The camera belongs to another user, and the row does not share it."""
    DIFFERENT_CAMERA = "DIFFERENT_CAMERA"
    """The names in the row belong to different cameras, or the camera has other features."""
    CHANNEL_TAKEN = "CHANNEL_TAKEN"
    """The signaling channel is another camera's."""
    THING_TAKEN = "THING_TAKEN"
    """The thing is another camera's."""
    EXTERNAL_ID_TAKEN = "EXTERNAL_ID_TAKEN"
    """The external id is another camera's."""
    NO_SUCH_CHANNEL = "NO_SUCH_CHANNEL"
    """KVS has no such signaling channel."""
    NO_SUCH_THING = "NO_SUCH_THING"
    """AWS IoT has no such thing."""
    CHANNEL_FORBIDDEN = "CHANNEL_FORBIDDEN"
    """The stack may not use this channel: the parameter ExistingChannelNames does not name it."""
    THING_FORBIDDEN = "THING_FORBIDDEN"
    """The stack may not use this thing: the parameter ExistingThingNames does not name it."""
    CHANNEL_UNUSABLE = "CHANNEL_UNUSABLE"
    """The channel serves no Alexa session: media storage is on, its type is wrong, or it is not active."""
    CHANNEL_NOT_OURS = "CHANNEL_NOT_OURS"
    """The stack did not create the channel, so it does not change it."""
    CHANNEL_LIMIT = "CHANNEL_LIMIT"
    """The AWS account has as many signaling channels as it may have."""
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    """Another request had the same idempotency key."""
    CONFLICT = "CONFLICT"
    """Another request changed the camera at the same time. Send this one again."""
    TRY_AGAIN = "TRY_AGAIN"
    """AWS throttles or does not answer, or the time was over. Send the request again."""
    INTERNAL = "INTERNAL"
    """A defect, or AWS refused a call. The function's log says more."""


class RefusedError(CameraSkillError):
    """A request that cannot be carried out. `endpoint_id`: the camera that is in the way, if there is one."""

    def __init__(self, code: Code, message: str, endpoint_id: str = "") -> None:
        """`message`: what happened, to which camera, and what to do, in a sentence or two."""
        super().__init__(message)
        self.code = code
        self.endpoint_id = endpoint_id


class RepeatedError(CameraSkillError):
    """Another attempt of the same request, by its idempotency key, was done first: its response counts."""


def no_such_camera(endpoint_id: str) -> RefusedError:
    """The refusal of a request for a camera that is not there."""
    return RefusedError(Code.NO_SUCH_CAMERA, f"There is no camera with the endpoint id {endpoint_id}.", endpoint_id)


def refusal_of(error: CameraSkillError) -> RefusedError:
    """Any error of ours as a refusal. The text of our errors repeats nothing that a service said."""
    if isinstance(error, RefusedError):
        return error
    code = Code.INTERNAL
    if isinstance(error, AwsBusyError):
        code = Code.TRY_AGAIN
    elif isinstance(error, ChannelLimitError):
        code = Code.CHANNEL_LIMIT
    elif isinstance(error, PlaceUnknownError):
        code = Code.INVALID_REQUEST
    text = str(error)
    return RefusedError(code, f"{text[0].upper()}{text[1:]}." if text else "The registry function failed.")


def error_row(refusal: RefusedError) -> dict[str, object]:
    """The refusal as responses have it."""
    row: dict[str, object] = {"code": str(refusal.code), "message": str(refusal)}
    is_known = refusal.endpoint_id and not refusal.endpoint_id.startswith("#")  # a stand-in of a batch
    return {**row, "endpoint_id": refusal.endpoint_id} if is_known else row
