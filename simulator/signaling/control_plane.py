import base64
import binascii
from collections.abc import Callable
from typing import NamedTuple

from simulator.signaling.calls import Parameters
from simulator.signaling.channel import Channel
from simulator.signaling.channels import Channels, new_version
from simulator.signaling.errors import (
    INVALID_ARGUMENT,
    TAGS_PER_RESOURCE_EXCEEDED_LIMIT,
    VERSION_MISMATCH,
    ServiceError,
)

ControlPlaneOperation = Callable[[Parameters], object]
DEFAULT_MESSAGE_TTL_SECONDS = 60
_MOST_TAGS = 50


class ResourceEndpoints(NamedTuple):
    """The URLs that GetSignalingChannelEndpoint gives out."""

    https: str
    wss_master: str
    wss_viewer: str


class ControlPlane:
    """The operations on channels. `operations` maps each one's path to its name and its implementation."""

    def __init__(self, channels: Channels, endpoints: Callable[[], ResourceEndpoints]) -> None:
        self._channels = channels
        self._endpoints = endpoints
        self.operations: dict[str, tuple[str, ControlPlaneOperation]] = {
            "/createSignalingChannel": ("CreateSignalingChannel", self._create),
            "/describeSignalingChannel": ("DescribeSignalingChannel", self._describe),
            "/listSignalingChannels": ("ListSignalingChannels", self._list),
            "/updateSignalingChannel": ("UpdateSignalingChannel", self._update),
            "/deleteSignalingChannel": ("DeleteSignalingChannel", self._delete),
            "/getSignalingChannelEndpoint": ("GetSignalingChannelEndpoint", self._get_endpoint),
            "/describeMediaStorageConfiguration": ("DescribeMediaStorageConfiguration", self._media_storage),
            "/updateMediaStorageConfiguration": ("UpdateMediaStorageConfiguration", self._update_media_storage),
            "/TagResource": ("TagResource", self._tag),
            "/UntagResource": ("UntagResource", self._untag),
            "/ListTagsForResource": ("ListTagsForResource", self._list_tags),
        }

    def _create(self, parameters: Parameters) -> object:
        if parameters.get("ChannelType", "SINGLE_MASTER") != "SINGLE_MASTER":
            raise ServiceError(INVALID_ARGUMENT, "Only SINGLE_MASTER is supported.")
        configuration = parameters.get("SingleMasterConfiguration", {})
        tags = {tag["Key"]: tag["Value"] for tag in parameters.get("Tags", [])}
        ttl = configuration.get("MessageTtlSeconds") or DEFAULT_MESSAGE_TTL_SECONDS
        return {"ChannelARN": self._channels.create(parameters["ChannelName"], ttl, tags).arn}

    def _describe(self, parameters: Parameters) -> object:
        return {"ChannelInfo": self._info(self._named(parameters))}

    def _list(self, parameters: Parameters) -> object:
        prefix = parameters.get("ChannelNameCondition", {}).get("ComparisonValue") or ""
        after = _read_token(parameters.get("NextToken", ""))
        size = parameters.get("MaxResults", 500)
        found = sorted(
            (channel for channel in self._channels if channel.name.startswith(prefix) and channel.name > after),
            key=lambda channel: channel.name,
        )
        page: Parameters = {"ChannelInfoList": [self._info(channel) for channel in found[:size]]}
        if len(found) > size:
            page["NextToken"] = base64.b64encode(found[size - 1].name.encode()).decode()
        return page

    def _update(self, parameters: Parameters) -> object:
        channel = self._channels.get(arn=parameters["ChannelARN"])
        ttl = parameters.get("SingleMasterConfiguration", {}).get("MessageTtlSeconds")
        if ttl is None:
            raise ServiceError(INVALID_ARGUMENT, "MessageTtlSeconds is required for a SINGLE_MASTER channel.")
        _check_version(channel, parameters["CurrentVersion"])
        self._channels.check_active(channel)
        channel.message_ttl_seconds = ttl
        channel.version = new_version()
        self._channels.begin(channel, "UPDATING")
        return {}

    def _delete(self, parameters: Parameters) -> object:
        channel = self._channels.get(arn=parameters["ChannelARN"])
        _check_version(channel, parameters.get("CurrentVersion", channel.version))
        self._channels.check_active(channel)
        self._channels.begin(channel, "DELETING")
        channel.end()
        return {}

    def _get_endpoint(self, parameters: Parameters) -> object:
        channel = self._channels.get(arn=parameters["ChannelARN"])
        configuration = parameters.get("SingleMasterChannelEndpointConfiguration", {})
        protocols = configuration.get("Protocols") or ["WSS", "HTTPS"]
        if "WEBRTC" in protocols:
            raise ServiceError(INVALID_ARGUMENT, "The channel is not configured for ingestion.")
        self._channels.check_active(channel)
        urls = self._endpoints()
        wss = urls.wss_viewer if configuration.get("Role") == "VIEWER" else urls.wss_master
        by_protocol = {"HTTPS": urls.https, "WSS": wss}
        return {
            "ResourceEndpointList": [
                {"Protocol": protocol, "ResourceEndpoint": by_protocol[protocol]}
                for protocol in dict.fromkeys(protocols)
            ]
        }

    def _media_storage(self, parameters: Parameters) -> object:
        stream = self._named(parameters).stores_media_in
        return {
            "MediaStorageConfiguration": {"Status": "ENABLED" if stream else "DISABLED", "StreamARN": stream or None}
        }

    def _update_media_storage(self, parameters: Parameters) -> object:
        channel = self._channels.get(arn=parameters["ChannelARN"])
        self._channels.check_active(channel)
        configuration = parameters["MediaStorageConfiguration"]
        is_enabled = configuration["Status"] == "ENABLED"
        if is_enabled != bool(configuration.get("StreamARN")):
            raise ServiceError(INVALID_ARGUMENT, "StreamARN is given if Status is ENABLED, and only then.")
        channel.stores_media_in = configuration["StreamARN"] if is_enabled else ""
        self._channels.begin(channel, "UPDATING")
        return {}

    def _tag(self, parameters: Parameters) -> object:
        channel = self._channels.get(arn=parameters["ResourceARN"])
        tags = channel.tags | {tag["Key"]: tag["Value"] for tag in parameters["Tags"]}
        if len(tags) > _MOST_TAGS:
            raise ServiceError(TAGS_PER_RESOURCE_EXCEEDED_LIMIT, f"A resource has at most {_MOST_TAGS} tags.")
        channel.tags = tags
        return {}

    def _untag(self, parameters: Parameters) -> object:
        channel = self._channels.get(arn=parameters["ResourceARN"])
        channel.tags = {key: value for key, value in channel.tags.items() if key not in parameters["TagKeyList"]}
        return {}

    def _list_tags(self, parameters: Parameters) -> object:
        channel = self._channels.get(arn=parameters["ResourceARN"])
        if parameters.get("NextToken"):  # all tags are on the first page
            raise _invalid_token()
        return {"Tags": channel.tags}

    def _named(self, parameters: Parameters) -> Channel:
        if not parameters.keys() & {"ChannelARN", "ChannelName"}:
            raise ServiceError(INVALID_ARGUMENT, "Either ChannelARN or ChannelName must be given.")
        return self._channels.get(arn=parameters.get("ChannelARN", ""), name=parameters.get("ChannelName", ""))

    def _info(self, channel: Channel) -> object:
        return {
            "ChannelName": channel.name,
            "ChannelARN": channel.arn,
            "ChannelType": "SINGLE_MASTER",
            "ChannelStatus": self._channels.status(channel),
            "CreationTime": channel.creation_time,
            "SingleMasterConfiguration": {"MessageTtlSeconds": channel.message_ttl_seconds},
            "Version": channel.version,
        }


def _check_version(channel: Channel, version: str) -> None:
    if version != channel.version:
        raise ServiceError(VERSION_MISMATCH, f"The version {version} of {channel.name} is not the latest.")


def _read_token(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _invalid_token() from error


def _invalid_token() -> ServiceError:
    return ServiceError(INVALID_ARGUMENT, "The NextToken is not one of this service.")
