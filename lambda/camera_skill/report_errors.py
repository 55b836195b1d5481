"""What can go wrong with grants, and with reports to Alexa, which answer no directive.

CameraSkillError (`errors`)
├── GrantError                          ACCEPT_GRANT_FAILED in namespace Alexa.Authorization, alarm
│   ├── GrantRefusedError               the same, without an alarm: the code, or the refresh token, does not count
│   ├── TokenServerError                Login with Amazon cannot be asked: worth another attempt
│   ├── AlexaClientError                our own client id and secret are missing or wrong
│   └── RefreshingElsewhereError        another instance is refreshing the token: worth another attempt, soon
├── GatewayUnreachableError             Alexa's event gateway gave no answer
├── ReportStrandedError                 a report could neither be sent nor handed on, alarm
└── CameraEventInvalidError             nobody of ours puts such a message into the queues
"""

from camera_skill.errors import CameraSkillError


class GrantError(CameraSkillError):
    """A grant could not be taken or used: by itself, since KMS or Secrets Manager did not do what it must."""

    alarm = True


class GrantRefusedError(GrantError):
    """Login with Amazon does not take the code, or the refresh token (`invalid_grant`): the customer must link anew."""

    alarm = False


class TokenServerError(GrantError):
    """Login with Amazon could not be reached, was too late, failed, or sent what makes no sense."""


class AlexaClientError(GrantError):
    """The skill's client id and secret for events are missing, or Login with Amazon does not take them."""


class RefreshingElsewhereError(GrantError):
    """The token has expired, and another instance is about to refresh it."""

    alarm = False


class GatewayUnreachableError(CameraSkillError):
    """Alexa's event gateway could not be reached, or gave no answer in time: it may have taken the report or not."""


class ReportStrandedError(CameraSkillError):
    """A report could neither be sent nor put into a queue, so that whoever had it must keep it."""

    alarm = True


class CameraEventInvalidError(CameraSkillError):
    """A message in the queues of events that neither an IoT rule nor a function of ours writes."""
