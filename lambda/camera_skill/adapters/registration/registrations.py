"""The registry table as the registry function writes it (docs/architecture.md, "Data").

Every change is a transaction: a camera, its links, its owners and its claims are there all of them or not at all.
"""

import time
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from camera_skill.adapters import items
from camera_skill.adapters.items import Item, Key
from camera_skill.adapters.registration import claims
from camera_skill.adapters.registration.aws_calls import mapped
from camera_skill.adapters.registration.batches import batch_get
from camera_skill.adapters.registration.requests import RequestTable
from camera_skill.adapters.registration.transactions import Transaction
from camera_skill.camera import Camera, CameraLink
from camera_skill.errors import RegistryError
from camera_skill.registration import Claim, End, Registered, RequestRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient

LOOKS = 4
"""At a camera, while a transaction is being made."""
LOOK_AGAIN_SECONDS = 0.1
OWNERS_AT_ONCE = 30
"""A transaction holds 100 writes: three for each owner, one for the camera, and one for the request."""


class RegistrationTable:
    """Cameras, links, owners and claims. What the Protocol `registration.Registrations` says, but for lists."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", registry_table: str, requests: RequestTable) -> None:
        """`requests` remembers what became of requests, within the same transactions."""
        self._client = client
        self._table = registry_table
        self._requests = requests

    def registered(self, endpoint_id: str) -> Registered | None:
        """By one Query, consistently read; by another while it shows a part of a transaction.

        A Query may see some writes of a transaction and not the others: docs.aws.amazon.com/amazondynamodb, "DynamoDB
        transactions: How it works". The camera's item counts its owners in the same transaction.
        """
        for number in range(LOOKS):
            if number:
                time.sleep(LOOK_AGAIN_SECONDS)
            found = self._query_camera(endpoint_id)
            owners = [items.owner_from_item(one) for sk, one in found.items() if sk.startswith("OWNER#")]
            item = found.get("CAMERA")
            if item is None or item.get("owners_count", {}).get("N", str(len(owners))) == str(len(owners)):
                break
        # What still differs then is damage, and no transaction.
        return _registered(endpoint_id, item, owners) if item or owners else None

    def _query_camera(self, endpoint_id: str) -> dict[str, Item]:
        with mapped("the look-up of a camera"):
            return {
                item["sk"]["S"]: item
                for page in self._paginated(
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": items.camera_key(endpoint_id)["pk"]},
                    ConsistentRead=True,
                )
                for item in page
            }

    def cameras(self, endpoint_ids: Collection[str]) -> Mapping[str, Camera | str]:
        """By BatchGetItem."""
        keys = [items.camera_key(endpoint_id) for endpoint_id in endpoint_ids]
        return dict(_camera_or_damage(item) for item in self._get(keys, "the look-up of cameras"))

    def links(self, user_id: str) -> list[CameraLink]:
        """By Query."""
        with mapped("the look-up of a user's cameras"):
            found = [
                _link(item) for page in self._paginated(**items.query_for(items.link_key(user_id, ""))) for item in page
            ]
        return sorted(found, key=lambda link: link.order)

    def links_to(self, owned: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], CameraLink]:
        """By BatchGetItem."""
        keys = [items.link_key(*names) for names in owned]
        links = [_link(item) for item in self._get(keys, "the look-up of users' cameras")]
        return {(link.user_id, link.endpoint_id): link for link in links}

    def named(self, names: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """By BatchGetItem."""
        wanted = defaultdict(list)
        for user_id, name in names:
            wanted[items.names(items.name_key(user_id, name))].append((user_id, name))
        found = self._get([items.key(*key) for key in wanted], "the look-up of names")
        return {each: item["endpoint_id"]["S"] for item in found for each in wanted[items.names(item)]}

    def holders(self, wanted: Iterable[Claim]) -> Mapping[Claim, str]:
        """By BatchGetItem."""
        return claims.holders(wanted, lambda keys: self._get(keys, "the look-up of claims"))

    def may_report(self, user_ids: Collection[str]) -> Mapping[str, bool]:
        """By BatchGetItem of the keys alone: nobody here may read a token."""
        keys = [items.grant_key(user_id) for user_id in user_ids]
        found = {item["pk"]["S"] for item in self._get(keys, "the look-up of grants", "pk")}
        return {user_id: items.grant_key(user_id)["pk"]["S"] in found for user_id in user_ids}

    def add(self, camera: Camera, link: CameraLink, natural_key: str, record: RequestRecord | None) -> Collection[str]:
        """By one transaction."""
        endpoint_id = camera.endpoint_id
        writes = self._transaction(record)
        item = {**items.camera_to_item(camera), "owners_count": {"N": "1"}}
        writes.put("camera", item, "attribute_not_exists(pk)")
        self._put_link(writes, link)
        claims.put(writes, camera)
        is_on = "endpoint_id = :id AND attribute_not_exists(given_up)"
        writes.delete("pending", items.pending_key(link.user_id, natural_key), is_on, id=endpoint_id)
        return self._run(writes)

    def change(self, before: Camera, after: Camera, record: RequestRecord | None) -> Collection[str]:
        """Leaves alone what others wrote of the camera meanwhile."""
        old, new = items.camera_to_item(before), items.camera_to_item(after)
        changed = {name: value for name, value in new.items() if value != old[name]}
        writes = self._transaction(record)
        key = items.camera_key(after.endpoint_id)
        writes.update("camera", key, changed, "attribute_exists(pk) AND attribute_not_exists(ending_at)")
        return self._run(writes)

    def rename(self, found: Registered, after: CameraLink, record: RequestRecord | None) -> Collection[str]:
        """By one transaction."""
        before = found.link_of(after.user_id) or after
        writes = self._transaction(record)
        self._touch_owners(writes, found, len(found.owners))
        writes.put("link", items.link_to_item(after))
        writes.put("owner", items.owner_to_item(after))
        old, new = (items.name_key(link.user_id, link.friendly_name) for link in (before, after))
        if new != old:
            writes.put("name", {**new, "endpoint_id": {"S": after.endpoint_id}}, "attribute_not_exists(pk)")
            self._delete_names(writes, [before])
        return self._run(writes)

    def link(self, found: Registered, link: CameraLink, record: RequestRecord | None) -> Collection[str]:
        """By one transaction."""
        writes = self._transaction(record)
        self._touch_owners(writes, found, len(found.owners) + 1)
        self._put_link(writes, link)
        return self._run(writes)

    def unlink(
        self, found: Registered, links: Collection[CameraLink], end: End | None, record: RequestRecord | None
    ) -> Collection[str]:
        """By one transaction for each 30 owners; the first says that the camera ends."""
        some, rest = list(links)[:OWNERS_AT_ONCE], list(links)[OWNERS_AT_ONCE:]
        left = len(found.owners) - len(some)
        writes = self._transaction(record)
        if found.camera or found.damage:
            self._touch_owners(writes, found, left, None if end is None else (end, links))
        self._delete_links(writes, some)
        if in_the_way := self._run(writes):
            return in_the_way
        while rest:  # of a camera that nobody can use any more
            some, rest = rest[:OWNERS_AT_ONCE], rest[OWNERS_AT_ONCE:]
            left -= len(some)
            writes = self._transaction(None)
            if found.camera or found.damage:
                count = {"owners_count": {"N": str(left)}}
                writes.update("camera", items.camera_key(found.endpoint_id), count, "attribute_exists(ending_at)")
            self._delete_links(writes, some)
            self._run(writes)  # what is in the way: another request removed it to the end
        return ()

    def forget(self, found: Registered) -> None:
        """By one transaction; by another one without the claims that are another camera's by now."""
        left = {claim.kind: claim for claim in found.claims}
        while True:
            writes = self._transaction(None)
            is_ending = "attribute_not_exists(pk) OR attribute_exists(ending_at)"
            writes.delete("camera", items.camera_key(found.endpoint_id), is_ending)
            is_own = "attribute_not_exists(pk) OR endpoint_id = :id"
            for kind, claim in left.items():
                writes.delete(kind, items.claim_key(*claim), is_own, id=found.endpoint_id)
            anothers = {*self._run(writes)} & {*left}
            if not anothers:
                return
            left = {kind: claim for kind, claim in left.items() if kind not in anothers}

    def _touch_owners(
        self, writes: Transaction, found: Registered, count: int, end: tuple[End, Collection[CameraLink]] | None = None
    ) -> None:
        """Another version of who has the camera, if it is still the one that was read and the camera goes on.

        `count`: how many have it then. `end`: that its removal begins, and whom it takes the camera from.
        """
        values: dict[str, Any] = {"owners_version": {"S": uuid.uuid4().hex}, "owners_count": {"N": str(count)}}
        if end and not found.is_ending:
            how, links = end
            values |= {
                "ending_at": items.number(time.time()),
                "keeps_channel": {"BOOL": how.keeps_channel},
                "leaving": items.links_attribute(links),
            }
        is_same = "owners_version = :version" if found.version else "attribute_not_exists(owners_version)"
        goes_on = "" if found.is_ending else " AND attribute_not_exists(ending_at)"
        key = items.camera_key(found.endpoint_id)
        version = {"version": found.version} if found.version else {}
        writes.update("camera", key, values, f"attribute_exists(pk) AND {is_same}{goes_on}", **version)

    def _put_link(self, writes: Transaction, link: CameraLink) -> None:
        name = {**items.name_key(link.user_id, link.friendly_name), "endpoint_id": {"S": link.endpoint_id}}
        writes.put("link", items.link_to_item(link))
        writes.put("owner", items.owner_to_item(replace(link, since=time.time())))
        writes.put("name", name, "attribute_not_exists(pk)")

    def _delete_links(self, writes: Transaction, links: Collection[CameraLink]) -> None:
        for number, link in enumerate(links):
            writes.delete(f"link {number}", items.link_key(link.user_id, link.endpoint_id))
            writes.delete(f"owner {number}", items.owner_key(link.endpoint_id, link.user_id))
        self._delete_names(writes, links)

    def _delete_names(self, writes: Transaction, links: Collection[CameraLink]) -> None:
        """Links from before names were kept have none, or another camera has it."""
        keys = {items.names(items.name_key(link.user_id, link.friendly_name)): link for link in links}
        for item in self._get([items.key(*names) for names in keys], "the look-up of names"):
            names = items.names(item)
            if item["endpoint_id"]["S"] == keys[names].endpoint_id:
                label = f"name {' '.join(names)}"
                writes.delete(label, items.key(*names), "endpoint_id = :id", id=keys[names].endpoint_id)

    def _transaction(self, record: RequestRecord | None) -> Transaction:
        writes = Transaction(self._table)
        if record is not None:
            self._requests.add_to(writes, record)
        return writes

    def _run(self, writes: Transaction) -> Collection[str]:
        with mapped("a change of the registry"):
            return writes.run(self._client.get())

    def _get(self, keys: list[Key], what: str, projection: str = "") -> Iterator[Item]:
        return batch_get(self._client, self._table, keys, what, projection)

    def _paginated(self, **request: Any) -> Iterator[Sequence[Item]]:  # noqa: ANN401 - boto3's
        paginator = self._client.get().get_paginator("query")
        for page in paginator.paginate(TableName=self._table, **request):
            yield page["Items"]


def _registered(endpoint_id: str, item: Item | None, owners: Collection[CameraLink]) -> Registered:
    if item is None:
        return Registered(endpoint_id, None, "", tuple(owners))
    _, read = _camera_or_damage(item)
    return Registered(
        endpoint_id,
        camera=read if isinstance(read, Camera) else None,
        damage=read if isinstance(read, str) else "",
        owners=tuple(sorted(owners, key=lambda link: link.user_id)),
        claims=claims.of_item(item),
        version=item.get("owners_version", {}).get("S", ""),
        is_ending=items.is_ending(item),
        keeps_channel=item.get("keeps_channel") == {"BOOL": True},
        leaving=tuple(items.links_of_attribute(item.get("leaving"))),
    )


def _camera_or_damage(item: Item) -> tuple[str, Camera | str]:
    endpoint_id = item["pk"]["S"].removeprefix("CAMERA#")
    try:
        return endpoint_id, items.camera_from_item(item)
    except RegistryError as error:
        return endpoint_id, str(error)


def _link(item: Item) -> CameraLink:
    try:
        return items.link_from_item(item)
    except RegistryError:  # what is damaged must have a name by which it can be removed
        endpoint_id = item["sk"]["S"].removeprefix("CAMERA#")
        return CameraLink(item["pk"]["S"].removeprefix("USER#"), endpoint_id, endpoint_id)
