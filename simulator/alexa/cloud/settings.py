from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, kw_only=True)
class CloudSettings:
    """How Alexa's cloud is set up; ports of 0 are free ones.

    `client_id` and `client_secret`: those of the skill on the permissions page of the developer console. `rotates`:
    whether each refresh brings another refresh token, and ends the one that was used. `seed`: of the faults that happen
    by chance. `clock`: seconds since 1970.
    """

    host: str = "127.0.0.1"
    login_port: int = 0
    gateway_port: int = 0
    client_id: str = "amzn1.application-oa2-client.00000000000000000000000000000000"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    access_token_seconds: float = 3600.0
    code_seconds: float = 300.0
    rotates: bool = True
    seed: int = 0
    clock: Callable[[], float] = time.time
