"""Files of many cameras, and what a registry must hold of them."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.registry_function import PREFIX

EVERY = 10
"""Every so many cameras have a second owner. The number of users shares no factor with it, so that all get some."""
Links = set[tuple[str, str, str]]
"""User id, external id of the camera, and name."""


def many_cameras(count: int, users: int) -> tuple[str, Links]:
    """A CSV file of so many cameras, of which some are shared, and the links that it asks for."""
    links = []
    for number in range(count):
        links.append((f"user-{number % users}", f"SN{number}", f"Camera {number}"))
        if number % EVERY == 0:
            links.append((f"user-{(number + 1) % users}", f"SN{number}", f"Shared {number}"))
    rows = [
        {
            "user": user,
            "external_id": name,
            "friendly_name": friendly_name,
            "share": "yes" if friendly_name.startswith("Shared") else "",
            "serial_number": name,
        }
        for user, name, friendly_name in links
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


def links_in(items: Mapping[tuple[str, str], Mapping[str, Any]]) -> Links:
    """User id, external id and name of all links; each has its owner, its camera and all claims.

    Nothing else is there but what was begun and not finished.
    """
    links, owners, cameras, names = {}, set(), {}, set()
    claims: dict[str, str] = {}
    for (pk, sk), item in items.items():
        match pk.split("#", 1), sk.split("#", 1):
            case ["USER", user], ["CAMERA", endpoint_id]:
                links[user, endpoint_id] = item["friendly_name"]["S"]
            case ["USER", user], ["NAME", _]:
                names.add((user, item["endpoint_id"]["S"]))
            case ["CAMERA", endpoint_id], ["OWNER", user]:
                owners.add((user, endpoint_id))
            case ["CAMERA", endpoint_id], ["CAMERA"]:
                assert f":channel/{PREFIX}{endpoint_id}/" in item["channel_arn"]["S"]
                assert item["signaling_endpoint"]["S"]
                cameras[endpoint_id] = item
            case [_, value], ["CLAIM"]:
                claims[value] = item["endpoint_id"]["S"]
            case ["USER", _], ["PENDING", _]:
                pass
            case _:
                raise AssertionError(f"{pk} / {sk} has no business here")
    assert owners == links.keys() == names
    assert {endpoint_id for _, endpoint_id in links} == cameras.keys()
    attributes = ("channel_arn", "thing_name", "external_id")
    assert claims == {item[name]["S"]: endpoint_id for endpoint_id, item in cameras.items() for name in attributes}
    found = {(user, cameras[endpoint_id]["external_id"]["S"], name) for (user, endpoint_id), name in links.items()}
    assert len(found) == len(links)
    return found


def begun_in(items: Mapping[tuple[str, str], object]) -> int:
    """How many cameras were begun and not finished."""
    return sum(sk.startswith("PENDING#") for _, sk in items)
