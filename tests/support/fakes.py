"""What the skill talks to, without a network: one user with one camera that answers."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from camera_skill.adapters import signaling_messages
from camera_skill.budget import Budget
from camera_skill.camera import Camera, CameraLink, OwnedCameras
from camera_skill.errors import CameraNotFoundError
from camera_skill.grant import GrantedToken
from camera_skill.session import Session, nobody
from camera_skill.state import CameraState, KnownState, Sample
from tests.support.account_server import USER_ID
from tests.support.directives import ANSWER, ENDPOINT_ID

CAMERA = Camera(
    ENDPOINT_ID,
    "arn:example",
    "us-east-1",
    "https://signaling.example",
    is_doorbell=True,
    detects_motion=True,
    detects_persons=True,
    detects_packages=True,
)


class OneCamera:
    """Cameras of which there is one."""

    def owned(self, user_id: str, endpoint_id: str, _budget: Budget) -> Camera:
        if (user_id, endpoint_id) != (USER_ID, ENDPOINT_ID):
            raise CameraNotFoundError("the customer has no such camera")
        return CAMERA

    def owned_as_known(self, user_id: str, endpoint_id: str, budget: Budget) -> tuple[Camera, KnownState]:
        return self.owned(user_id, endpoint_id, budget), KnownState()

    def of_user(
        self, user_id: str, _most: int, _defect: Callable[[CameraLink, Camera], str], _budget: Budget
    ) -> OwnedCameras:
        link = CameraLink(user_id, ENDPOINT_ID, "Front Door")
        return OwnedCameras(((link, CAMERA),) if user_id == USER_ID else ())


class OneCameraState:
    """What is known of it: that it cannot be reached."""

    def owned(self, user_id: str, endpoint_id: str, budget: Budget) -> tuple[Camera, CameraState]:
        camera = OneCamera().owned(user_id, endpoint_id, budget)
        return camera, CameraState(Sample(value=False, at=1_700_000_000.0))

    def set_wanted(self, _user_id: str, _endpoint_id: str, _classes: Iterable[str], _budget: Budget) -> None:
        pass


class AnsweringSignaling:
    """Signaling that answers every offer which the service would take."""

    def send_offer(
        self, _camera: Camera, offer: str, _budget: Budget, _on_retry: Callable[[str], None] = nobody
    ) -> str:
        signaling_messages.wrap_offer(offer)
        return ANSWER


class ForgottenGrants:
    """Grants that are taken, and kept by nobody."""

    def accept(self, user_id: str, code: str, budget: Budget) -> None:
        pass

    def token(self, _user_id: str, _budget: Budget) -> GrantedToken | None:
        return None

    def refreshed(self, _token: GrantedToken, _budget: Budget) -> GrantedToken | None:
        return None

    def drop(self, _token: GrantedToken, _budget: Budget) -> bool:
        return False


class ForgottenSessions:
    """Sessions that nobody records."""

    @contextmanager
    def recorded(self, _session: Session, _budget: Budget) -> Iterator[None]:
        yield

    def connected(self, _session: Session, _budget: Budget) -> None:
        pass

    def disconnected(self, _session: Session, _budget: Budget) -> None:
        pass
