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
