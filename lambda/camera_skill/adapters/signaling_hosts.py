"""Which hosts may get an offer: the signaling endpoint is data, and data may be wrong."""

import re
from collections.abc import Collection

from camera_skill.camera import Camera
from camera_skill.errors import SignalingError

_URL = re.compile(r"(https?)://([a-z0-9.-]+)(?::([0-9]{1,5}))?/?", re.ASCII)
"""Nothing that URL parsers read in different ways."""
_AWS_HOST = re.compile(
    r"[a-z0-9-]+\.kinesisvideo(-fips)?\.[a-z0-9-]+\.(amazonaws\.com|amazonaws\.com\.cn|api\.aws)",
    re.ASCII,
)
"""r-1a2b3c4d.kinesisvideo.us-east-1.amazonaws.com, and its dual-stack, FIPS and Chinese sisters."""


def check_signaling_endpoint(camera: Camera, local_hosts: Collection[str]) -> None:
    """Raises: SignalingError if the camera's signaling endpoint is no place for an offer.

    `local_hosts` may be http; everything else is AWS's and https.
    """
    found = _URL.fullmatch(camera.signaling_endpoint)
    scheme, host, port = found.groups() if found else ("", "", "")
    is_aws = scheme == "https" and port in {None, "443"} and _AWS_HOST.fullmatch(host) is not None
    is_local = host in local_hosts
    if not is_aws and not is_local:
        raise SignalingError(
            f"the signaling endpoint of camera {camera.endpoint_id} is none of AWS's: "
            "remove the camera and add it again",
        )
