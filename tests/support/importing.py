"""Files of many cameras, and what a registry must hold of them."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.deployed_stack import PREFIX

EVERY = 10
"""Every so many cameras have a second owner. The number of users shares no factor with it, so that all get some."""


def many_cameras(count: int, users: int) -> tuple[str, set[tuple[str, str, str]]]:
    """A CSV file of so many cameras, of which some are shared, and the links that it asks for."""
    links = []
    for number in range(count):
        endpoint_id = f"{PREFIX}many-{number}"
        links.append((f"user-{number % users}", endpoint_id, f"Camera {number}"))
        if number % EVERY == 0:
            links.append((f"user-{(number + 1) % users}", endpoint_id, f"Shared {number}"))
    rows = [
        {"user": user, "endpoint_id": endpoint_id, "friendly_name": name, "serial_number": endpoint_id[-6:]}
        for user, endpoint_id, name in links
    ]
    return csv_of(rows), set(links)


def csv_of(rows: Iterable[Mapping[str, str]]) -> str:
    """The rows as CSV."""
    rows = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def links_in(items: Mapping[tuple[str, str], Mapping[str, Any]]) -> set[tuple[str, str, str]]:
    """User id, endpoint id and name of all links; each has its owner and its camera, and there is nothing else."""
    links, owners, cameras = set(), set(), set()
    for (pk, sk), item in items.items():
        match pk.split("#", 1), sk.split("#", 1):
            case ["USER", user], ["CAMERA", endpoint_id]:
                links.add((user, endpoint_id, item["friendly_name"]["S"]))
            case ["CAMERA", endpoint_id], ["OWNER", user]:
                owners.add((user, endpoint_id, item["friendly_name"]["S"]))
            case ["CAMERA", endpoint_id], ["CAMERA"]:
                assert f":channel/{endpoint_id}/" in item["channel_arn"]["S"]
                assert item["signaling_endpoint"]["S"]
                cameras.add(endpoint_id)
            case _:
                raise AssertionError(f"{pk} / {sk} has no business here")
    assert owners == links
    assert cameras == {endpoint_id for _, endpoint_id, _ in links}
    return links
