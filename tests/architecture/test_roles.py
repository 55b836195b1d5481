"""What each function may do, by its role: what it does and no more."""

import json
from typing import Any

import pytest

from tests.support.cloudformation import Template, as_list

REGISTRY, ACTIVITY = "${Data.Outputs.RegistryTableArn}", "${Data.Outputs.ActivityTableArn}"
KEY, SECRET = "${Data.Outputs.GrantKeyArn}", "${Data.Outputs.AlexaClientSecretArn}"
QUEUE = "${CameraEvents.Outputs.%sQueueArn}"
CHANNELS = "arn:aws:kinesisvideo:*:000000000000:channel/front-*/*"
GRANT = ["pk", "sk", "access_token", "refresh_token", "token_expires_at", "gateway_region", "version"]
OWN_CHANNELS = "arn:aws:kinesisvideo:us-east-1:000000000000:channel/front-*/*"
THINGS = "arn:aws:iot:us-east-1:000000000000:thing/front-*"
REPORTING = ["SmartHomeRole", "CameraEventsRole", "CameraChangesRole"]
ROLES = [*REPORTING, "RegistryRole"]
WITHOUT_RESOURCES = {
    "cloudwatch:GetMetricStatistics",
    *(f"iot:{action}" for action in ("DetachThingPrincipal", "ListPrincipalThings", "ListThingPrincipals")),
}
"""Actions for which AWS knows no resources (Service Authorization Reference), so that a role can name none."""
EXISTING = {"ExistingChannelNames": "SN*,gate", "ExistingThingNames": "door-*"}


def statements(role: str, **parameters: str) -> list[dict[str, Any]]:
    """Those of the role and of the policies that it shares with others."""
    template = Template("template.yaml", **parameters)
    properties = template.properties(role)
    shared = [name.strip("${}") for name in properties.get("ManagedPolicyArns", [])]
    documents = [policy["PolicyDocument"] for policy in properties["Policies"]]
    documents += [template.properties(name)["PolicyDocument"] for name in shared]
    return [statement for document in documents for statement in document["Statement"]]


def allowed(role: str, **parameters: str) -> set[tuple[str, str]]:
    return {
        (action, resource)
        for statement in statements(role, ChannelNamePrefix="front-", **parameters)
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def conditions(role: str, action: str, resource: str) -> list[Any]:
    """Under which conditions the role may act so."""
    return [
        statement.get("Condition")
        for statement in statements(role)
        if action in as_list(statement["Action"]) and resource in as_list(statement["Resource"])
    ]


def of_items(*keys: str) -> dict[str, Any]:
    return {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [*keys]}}


def attributes(*names: str) -> dict[str, Any]:
    return {"ForAllValues:StringEquals": {"dynamodb:Attributes": [*names]}}


UNREAD = {"StringEqualsIfExists": {"dynamodb:ReturnValues": "NONE"}}
OF_A_USER = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["user_id"]}}
REPORTS = {
    ("dynamodb:GetItem", REGISTRY),
    ("dynamodb:PutItem", REGISTRY),
    ("dynamodb:DeleteItem", REGISTRY),
    ("dynamodb:BatchGetItem", REGISTRY),
    ("dynamodb:PutItem", ACTIVITY),
    ("dynamodb:DeleteItem", ACTIVITY),
    ("kms:Encrypt", KEY),
    ("kms:Decrypt", KEY),
    ("secretsmanager:GetSecretValue", SECRET),
    ("sqs:SendMessage", QUEUE % "Report"),
    ("sqs:SendMessage", QUEUE % "Undelivered"),
}


def logs(group: str) -> set[tuple[str, str]]:
    return {(f"logs:{action}", f"${{{group}.Arn}}") for action in ("CreateLogStream", "PutLogEvents")}


def test_smart_home_may_do_what_it_does_and_no_more() -> None:
    assert allowed("SmartHomeRole") == {
        ("dynamodb:BatchGetItem", REGISTRY),
        ("dynamodb:BatchGetItem", ACTIVITY),
        ("dynamodb:Query", REGISTRY),
        ("dynamodb:Query", f"{ACTIVITY}/index/by_start"),
        ("dynamodb:UpdateItem", REGISTRY),
        ("dynamodb:UpdateItem", ACTIVITY),
        ("dynamodb:PutItem", REGISTRY),
        ("kms:Encrypt", KEY),
        ("secretsmanager:GetSecretValue", SECRET),
        ("kinesisvideo:SendAlexaOfferToMaster", CHANNELS),
        ("kinesisvideo:GetIceServerConfig", CHANNELS),
        ("kinesisvideo:GetSignalingChannelEndpoint", CHANNELS),
        *logs("SmartHomeLogGroup"),
    }


def test_camera_events_may_do_what_it_does_and_no_more() -> None:
    queues = {
        (f"sqs:{action}", QUEUE % queue)
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
        for queue in ("CameraEvents", "Presence", "Report")
    }
    assert allowed("CameraEventsRole") == REPORTS | queues | logs("CameraEventsLogGroup") | {
        ("dynamodb:GetItem", REGISTRY),
        ("dynamodb:Query", REGISTRY),
        ("dynamodb:UpdateItem", REGISTRY),
        ("dynamodb:GetItem", ACTIVITY),
        ("dynamodb:UpdateItem", ACTIVITY),
    }


def test_camera_changes_may_do_what_it_does_and_no_more() -> None:
    stream = "${Data.Outputs.RegistryStreamArn}"
    assert allowed("CameraChangesRole") == REPORTS | logs("CameraChangesLogGroup") | {
        ("dynamodb:DescribeStream", stream),
        ("dynamodb:GetRecords", stream),
        ("dynamodb:GetShardIterator", stream),
        ("dynamodb:ListStreams", f"{REGISTRY}/stream/*"),
        ("dynamodb:Query", REGISTRY),
    }


def on_dynamodb(*actions: str, table: str) -> set[tuple[str, str]]:
    return {(f"dynamodb:{action}", table) for action in actions}


def test_registry_may_do_what_it_does_and_no_more() -> None:
    tables = ("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
    looks = {
        f"kinesisvideo:{action}"
        for action in (
            *("DescribeMediaStorageConfiguration", "DescribeSignalingChannel", "GetSignalingChannelEndpoint"),
            "ListTagsForResource",
        )
    }
    expected = {
        *on_dynamodb(*tables, "ConditionCheckItem", table=REGISTRY),
        *on_dynamodb(*tables, table=ACTIVITY),
        ("dynamodb:Query", f"{ACTIVITY}/index/by_start"),
        ("kinesisvideo:CreateSignalingChannel", OWN_CHANNELS),
        ("kinesisvideo:TagResource", OWN_CHANNELS),
        *((f"kinesisvideo:{action}SignalingChannel", OWN_CHANNELS) for action in ("Delete", "Update")),
        ("kinesisvideo:UntagResource", OWN_CHANNELS),
        *((action, CHANNELS) for action in looks),
        *((f"iot:{action}Thing", THINGS) for action in ("Create", "Delete", "Describe", "Update")),
        ("iot:UpdateCertificate", "arn:aws:iot:us-east-1:000000000000:cert/*"),
        *((action, "*") for action in WITHOUT_RESOURCES),
        *logs("RegistryLogGroup"),
    }
    assert allowed("RegistryRole") == expected
    channels = [f"arn:aws:kinesisvideo:*:000000000000:channel/{name}/*" for name in ("SN*", "gate", "-")]
    things = [f"arn:aws:iot:us-east-1:000000000000:thing/{name}" for name in ("door-*", "-")]
    more = {(action, channel) for action in looks for channel in channels}
    more |= {("iot:DescribeThing", thing) for thing in things}
    assert allowed("RegistryRole", **EXISTING) == expected | more


def test_registry_changes_and_deletes_only_channels_that_the_stack_created() -> None:
    marked = {"StringEquals": {"aws:ResourceTag/camera-skill:stack": "camera-skill"}}
    for action in ("DeleteSignalingChannel", "UpdateSignalingChannel", "UntagResource"):
        (found,) = (
            statement["Condition"] for statement in statements("RegistryRole") if action in str(statement["Action"])
        )
        assert found == marked
    (made,) = (one["Condition"] for one in statements("RegistryRole") if "CreateSignaling" in str(one["Action"]))
    assert made == {"StringEquals": {"aws:RequestTag/camera-skill:stack": "camera-skill"}}


def test_smart_home_offers_to_channels_that_exist_only_when_they_are_named() -> None:
    channels = [f"arn:aws:kinesisvideo:*:000000000000:channel/{name}/*" for name in ("SN*", "gate", "-")]
    actions = ("SendAlexaOfferToMaster", "GetIceServerConfig", "GetSignalingChannelEndpoint")
    more = {(f"kinesisvideo:{action}", channel) for action in actions for channel in channels}
    assert allowed("SmartHomeRole", **EXISTING) - allowed("SmartHomeRole") == more


def operator_policy(**parameters: str) -> list[dict[str, Any]]:
    properties = Template("template.yaml", **parameters).properties("OperatorPolicy")
    found: list[dict[str, Any]] = properties["PolicyDocument"]["Statement"]
    return found


@pytest.mark.parametrize("account_server", ["cognito", "oidc"])
def test_operators_change_cameras_by_the_registry_function_and_read_no_table_and_no_secret(account_server: str) -> None:
    policy = operator_policy(AccountServer=account_server, **EXISTING)
    actions = {action for statement in policy for action in as_list(statement["Action"])}
    services = {action.partition(":")[0] for action in actions}
    expected = {"cloudformation", "lambda", "logs", "iot", "sqs", "cognito-idp"}
    assert services == expected - (set() if account_server == "cognito" else {"cognito-idp"})
    assert not any("*" in action for action in actions)
    assert all(statement["Effect"] == "Allow" and statement["Resource"] != "*" for statement in policy)
    (invoked,) = (one["Resource"] for one in policy if one["Action"] == "lambda:InvokeFunction")
    assert invoked == ["${RegistryFunction.Arn}", "${SmartHomeFunction.Alias}"]


def test_smart_home_may_write_to_items_of_cameras_and_grants_and_not_to_whose_cameras_are() -> None:
    cameras, users = of_items("CAMERA#*"), of_items("USER#*")
    assert conditions("SmartHomeRole", "dynamodb:UpdateItem", REGISTRY) == [
        {**cameras, **attributes("pk", "sk", "signaling_endpoint"), **UNREAD}
    ]
    assert conditions("SmartHomeRole", "dynamodb:UpdateItem", ACTIVITY) == [cameras]
    assert conditions("SmartHomeRole", "dynamodb:PutItem", REGISTRY) == [{**users, **attributes(*GRANT), **UNREAD}]


def test_smart_home_may_list_what_users_have_and_sessions_of_cameras_and_not_who_has_a_camera() -> None:
    assert conditions("SmartHomeRole", "dynamodb:Query", REGISTRY) == [of_items("USER#*")]
    assert conditions("SmartHomeRole", "dynamodb:Query", f"{ACTIVITY}/index/by_start") == [of_items("CAMERA#*")]


@pytest.mark.parametrize("role", ["CameraEventsRole", "CameraChangesRole"])
def test_who_reports_may_write_grants_and_leases_and_read_cameras(role: str) -> None:
    for action in ("dynamodb:PutItem", "dynamodb:DeleteItem"):
        assert conditions(role, action, REGISTRY) == [{**of_items("USER#*"), **attributes(*GRANT)}]
        assert of_items("LEASE#*") in conditions(role, action, ACTIVITY)
    assert conditions(role, "dynamodb:BatchGetItem", REGISTRY) == [of_items("CAMERA#*", "USER#*")]
    assert conditions(role, "dynamodb:Query", REGISTRY) == [of_items("CAMERA#*")]


def test_camera_events_may_keep_states_of_cameras_their_firmware_and_what_was_reported() -> None:
    role, cameras = "CameraEventsRole", of_items("CAMERA#*")
    firmware = {**cameras, **attributes("pk", "sk", "firmware_version"), **UNREAD}
    assert conditions(role, "dynamodb:UpdateItem", REGISTRY) == [firmware]
    assert conditions(role, "dynamodb:UpdateItem", ACTIVITY) == [cameras, of_items("EVENT#*")]
    assert of_items("THING#*") in conditions(role, "dynamodb:GetItem", REGISTRY)
    assert conditions(role, "dynamodb:DeleteItem", ACTIVITY) == [of_items("EVENT#*"), of_items("LEASE#*")]


def test_only_who_reports_may_decrypt_grants() -> None:
    template = Template("template.yaml")
    assert "Tags" not in template.properties("RegistryRole")
    tags = {role: {tag["Key"]: tag["Value"] for tag in template.properties(role)["Tags"]} for role in REPORTING}
    assert {role: found["camera-skill:grants"] for role, found in tags.items()} == {
        "SmartHomeRole": "encrypt",
        "CameraEventsRole": "decrypt",
        "CameraChangesRole": "decrypt",
    }
    for role in REPORTING:
        may = [OF_A_USER] if role != "SmartHomeRole" else []
        assert conditions(role, "kms:Decrypt", KEY) == may
        assert conditions(role, "kms:Encrypt", KEY) == [OF_A_USER]


@pytest.mark.parametrize("role", ROLES)
def test_role_names_what_it_may_do_and_to_what(role: str) -> None:
    assert all(statement["Effect"] == "Allow" for statement in statements(role))
    assert all("*" not in action for action, _ in allowed(role))
    assert {action for action, resource in allowed(role) if resource == "*"} <= WITHOUT_RESOURCES
    assert Template("template.yaml").properties(role).keys() <= {
        *("AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns", "Tags")
    }


@pytest.mark.parametrize("role", ROLES)
def test_role_is_for_lambda_and_the_functions_only_one(role: str) -> None:
    template = Template("template.yaml")
    (statement,) = template.properties(role)["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    function = template.properties(role.replace("Role", "Function"))
    assert function["Role"] == f"${{{role}.Arn}}"
    assert function.keys().isdisjoint({"Policies", "Tracing"})


def test_no_template_gives_anybody_everything() -> None:
    for path in ("template.yaml", "infrastructure/camera-events.yaml"):
        written = json.dumps(Template(path, **NEEDED.get(path, {})).resources)
        assert written.count('"Resource": "*"') == (path == "template.yaml")  # the registry's: WITHOUT_RESOURCES
        assert "arn:aws:iam::aws:policy" not in written


NEEDED = {"infrastructure/camera-events.yaml": {"ThingNames": "^front-", "PresenceGraceSeconds": "10"}}
