"""The way from AWS IoT to the functions: rules, queues, the policy of cameras; and what invokes the functions."""

from typing import Any

import pytest

from camera_skill.camera_event import Kind
from tests.support.cloudformation import Template, camera_events_stack

QUEUES = ["CameraEventsQueue", "PresenceQueue", "ReportQueue"]
RULES = {
    "CameraEventsRule": ("cameras/+/events/+", "topic(2)", "CameraEventsQueue"),
    "ConnectedRule": ("$aws/events/presence/connected/+", "clientId", "CameraEventsQueue"),
    "DisconnectedRule": ("$aws/events/presence/disconnected/+", "clientId", "PresenceQueue"),
}
PUBLISHED = [kind for kind in Kind if kind not in {Kind.CONNECTED, Kind.DISCONNECTED}]


def events_of(function: str) -> dict[str, Any]:
    properties = Template("template.yaml").properties(function)
    return {name: event["Properties"] for name, event in properties["Events"].items()}


@pytest.mark.parametrize("queue", [*QUEUES, "UndeliveredQueue"])
def test_queue_is_encrypted(queue: str) -> None:
    assert camera_events_stack().properties(queue)["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize("queue", QUEUES)
def test_what_the_function_could_not_handle_is_kept_after_five_tries(queue: str) -> None:
    redrive = camera_events_stack().properties(queue)["RedrivePolicy"]
    assert redrive == {"deadLetterTargetArn": "${UndeliveredQueue.Arn}", "maxReceiveCount": 5}


@pytest.mark.parametrize("queue", QUEUES)
def test_a_message_comes_again_only_when_the_function_cannot_be_at_it_any_more(queue: str) -> None:
    timeout = Template("template.yaml").properties("CameraEventsFunction")["Timeout"]
    assert timeout < camera_events_stack().properties(queue)["VisibilityTimeout"] == 15


def test_dead_letters_are_kept_as_long_as_can_be_and_alarm() -> None:
    stack = camera_events_stack()
    assert stack.properties("UndeliveredQueue")["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert all(stack.properties(queue)["MessageRetentionPeriod"] <= 4 * 24 * 3600 for queue in QUEUES)
    alarm = stack.properties("UndeliveredAlarm")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": "${UndeliveredQueue.QueueName}"}]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("ApproximateNumberOfMessagesVisible", 0)


def test_only_disconnects_wait_out_the_grace() -> None:
    stack = camera_events_stack()
    assert [stack.properties(queue).get("DelaySeconds") for queue in QUEUES] == [None, "10", None]
    given = Template("template.yaml", PresenceGraceSeconds="30").properties("CameraEvents")["Parameters"]
    assert given["PresenceGraceSeconds"] == "30"


@pytest.mark.parametrize("name", RULES)
def test_rule_takes_the_stacks_own_cameras_to_their_queue_and_its_failures_to_the_dead_letters(name: str) -> None:
    topic, thing, queue = RULES[name]
    rule = camera_events_stack().properties(name)["TopicRulePayload"]
    assert f"FROM '{topic}' WHERE regexp_matches({thing}, '^front-')" in rule["Sql"]
    assert rule["AwsIotSqlVersion"] == "2016-03-23"
    assert [action["Sqs"]["QueueUrl"] for action in rule["Actions"]] == [f"${{{queue}}}"]
    assert rule["ErrorAction"]["Sqs"]["QueueUrl"] == "${UndeliveredQueue}"


def test_what_a_camera_publishes_is_wrapped_so_that_it_cannot_say_who_it_is_or_when() -> None:
    sql = camera_events_stack().properties("CameraEventsRule")["TopicRulePayload"]["Sql"]
    assert sql.startswith(
        "SELECT encode(*, 'base64') AS payload, topic(2) AS thing, topic(4) AS kind, timestamp() AS received_at FROM"
    )


def test_rules_may_send_to_their_queues_and_no_more() -> None:
    role = camera_events_stack().properties("RulesRole")
    ((statement,),) = (policy["PolicyDocument"]["Statement"] for policy in role["Policies"])
    assert statement["Action"] == "sqs:SendMessage"
    assert {*statement["Resource"]} == {
        f"${{{queue}.Arn}}" for queue in ("CameraEventsQueue", "PresenceQueue", "UndeliveredQueue")
    }
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "iot.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "000000000000"}}


def test_a_camera_may_connect_as_itself_and_publish_its_own_events_and_no_more() -> None:
    statements = camera_events_stack().properties("CameraPolicy")["PolicyDocument"]["Statement"]
    thing = "${!iot:Connection.Thing.ThingName}"
    topics = [f"arn:aws:iot:us-east-1:000000000000:topic/cameras/{thing}/events/{kind}" for kind in PUBLISHED]
    assert [(one["Effect"], one["Action"], one["Resource"]) for one in statements] == [
        ("Allow", "iot:Connect", f"arn:aws:iot:us-east-1:000000000000:client/{thing}"),
        ("Allow", "iot:Publish", topics),
    ]


def test_the_rule_takes_the_kinds_of_events_that_there_are_and_nothing_else() -> None:
    sql = camera_events_stack().properties("CameraEventsRule")["TopicRulePayload"]["Sql"]
    assert sql.endswith(f"AND regexp_matches(topic(4), '^({'|'.join(PUBLISHED)})$')")


def test_each_press_has_an_invocation_of_its_own_and_what_failed_comes_again_alone() -> None:
    events = events_of("CameraEventsFunction")
    assert {(event["Queue"], event["BatchSize"]) for event in events.values()} == {
        ("${CameraEvents.Outputs.CameraEventsQueueArn}", 1),
        ("${CameraEvents.Outputs.PresenceQueueArn}", 1),
        ("${CameraEvents.Outputs.ReportQueueArn}", 10),
    }
    assert all(event["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for event in events.values())


def test_changes_come_from_the_stream_of_the_registry_and_end_among_the_dead_letters() -> None:
    (event,) = events_of("CameraChangesFunction").values()
    assert event["Stream"] == "${Data.Outputs.RegistryStreamArn}"
    assert event["StartingPosition"] == "TRIM_HORIZON"
    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert event["BisectBatchOnFunctionError"] is True
    assert event["MaximumRetryAttempts"] == 5
    destination = event["DestinationConfig"]["OnFailure"]
    assert destination == {"Type": "SQS", "Destination": "${CameraEvents.Outputs.UndeliveredQueueArn}"}


@pytest.mark.parametrize("function", ["CameraEventsFunction", "CameraChangesFunction"])
def test_environment_of_who_reports_points_to_aws_unless_it_is_local(function: str) -> None:
    def variables(**parameters: str) -> dict[str, str]:
        found: dict[str, str] = Template("template.yaml", **parameters).properties(function)["Environment"]["Variables"]
        return found

    assert variables() == {
        "REGISTRY_TABLE": "${Data.Outputs.RegistryTableName}",
        "ACTIVITY_TABLE": "${Data.Outputs.ActivityTableName}",
        "GRANT_KEY_ARN": "${Data.Outputs.GrantKeyArn}",
        "ALEXA_CLIENT_SECRET_ARN": "${Data.Outputs.AlexaClientSecretArn}",
        "LOGIN_WITH_AMAZON_URL": "https://api.amazon.com",
        "EVENT_GATEWAY_URL": "",
        "REPORT_QUEUE_URL": "${CameraEvents.Outputs.ReportQueueUrl}",
        "UNDELIVERED_QUEUE_URL": "${CameraEvents.Outputs.UndeliveredQueueUrl}",
        "POWERTOOLS_SERVICE_NAME": "camera-skill",
        "POWERTOOLS_METRICS_NAMESPACE": "CameraSkill",
    }
    gateway, tokens = "http://127.0.0.1:4005", "http://127.0.0.1:4004"
    local = variables(LocalEventGatewayUrl=gateway, LocalLoginWithAmazonUrl=tokens)
    assert local == {**variables(), "EVENT_GATEWAY_URL": gateway, "LOGIN_WITH_AMAZON_URL": tokens}
