"""Alexa.Authorization: grants to tell Alexa of cameras unasked."""

from camera_skill.account import AccessTokens
from camera_skill.alexa.authorization import AcceptGrant, accept_grant_response
from camera_skill.alexa.directive import Directive, Json
from camera_skill.budget import Budget
from camera_skill.grant import Grants
from camera_skill.interfaces.record import DirectiveRecord


class Authorization:
    """Takes grants."""

    def __init__(self, tokens: AccessTokens, grants: Grants) -> None:
        """`tokens` tells whose grant it is; `grants` keeps it."""
        self._tokens = tokens
        self._grants = grants

    def accept_grant(self, directive: Directive, budget: Budget, record: DirectiveRecord) -> Json:
        """AcceptGrant → AcceptGrant.Response."""
        grant = AcceptGrant.from_directive(directive)
        with record.timed("token"):
            user_id = self._tokens.user_id(grant.token, budget)
        with record.timed("grant"):
            self._grants.accept(user_id, grant.code, budget)
        return accept_grant_response(directive)
