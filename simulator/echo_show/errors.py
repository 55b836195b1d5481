"""What can go wrong when an Echo Show shows a camera.

EchoShowError
├── AlexaError              the skill answered with an ErrorResponse
├── SkillSilentError        the skill did not reply in time
├── UnexpectedReplyError    the skill's reply is not one that Alexa could use
├── UnusableAnswerError     the SDP answer is not one that an Echo could use
├── NotConnectedError       no connection to the camera came about, or it broke
├── NoVideoError            connected, but no picture, or none in time
├── WrongPictureError       a picture, but not the one that the camera draws
└── FramesOutOfOrderError   frames are missing, doubled or in the wrong order
"""


class EchoShowError(Exception):
    """The camera could not be shown; the message is a sentence for the user."""


class AlexaError(EchoShowError):
    """The skill answered with an ErrorResponse of this type and message."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(f"The skill answered {error_type}: {message}")
        self.type = error_type
        self.message = message


class SkillSilentError(EchoShowError):
    """The skill did not reply in time."""


class UnexpectedReplyError(EchoShowError):
    """The skill's reply breaks Alexa's rules."""


class UnusableAnswerError(EchoShowError):
    """The answer's SDP cannot be used by an Echo Show."""


class NotConnectedError(EchoShowError):
    """ICE or DTLS did not come about, or the connection ended too early."""


class NoVideoError(EchoShowError):
    """There is a connection, and no picture came over it."""


class WrongPictureError(EchoShowError):
    """A picture came that is not what the camera draws."""


class FramesOutOfOrderError(EchoShowError):
    """The frame numbers are not consecutive."""
