"""An Echo Show: offers in the form of the real one, aiortc underneath, and Alexa's directives to the skill."""

from simulator.echo_show.echo_show import EchoShow
from simulator.echo_show.errors import (
    AlexaError,
    EchoShowError,
    FramesOutOfOrderError,
    NotConnectedError,
    NoVideoError,
    SkillSilentError,
    UnexpectedReplyError,
    UnusableAnswerError,
    WrongPictureError,
)
from simulator.echo_show.peer import EchoPeer
from simulator.echo_show.rtc_session import Invoke
from simulator.echo_show.showing import Showing, Timeline

__all__ = [
    "AlexaError",
    "EchoPeer",
    "EchoShow",
    "EchoShowError",
    "FramesOutOfOrderError",
    "Invoke",
    "NoVideoError",
    "NotConnectedError",
    "Showing",
    "SkillSilentError",
    "Timeline",
    "UnexpectedReplyError",
    "UnusableAnswerError",
    "WrongPictureError",
]
