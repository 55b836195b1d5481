import pytest

from tests.support.cloudformation import data_stack


def test_registry_survives_mistakes_and_deletion_of_the_stack() -> None:
    registry = data_stack().resources["Registry"]
    assert registry["DeletionPolicy"] == registry["UpdateReplacePolicy"] == "Retain"
    assert registry["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_registry_has_a_stream_of_old_and_new_items() -> None:
    assert data_stack().properties("Registry")["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"


def test_activity_expires_and_has_no_stream() -> None:
    activity = data_stack().properties("Activity")
    assert activity["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert "StreamSpecification" not in activity


def test_activity_lists_sessions_by_start() -> None:
    (index,) = data_stack().properties("Activity")["LocalSecondaryIndexes"]
    assert index["IndexName"] == "by_start"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["pk", "started_at"]
    assert index["Projection"] == {"ProjectionType": "ALL"}


@pytest.mark.parametrize("name", ["Registry", "Activity"])
def test_table_is_encrypted_on_demand_and_has_the_keys_of_the_design(name: str) -> None:
    table = data_stack().properties(name)
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]] == [
        ("pk", "HASH"),
        ("sk", "RANGE"),
    ]


def test_grants_can_be_read_after_mistakes_and_deletion_of_the_stack() -> None:
    key = data_stack().resources["GrantKey"]
    assert key["DeletionPolicy"] == key["UpdateReplacePolicy"] == "Retain"
    assert key["Properties"]["EnableKeyRotation"] is True


def test_the_key_is_administered_by_the_account_and_used_by_roles_that_have_a_tag_for_it() -> None:
    statements = data_stack().properties("GrantKey")["KeyPolicy"]["Statement"]
    used = {statement["Sid"]: (statement["Action"], statement.get("Condition")) for statement in statements}
    administered, _ = used.pop("Administer")
    assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"} <= {*administered}
    uses = {"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:*"}
    assert uses.isdisjoint(administered)
    tag = "aws:PrincipalTag/camera-skill:grants"
    assert used == {
        "Encrypt": ("kms:Encrypt", {"StringEquals": {tag: ["encrypt", "decrypt"]}}),
        "Decrypt": ("kms:Decrypt", {"StringEquals": {tag: "decrypt"}}),
    }
    assert {str(statement["Principal"]) for statement in statements} == {str({"AWS": "arn:aws:iam::000000000000:root"})}


def test_the_secret_of_the_client_has_no_value_in_the_template() -> None:
    secret = data_stack().properties("AlexaClientSecret")
    assert secret.keys() == {"Description"}
