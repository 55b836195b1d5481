"""A registry with names of its own, its function in processes that can be killed, and a look at all that it made."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3

from simulator.local_aws import LocalAws
from simulator.signaling import SignalingService
from tests.support.lambda_endpoint import Instances
from tests.support.registry_function import MODULE, RegistryFunction, checked, environment_of
from tests.support.registry_gate import Gate
from tests.support.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Request = dict[str, Any]
ATTEMPTS = 8


@dataclass
class House:
    """A registry with tables and names of its own, the function in processes, and a look at all that it made."""

    aws: LocalAws
    session: boto3.Session
    dynamodb: "DynamoDBClient"
    signaling: SignalingService
    gate: Gate
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:10])
    certificates: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tables = f"registry-{self.name}", f"activity-{self.name}"
        self.prefix = f"{self.name}-"
        create_tables(self.dynamodb, *self.tables)
        values = environment_of(self.aws.url, self.signaling, self.tables, stack=self.name, prefix=self.prefix)
        self.direct = RegistryFunction(values)
        """Without anything in between, to prepare and to look."""
        urls = {"AWS_ENDPOINT_URL": self.gate.url, "AWS_ENDPOINT_URL_KINESIS_VIDEO": self.gate.kinesis_video_url}
        self.instances = Instances(MODULE, {**values, **urls})
        self.iot = self.session.client("iot", endpoint_url=self.aws.url)
        self.kvs = self.session.client("kinesisvideo", endpoint_url=self.signaling.control_plane_url)
        self.serial = f"SN-{self.name}"
        self.arn = self.kvs.create_signaling_channel(ChannelName=self.serial)["ChannelARN"]
        self.thing = f"thing-{self.name}"
        self.iot.create_thing(thingName=self.thing)

    def close(self) -> None:
        self.instances.close()
        for table in self.tables:
            self.dynamodb.delete_table(TableName=table)

    def certify(self, endpoint_id: str) -> None:
        """Gives a camera's thing a certificate."""
        certificate = self.iot.create_keys_and_certificate(setAsActive=True)
        thing = self.direct("GetCamera", endpoint_id=endpoint_id)["thing_name"]
        self.iot.attach_thing_principal(thingName=thing, principal=certificate["certificateArn"])
        self.certificates.append(certificate["certificateId"])

    def ask(self, request: Request) -> dict[str, Any] | None:
        """The response; None if the function was killed."""
        response = self.instances.invoke(json.dumps(request))
        return None if response is None else checked(request, response)

    def insist(self, request: Request) -> dict[str, Any]:
        """The result, as a caller gets it who asks again."""
        response: dict[str, Any] | None = None
        for _ in range(ATTEMPTS):
            response = self.ask(request)
            if response is None or response.get("error", {}).get("code") in {"TRY_AGAIN", "CONFLICT"}:
                continue
            rows = response.get("result", {}).get("rows", ())
            if not any(row["outcome"] == "TRY_AGAIN" for row in rows):
                break
        assert response is not None
        assert "result" in response, response
        result: dict[str, Any] = response["result"]
        return result

    def items(self) -> list[dict[str, Any]]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.tables[0])
        return [item for page in pages for item in page["Items"]]

    def state(self) -> dict[str, Any]:
        """All that there is, without names that differ from run to run."""
        items = self.items()
        keys = {(item["pk"]["S"], item["sk"]["S"]): item for item in items}
        cameras = {pk.removeprefix("CAMERA#"): item for (pk, sk), item in keys.items() if sk == "CAMERA"}
        links = {
            (pk.removeprefix("USER#"), sk.removeprefix("CAMERA#"), item["friendly_name"]["S"])
            for (pk, sk), item in keys.items()
            if pk.startswith("USER#") and sk.startswith("CAMERA#")
        }
        owners = {
            (sk.removeprefix("OWNER#"), pk.removeprefix("CAMERA#"), item["friendly_name"]["S"])
            for (pk, sk), item in keys.items()
            if sk.startswith("OWNER#")
        }
        claims = {(pk, item["endpoint_id"]["S"]) for (pk, sk), item in keys.items() if sk == "CLAIM"}
        names = sorted((pk, item["endpoint_id"]["S"]) for (pk, sk), item in keys.items() if sk.startswith("NAME#"))
        channels = [
            info
            for page in self.kvs.get_paginator("list_signaling_channels").paginate()
            for info in page["ChannelInfoList"]
            if info["ChannelName"].startswith(self.prefix)
        ]
        things = {
            thing["thingName"]
            for page in self.iot.get_paginator("list_things").paginate()
            for thing in page["things"]
            if thing["thingName"].startswith(self.prefix)
        }
        own = {name: item for name, item in cameras.items() if item["channel_arn"]["S"] != self.arn}
        ttls = {info["ChannelARN"]: info["SingleMasterConfiguration"]["MessageTtlSeconds"] for info in channels}
        assert owners == links
        assert {endpoint_id for _, endpoint_id, _ in links} == cameras.keys()
        assert {f"{self.prefix}{name}" for name in own} <= {*things, *(info["ChannelName"] for info in channels)}
        return {
            "cameras": sorted(
                (
                    sorted((user, name) for user, one, name in links if one == endpoint_id),
                    item["power"]["S"],
                    ttls.get(item["channel_arn"]["S"]),
                    endpoint_id not in own,
                    "ending_at" in item,
                )
                for endpoint_id, item in cameras.items()
            ),
            "channels of no camera": len(channels) - len({item["channel_arn"]["S"] for item in own.values()} & {*ttls}),
            "things of no camera": len(things - {item["thing_name"]["S"] for item in cameras.values()}),
            "claims": sorted(pk.partition("#")[0] for pk, _ in claims),
            "claims of no camera": sorted(pk for pk, holder in claims if holder not in cameras),
            "names": sorted(pk for pk, _ in names),
            "names of no camera": [pk for pk, holder in names if holder not in cameras],
            "begun": sum(sk.startswith("PENDING#") for _, sk in keys),
            "certificates": [
                self.iot.describe_certificate(certificateId=one)["certificateDescription"]["status"]
                for one in self.certificates
            ],
        }


MakeHouse = Callable[[], House]
