"""The directives that Alexa sends to a smart home skill, in Alexa's form.

Pages: Alexa.Authorization Interface; Alexa.Discovery Interface; Alexa Interface;
 Alexa.RTCSessionController Interface 3 (developer.amazon.com).
"""

import base64
import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

Directive = dict[str, Any]


def discover(access_token: str) -> Directive:
    """Alexa.Discovery Discover, which has no correlation token."""
    payload = {"scope": {"type": "BearerToken", "token": access_token}}
    return {"directive": {"header": _header("Alexa.Discovery", "Discover"), "payload": payload}}


def accept_grant(code: str, access_token: str) -> Directive:
    """Alexa.Authorization AcceptGrant: the code is Login with Amazon's, the token is the account server's."""
    payload = {
        "grant": {"type": "OAuth2.AuthorizationCode", "code": code},
        "grantee": {"type": "BearerToken", "token": access_token},
    }
    return {"directive": {"header": _header("Alexa.Authorization", "AcceptGrant"), "payload": payload}}


def report_state(access_token: str, endpoint_id: str, cookie: Mapping[str, str]) -> Directive:
    """Alexa ReportState: how is the camera?"""
    return _directive("Alexa", "ReportState", access_token, endpoint_id, cookie, {})


def initiate_session_with_offer(
    access_token: str, endpoint_id: str, cookie: Mapping[str, str], session_id: str, offer: str
) -> Directive:
    """The offer of an Echo Show for a camera."""
    payload = {"sessionId": session_id, "offer": {"format": "SDP", "value": offer}}
    return _session_directive("InitiateSessionWithOffer", access_token, endpoint_id, cookie, payload)


def set_object_detection_classes(
    access_token: str, endpoint_id: str, cookie: Mapping[str, str], classes: Sequence[str]
) -> Directive:
    """Of which classes of objects Alexa wants to be told."""
    payload = {"objectDetectionClasses": [{"imageNetClass": one} for one in classes]}
    namespace, name = "Alexa.SmartVision.ObjectDetectionSensor", "SetObjectDetectionClasses"
    directive = _directive(namespace, name, access_token, endpoint_id, cookie, payload)
    directive["directive"]["header"]["payloadVersion"] = "1.0"
    return directive


def session_connected(access_token: str, endpoint_id: str, cookie: Mapping[str, str], session_id: str) -> Directive:
    """The session's media flows. Alexa does not always send it."""
    return _session_directive("SessionConnected", access_token, endpoint_id, cookie, {"sessionId": session_id})


def session_disconnected(access_token: str, endpoint_id: str, cookie: Mapping[str, str], session_id: str) -> Directive:
    """The session is over."""
    return _session_directive("SessionDisconnected", access_token, endpoint_id, cookie, {"sessionId": session_id})


def _session_directive(
    name: str, access_token: str, endpoint_id: str, cookie: Mapping[str, str], payload: dict[str, Any]
) -> Directive:
    return _directive("Alexa.RTCSessionController", name, access_token, endpoint_id, cookie, payload)


def _directive(
    namespace: str, name: str, access_token: str, endpoint_id: str, cookie: Mapping[str, str], payload: dict[str, Any]
) -> Directive:
    header = _header(namespace, name)
    header["correlationToken"] = base64.b64encode(secrets.token_bytes(36)).decode()
    endpoint = {
        "scope": {"type": "BearerToken", "token": access_token},
        "endpointId": endpoint_id,
        "cookie": dict(cookie),
    }
    return {"directive": {"header": header, "endpoint": endpoint, "payload": payload}}


def _header(namespace: str, name: str) -> dict[str, str]:
    return {"namespace": namespace, "name": name, "messageId": str(uuid.uuid4()), "payloadVersion": "3"}
