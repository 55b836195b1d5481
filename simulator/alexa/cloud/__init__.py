"""Alexa's cloud, as far as a skill calls it: Login with Amazon's token endpoint and the event gateway, on loopback.

Pages: "Request Access to Customer Information", "Send Events to the Alexa Event Gateway" (developer.amazon.com).
"""

from simulator.alexa.cloud.cloud import AlexaCloud, SkillFailedError
from simulator.alexa.cloud.customers import Customer, GrantState
from simulator.alexa.cloud.events import EventRecord
from simulator.alexa.cloud.faults import FAULT_KINDS, At, CloudFault, CloudFaultError
from simulator.alexa.cloud.settings import CloudSettings

__all__ = [
    "FAULT_KINDS",
    "AlexaCloud",
    "At",
    "CloudFault",
    "CloudFaultError",
    "CloudSettings",
    "Customer",
    "EventRecord",
    "GrantState",
    "SkillFailedError",
]
