"""What may be wrong with a reply that botocore reads."""

import re

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

MALFORMED = (ResponseParserError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What botocore's parser raises at a reply that is not of the form that its service model says."""
_CODE = re.compile(r"[A-Za-z0-9_.]{1,64}", re.ASCII)


def code_of(error: ClientError) -> str:
    """The error's code, fit to be logged and sent on; empty if it is none: a reply may claim anything to be one."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code if _CODE.fullmatch(code) else ""
