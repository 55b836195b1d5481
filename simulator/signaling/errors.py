from typing import NamedTuple


class ErrorType(NamedTuple):
    """An error as the service model has it: `member` is the name of the message in the body."""

    name: str
    status: int
    member: str = "Message"


CLIENT_LIMIT_EXCEEDED = ErrorType("ClientLimitExceededException", 400)
INVALID_ARGUMENT = ErrorType("InvalidArgumentException", 400)
RESOURCE_NOT_FOUND = ErrorType("ResourceNotFoundException", 404)
NOT_AUTHORIZED = ErrorType("NotAuthorizedException", 401)
INVALID_CLIENT = ErrorType("InvalidClientException", 400, "message")
SESSION_EXPIRED = ErrorType("SessionExpiredException", 400, "message")

ACCESS_DENIED = ErrorType("AccessDeniedException", 401)
CONNECTION_DENIED = ErrorType("AccessDeniedException", 403)
ACCOUNT_CHANNEL_LIMIT_EXCEEDED = ErrorType("AccountChannelLimitExceededException", 400)
NO_DATA_RETENTION = ErrorType("NoDataRetentionException", 400)
RESOURCE_IN_USE = ErrorType("ResourceInUseException", 400)
TAGS_PER_RESOURCE_EXCEEDED_LIMIT = ErrorType("TagsPerResourceExceededLimitException", 400)
VERSION_MISMATCH = ErrorType("VersionMismatchException", 400)

# Not in the service models: AWS's front door, before the service itself.
INVALID_SIGNATURE = ErrorType("InvalidSignatureException", 403, "message")
SERIALIZATION = ErrorType("SerializationException", 400)


class ServiceError(Exception):
    """What the caller gets to see as an exception of the service."""

    def __init__(self, error_type: ErrorType, message: str) -> None:
        super().__init__(f"{error_type.name}: {message}")
        self.error_type = error_type
        self.message = message
