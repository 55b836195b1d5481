"""The inputs of all operations, with the limits and patterns of the service models 2017-09-30 and 2019-12-04."""

from simulator.signaling.constraints import Integer, ListOf, String, Structure

_ARN_RESOURCE = r":kinesisvideo:[a-z0-9-]+:[0-9]+:[a-z]+/[a-zA-Z0-9_.-]+/[0-9]+"
# Unicode's classes L, N and Z, which Python's expressions cannot name.
LETTERS_NUMBERS_SPACES = r"\w\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TAG_PATTERN = rf"[{LETTERS_NUMBERS_SPACES}.:/=+\-@]*"

RESOURCE_ARN = String(1, 1024, rf"arn:[a-z\d-]+{_ARN_RESOURCE}")
DATA_PLANE_CHANNEL_ARN = String(1, 1024, rf"arn:aws{_ARN_RESOURCE}")
CHANNEL_NAME = String(1, 256, r"[a-zA-Z0-9_.-]+")
CLIENT_ID = String(1, 256, r"[a-zA-Z0-9_.-]+")
CONNECTING_CLIENT_ID = String(1, 256, r"(?![Aa][Ww][Ss]_)[a-zA-Z0-9_.-]+")
MESSAGE_PAYLOAD = String(1, 10_000, r"[a-zA-Z0-9+/=]+")
CORRELATION_ID = String(1, 256, r"[a-zA-Z0-9_.-]+")

_NEXT_TOKEN = String(0, 1024, r"[a-zA-Z0-9+/=]*")
_VERSION = String(1, 64, r"[a-zA-Z0-9]+")
_TAG_KEY = String(1, 128, _TAG_PATTERN)
_TAG_VALUE = String(0, 256, _TAG_PATTERN)
_TAG = Structure({"Key": _TAG_KEY, "Value": _TAG_VALUE}, frozenset({"Key", "Value"}))
_SINGLE_MASTER_CONFIGURATION = Structure({"MessageTtlSeconds": Integer(5, 120)})
_NAME_OR_ARN = Structure({"ChannelName": CHANNEL_NAME, "ChannelARN": RESOURCE_ARN})

INPUTS: dict[str, Structure] = {
    "CreateSignalingChannel": Structure(
        {
            "ChannelName": CHANNEL_NAME,
            "ChannelType": String(enum=("SINGLE_MASTER", "FULL_MESH")),
            "SingleMasterConfiguration": _SINGLE_MASTER_CONFIGURATION,
            "Tags": ListOf(_TAG, 0, 50),
        },
        frozenset({"ChannelName"}),
    ),
    "DescribeSignalingChannel": _NAME_OR_ARN,
    "DescribeMediaStorageConfiguration": _NAME_OR_ARN,
    "GetSignalingChannelEndpoint": Structure(
        {
            "ChannelARN": RESOURCE_ARN,
            "SingleMasterChannelEndpointConfiguration": Structure(
                {
                    "Protocols": ListOf(String(enum=("WSS", "HTTPS", "WEBRTC")), 1, 5),
                    "Role": String(enum=("MASTER", "VIEWER")),
                }
            ),
        },
        frozenset({"ChannelARN"}),
    ),
    "ListSignalingChannels": Structure(
        {
            "MaxResults": Integer(1, 10_000),
            "NextToken": _NEXT_TOKEN,
            "ChannelNameCondition": Structure(
                {"ComparisonOperator": String(enum=("BEGINS_WITH",)), "ComparisonValue": CHANNEL_NAME}
            ),
        }
    ),
    "UpdateSignalingChannel": Structure(
        {
            "ChannelARN": RESOURCE_ARN,
            "CurrentVersion": _VERSION,
            "SingleMasterConfiguration": _SINGLE_MASTER_CONFIGURATION,
        },
        frozenset({"ChannelARN", "CurrentVersion"}),
    ),
    "DeleteSignalingChannel": Structure(
        {"ChannelARN": RESOURCE_ARN, "CurrentVersion": _VERSION}, frozenset({"ChannelARN"})
    ),
    "UpdateMediaStorageConfiguration": Structure(
        {
            "ChannelARN": RESOURCE_ARN,
            "MediaStorageConfiguration": Structure(
                {"StreamARN": RESOURCE_ARN, "Status": String(enum=("ENABLED", "DISABLED"))}, frozenset({"Status"})
            ),
        },
        frozenset({"ChannelARN", "MediaStorageConfiguration"}),
    ),
    "TagResource": Structure(
        {"ResourceARN": RESOURCE_ARN, "Tags": ListOf(_TAG, 1, 50)}, frozenset({"ResourceARN", "Tags"})
    ),
    "UntagResource": Structure(
        {"ResourceARN": RESOURCE_ARN, "TagKeyList": ListOf(_TAG_KEY, 1, 50)},
        frozenset({"ResourceARN", "TagKeyList"}),
    ),
    "ListTagsForResource": Structure(
        {"NextToken": _NEXT_TOKEN, "ResourceARN": RESOURCE_ARN}, frozenset({"ResourceARN"})
    ),
    "SendAlexaOfferToMaster": Structure(
        {
            "ChannelARN": DATA_PLANE_CHANNEL_ARN,
            "SenderClientId": CLIENT_ID,
            "MessagePayload": MESSAGE_PAYLOAD,
        },
        frozenset({"ChannelARN", "SenderClientId", "MessagePayload"}),
    ),
    "GetIceServerConfig": Structure(
        {
            "ChannelARN": DATA_PLANE_CHANNEL_ARN,
            "ClientId": CLIENT_ID,
            "Service": String(enum=("TURN",)),
            "Username": CLIENT_ID,
        },
        frozenset({"ChannelARN"}),
    ),
    # Documented in the developer guide only: a WebSocket has no service model.
    "ConnectAsMaster": Structure(
        {"ChannelARN": DATA_PLANE_CHANNEL_ARN, "ClientId": CLIENT_ID}, frozenset({"ChannelARN"})
    ),
    "ConnectAsViewer": Structure(
        {"ChannelARN": DATA_PLANE_CHANNEL_ARN, "ClientId": CONNECTING_CLIENT_ID},
        frozenset({"ChannelARN", "ClientId"}),
    ),
}
