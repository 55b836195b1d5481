"""Things of AWS IoT, as the registry function creates and ends them.

Things and certificates bear no tags: a thing of the stack has an attribute in their place.

Source: docs.aws.amazon.com/iot/latest/apireference, API_CreateThing and its neighbours.
"""

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from camera_skill.adapters.aws_services import LateClient
from camera_skill.adapters.registration.aws_calls import CONFIG, Patience, mapped
from camera_skill.adapters.registration.channels import TAG
from camera_skill.channel import ThingFacts
from camera_skill.registration_errors import AwsBusyError

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_iot import IoTClient

POLL_SECONDS = 0.5


class IotThings:
    """What the Protocol `channel.Things` says."""

    def __init__(self, session: "Session", stack: str, patience: Patience) -> None:
        """`stack`: the stack's name, which its things bear as an attribute."""
        self._stack = stack
        self._patience = patience

        def make() -> "IoTClient":
            client = session.client("iot", config=CONFIG)
            patience.teach(client)
            return client

        self._client = LateClient(make)

    def create(self, name: str) -> None:
        """CreateThing, which takes the same again."""
        with mapped(f"the creation of the thing {name}"):
            self._client.get().create_thing(thingName=name, attributePayload={"attributes": {TAG: self._stack}})

    def facts(self, name: str) -> ThingFacts | None:
        """DescribeThing."""
        client = self._client.get()
        with mapped(f"the look-up of the thing {name}"):
            try:
                creator = client.describe_thing(thingName=name).get("attributes", {}).get(TAG, "")
            except client.exceptions.ResourceNotFoundException:
                return None
            return ThingFacts(creator, is_own=creator == self._stack)

    def end(self, name: str) -> int:
        """UpdateCertificate and DetachThingPrincipal for each; DeleteThing."""
        client = self._client.get()
        certificates = 0
        with mapped(f"the end of the thing {name}"), suppress(client.exceptions.ResourceNotFoundException):
            for page in client.get_paginator("list_thing_principals").paginate(thingName=name):
                for principal in page["principals"]:
                    certificates += self._deactivate(client, name, principal)
                    client.detach_thing_principal(thingName=name, principal=principal)
            self._delete(client, name)
        return certificates

    def release(self, name: str) -> None:
        """UpdateThing without the attribute."""
        client = self._client.get()
        with mapped(f"the release of the thing {name}"), suppress(client.exceptions.ResourceNotFoundException):
            client.update_thing(thingName=name, attributePayload={"attributes": {TAG: ""}, "merge": True})

    def _deactivate(self, client: "IoTClient", name: str, principal: str) -> bool:
        """Whether the principal is a certificate, and of this thing alone."""
        _, is_certificate, certificate_id = principal.rpartition(":cert/")
        if not is_certificate:
            return False
        things = client.list_principal_things(principal=principal)["things"]
        if set(things) - {name}:
            return False
        client.update_certificate(certificateId=certificate_id, newStatus="INACTIVE")
        return True

    def _delete(self, client: "IoTClient", name: str) -> None:
        """It takes AWS IoT some seconds to know that nothing is attached any more."""
        while True:
            try:
                client.delete_thing(thingName=name)
            except client.exceptions.InvalidRequestException as error:
                if self._patience.left() < POLL_SECONDS:
                    raise AwsBusyError(f"AWS IoT is still detaching the certificates of the thing {name}") from error
                time.sleep(POLL_SECONDS)
            else:
                return
