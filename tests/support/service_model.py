"""botocore's service models: what is of a signaling channel in them, and where the service deviates from it."""

import json
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from simulator.signaling.constraints import Constraint, Integer, ListOf, String, Structure
from simulator.signaling.inputs import LETTERS_NUMBERS_SPACES
from tests.support.signaling_client import Account, wrap

SESSION = botocore.session.get_session()
CONTROL_PLANE = (
    "CreateSignalingChannel",
    "DeleteSignalingChannel",
    "DescribeMediaStorageConfiguration",
    "DescribeSignalingChannel",
    "GetSignalingChannelEndpoint",
    "ListSignalingChannels",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
    "UpdateMediaStorageConfiguration",
    "UpdateSignalingChannel",
)
DATA_PLANE = ("GetIceServerConfig", "SendAlexaOfferToMaster")
MODELS: dict[str, OperationModel] = {
    operation: SESSION.get_service_model(service).operation_model(operation)
    for service, operations in (("kinesisvideo", CONTROL_PLANE), ("kinesis-video-signaling", DATA_PLANE))
    for operation in operations
}
ABSENT_ARN = "arn:aws:kinesisvideo:us-east-1:000000000000:channel/absent/1700000000000"

STREAM_ARN = "arn:aws:kinesisvideo:us-east-1:000000000000:stream/front-door/1700000000000"


def input_of(operation: str) -> StructureShape:
    shape = MODELS[operation].input_shape
    assert shape is not None
    return shape


def output_of(operation: str) -> StructureShape:
    shape = MODELS[operation].output_shape
    assert shape is not None
    return shape


def boto3_name(operation: str) -> str:
    return botocore.xform_name(operation)


def valid_input(operation: str, arn: str) -> dict[str, Any]:
    """An input of the operation with every member that it knows."""
    inputs: dict[str, dict[str, Any]] = {
        "CreateSignalingChannel": {
            "ChannelName": "another",
            "ChannelType": "SINGLE_MASTER",
            "SingleMasterConfiguration": {"MessageTtlSeconds": 5},
            "Tags": [{"Key": "room", "Value": "häll 1/2"}],
        },
        "DeleteSignalingChannel": {"ChannelARN": arn},
        "DescribeMediaStorageConfiguration": {"ChannelARN": arn},
        "DescribeSignalingChannel": {"ChannelARN": arn},
        "GetSignalingChannelEndpoint": {
            "ChannelARN": arn,
            "SingleMasterChannelEndpointConfiguration": {"Protocols": ["WSS", "HTTPS"], "Role": "VIEWER"},
        },
        "ListSignalingChannels": {
            "MaxResults": 1,
            "ChannelNameCondition": {"ComparisonOperator": "BEGINS_WITH", "ComparisonValue": "front"},
        },
        "ListTagsForResource": {"ResourceARN": arn},
        "TagResource": {"ResourceARN": arn, "Tags": [{"Key": "floor", "Value": ""}]},
        "UntagResource": {"ResourceARN": arn, "TagKeyList": ["room"]},
        "UpdateMediaStorageConfiguration": {
            "ChannelARN": arn,
            "MediaStorageConfiguration": {"Status": "ENABLED", "StreamARN": STREAM_ARN},
        },
        "UpdateSignalingChannel": {
            "ChannelARN": arn,
            "CurrentVersion": "1",
            "SingleMasterConfiguration": {"MessageTtlSeconds": 120},
        },
        "GetIceServerConfig": {"ChannelARN": arn, "ClientId": "MASTER", "Service": "TURN", "Username": "me"},
        "SendAlexaOfferToMaster": {"ChannelARN": arn, "SenderClientId": "echo-1", "MessagePayload": wrap("offer")},
    }
    return inputs[operation]


class Recorder:
    """The last response of an account's clients, as it came over the wire."""

    def __init__(self, account: Account) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body: Any = None
        for client in (account.kinesisvideo, account.signaling):
            client.meta.events.register("before-parse", self._record)

    def _record(self, response_dict: dict[str, Any], **_: object) -> None:
        self.status = response_dict["status_code"]
        self.headers = response_dict["headers"]
        self.body = json.loads(response_dict["body"])


def deviations(shape: Shape, value: object, path: str = "") -> list[str]:
    """Where a JSON value is not of the model's shape; null is nothing at all to every SDK."""
    if value is None:
        return []
    if isinstance(shape, StructureShape):
        return _structure_deviations(shape, value, path)
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [each for member in value for each in deviations(shape.member, member, f"{path}[]")]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return [each for key, member in value.items() for each in deviations(shape.value, member, f"{path}.{key}")]
    return _scalar_deviations(shape, value, path)


def _structure_deviations(shape: StructureShape, value: object, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path} is no structure"]
    found = [f"{path}.{name} is not in the model" for name in value if name not in shape.members]
    found += [f"{path}.{name} is required" for name in shape.required_members if value.get(name) is None]
    for name, member in shape.members.items():
        found += deviations(member, value.get(name), f"{path}.{name}")
    return found


def _scalar_deviations(shape: Shape, value: object, path: str) -> list[str]:
    kinds: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "timestamp": (int, float)}
    if not isinstance(value, kinds.get(shape.type_name, ())):
        return [f"{path} is {value!r}, not of type {shape.type_name}"]
    enum = shape.metadata.get("enum")
    if enum and value not in enum:
        return [f"{path} is {value!r}, not one of {enum}"]
    minimum, maximum = shape.metadata.get("min"), shape.metadata.get("max")
    size = len(value) if isinstance(value, str) else value
    if (minimum is not None and size < minimum) or (maximum is not None and size > maximum):
        return [f"{path} is {value!r}, out of the model's bounds"]
    return []


def constraint_deviations(shape: Shape, constraint: Constraint | None, path: str) -> list[str]:
    """Where a constraint of the service is not the model's."""
    metadata = shape.metadata
    if isinstance(shape, StructureShape):
        if not isinstance(constraint, Structure):
            return [f"{path} is no Structure"]
        found = [f"{path} requires {constraint.required}"] if constraint.required != {*shape.required_members} else []
        found += [f"{path} knows {name}" for name in constraint.members.keys() - shape.members.keys()]
        for name, member in shape.members.items():
            found += constraint_deviations(member, constraint.members.get(name), f"{path}.{name}")
        return found
    if isinstance(shape, ListShape):
        expected: object = (metadata.get("min", 0), metadata.get("max"))
        if not isinstance(constraint, ListOf) or (constraint.minimum, constraint.maximum) != expected:
            return [f"{path} is {constraint}"]
        return constraint_deviations(shape.member, constraint.member, f"{path}[]")
    if shape.type_name == "integer":
        expected = Integer(metadata["min"], metadata["max"])
    else:
        pattern = metadata.get("pattern")
        expected = String(
            metadata.get("min", 0),
            metadata.get("max"),
            pattern and python_pattern(pattern),
            tuple(shape.metadata.get("enum", ())),
        )
    return [] if constraint == expected else [f"{path} is {constraint}, the model says {expected}"]


def python_pattern(pattern: str) -> str:
    """The model's pattern without anchors, and without the classes that Python's expressions do not know."""
    return pattern.removeprefix("^(").removesuffix(")$").replace(r"\p{L}\p{Z}\p{N}_", LETTERS_NUMBERS_SPACES)
