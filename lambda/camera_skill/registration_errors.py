"""What can go wrong with the registry function's calls to AWS.

CameraSkillError (`errors`)
├── AwsBusyError        AWS throttles, or does not answer: worth another attempt
├── AwsFailedError      AWS refused a call for another reason, alarm
│   ├── AwsDeniedError  the function's role may not make the call
│   └── ChannelLimitError  the account has as many signaling channels as it may have
└── PlaceUnknownError   a token says where to go on, and no earlier reply had it
"""

from camera_skill.errors import CameraSkillError


class AwsBusyError(CameraSkillError):
    """AWS throttles a call, or does not answer, for longer than the function can wait."""


class AwsFailedError(CameraSkillError):
    """AWS refused a call, or sent what makes no sense."""

    alarm = True


class AwsDeniedError(AwsFailedError):
    """The function's role may not make this call."""


class ChannelLimitError(AwsFailedError):
    """The AWS account has as many signaling channels as it may have."""


class PlaceUnknownError(CameraSkillError):
    """A token that says where a list goes on, and that no earlier reply had."""
