"""What the functions' roles allow on Kinesis Video Streams, which the local AWS does not have.

The local AWS itself holds everybody to their roles on all else.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from simulator.credentials import Credentials, function_credentials

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from simulator.local_aws import LocalAws

Statement = dict[str, Any]
_OF_A_FUNCTION = "ASIA"
_PAUSE_SECONDS = 1.0


class FunctionRoles(Mapping[str, str]):
    """The credentials of the functions of a local AWS, secrets by access key id, and what the functions may do.

    It knows of no function until it has an AWS to look at. It looks again when an unknown function comes.
    """

    def __init__(self, account: Credentials, statements: Mapping[str, list[Statement]] | None = None) -> None:
        """`account`: its own key. `statements`: of functions, by the ids of their keys."""
        self._account = account
        self._secrets = {account.access_key_id: account.secret_access_key}
        self._statements = dict(statements or {})
        self._aws: LocalAws | None = None
        self._looked_at = -_PAUSE_SECONDS

    def __getitem__(self, access_key_id: str) -> str:
        """The secret of a key. Raises: KeyError."""
        is_new = access_key_id not in self._secrets and access_key_id.startswith(_OF_A_FUNCTION)
        if is_new and self._aws is not None and time.monotonic() - self._looked_at > _PAUSE_SECONDS:
            self.look(self._aws)
        return self._secrets[access_key_id]

    def __iter__(self) -> Iterator[str]:
        """The keys."""
        return iter(self._secrets)

    def __len__(self) -> int:
        """How many keys it knows."""
        return len(self._secrets)

    def look(self, aws: LocalAws) -> None:
        """Reads which functions there are, and their roles' policies."""
        self._aws, self._looked_at = aws, time.monotonic()
        session = aws.session()
        functions = session.client("lambda", endpoint_url=aws.url)
        iam = session.client("iam", endpoint_url=aws.url)
        for page in functions.get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                arn, role = function["FunctionArn"], function["Role"]
                statements = list(_statements_of(iam, role.rpartition("/")[2]))
                aliases = functions.list_aliases(FunctionName=arn)["Aliases"]
                for invoked in (arn, *(alias["AliasArn"] for alias in aliases)):
                    key = function_credentials(self._account, invoked, role)
                    self._secrets[key.access_key_id] = key.secret_access_key
                    self._statements[key.access_key_id] = statements

    async def allows(self, access_key_id: str, action: str, resource: str, tags: Mapping[str, str]) -> bool:
        """Whether who has this key may do so. Who is no function is the account itself, which may do everything."""
        statements = self._statements.get(access_key_id)
        return statements is None or any(_matches(one, action, resource, tags) for one in statements)


def _statements_of(iam: IAMClient, role: str) -> Iterator[Statement]:
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document: Any = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        yield from document["Statement"]
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = policy["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        yield from document["Statement"]


def _matches(statement: Statement, action: str, resource: str, tags: Mapping[str, str]) -> bool:
    """Whether the statement allows it. What it asks beside StringEquals of tags counts as not fulfilled."""
    conditions = dict(statement.get("Condition", {}))
    wanted: Mapping[str, str] = conditions.pop("StringEquals", {})
    return (
        statement["Effect"] == "Allow"
        and not conditions
        and any(fnmatchcase(action, one) for one in _listed(statement["Action"]))
        and any(fnmatchcase(resource, one) for one in _listed(statement["Resource"]))
        and all(tags.get(key) == value for key, value in wanted.items())
    )


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]
