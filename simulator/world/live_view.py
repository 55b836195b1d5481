"""The simulated Echo Show of a customer, which opens the live view of a doorbell that rings, by itself."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any

from simulator.alexa.cloud import SkillFailedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simulator.alexa.cloud import Customer
    from simulator.echo_show import Showing

_FRAMES = 5
_SECONDS = 15.0


class LiveViews:
    """`invoke`: the skill. `name_in_picture`: what a camera's picture says, by endpoint id."""

    def __init__(
        self,
        invoke: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]],
        name_in_picture: Callable[[str], str | None],
    ) -> None:
        self._invoke = invoke
        self._name_in_picture = name_in_picture

    async def show(self, customer: Customer, endpoint_id: str) -> dict[str, Any]:
        """Opens the live view for a few frames: {"state", "said"} and, where it was shown, how long each step took."""
        # Loads for a second, which nothing else is to wait for: neither the world's start nor an announcement.
        await asyncio.to_thread(importlib.import_module, "simulator.echo_show")
        from simulator.echo_show import EchoShow, EchoShowError  # noqa: PLC0415 - the same

        name = customer.name_of(endpoint_id)
        echo_show = EchoShow(self._invoke, customer.access_token)
        try:
            showing = await echo_show.show(
                endpoint_id, _FRAMES, _SECONDS, camera_name=self._name_in_picture(endpoint_id) or name
            )
        except (EchoShowError, SkillFailedError) as error:
            return {"state": "failed", "said": f"cannot show {name}: {error}"}
        return _shown(name, showing)


def _shown(name: str, showing: Showing) -> dict[str, Any]:
    timeline = showing.timeline
    return {
        "state": "shown",
        "said": f"shows {name}: first frame after {timeline.first_frame:.0f} ms",
        "answer_ms": round(timeline.answer),
        "ice_connected_ms": round(timeline.ice_connected),
        "first_frame_ms": round(timeline.first_frame),
        "frames": len(showing.frames),
    }
