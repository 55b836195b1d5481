"""Reads the project's templates, and works out what they say for given parameters, as CloudFormation would."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import yaml

from tests.support.project import ROOT

PSEUDO_PARAMETERS = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "000000000000",
    "AWS::StackName": "camera-skill",
    "AWS::StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/camera-skill/0-1-2-3-4",
}

_NO_VALUE = object()
_IN_SUB = re.compile(r"\$\{([^!}]+)\}")


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags: `!Ref X` becomes {"Ref": "X"}, `!Sub X` {"Fn::Sub": "X"}."""


def _construct(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        raise TypeError(f"!{tag} of a mapping")
    if tag == "GetAtt":
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _construct)


class Template:
    """A template with values for its parameters; those not given have their defaults.

    What only a deployment knows stays as it would stand in a Sub: `${Data.Outputs.RegistryTableName}`.
    """

    def __init__(self, path: str, **parameters: str) -> None:
        """`path`: from the project's root. Raises: KeyError if a parameter has neither value nor default."""
        self.body: dict[str, Any] = yaml.load((ROOT / path).read_text(), _Loader)  # noqa: S506  # is a SafeLoader
        declared = self.body.get("Parameters", {})
        if unknown := parameters.keys() - declared.keys():
            raise KeyError(f"{path} has no parameters {unknown}")
        self.parameters = {
            name: parameters[name] if name in parameters else one["Default"] for name, one in declared.items()
        }

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """What the template makes under these parameters."""
        return self._made("Resources")

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The values of the outputs that there are under these parameters."""
        return {name: output["Value"] for name, output in self._made("Outputs").items()}

    def properties(self, resource: str) -> dict[str, Any]:
        """A resource's properties."""
        found: dict[str, Any] = self.resources[resource]["Properties"]
        return found

    def broken_rules(self) -> Iterator[str]:
        """Why CloudFormation would not make the stack with these parameters."""
        for rule in self.body["Rules"].values():
            if self._value(rule["RuleCondition"]):
                for one in rule["Assertions"]:
                    if not self._value(one["Assert"]):
                        yield one["AssertDescription"]

    def _made(self, section: str) -> dict[str, dict[str, Any]]:
        declared = self.body[section].items()
        return {name: self._value(one) for name, one in declared if self._holds(one.get("Condition"))}

    def _holds(self, condition: str | None) -> bool:
        return condition is None or bool(self._value(self.body["Conditions"][condition]))

    def _value(self, node: Any) -> Any:  # noqa: ANN401  # YAML
        if isinstance(node, list):
            return [value for value in map(self._value, node) if value is not _NO_VALUE]
        if not isinstance(node, Mapping):
            return node
        if len(node) == 1 and (name := next(iter(node))) in _FUNCTIONS:
            return getattr(self, _FUNCTIONS[name])(node[name])
        values = {name: self._value(value) for name, value in node.items()}
        return {name: value for name, value in values.items() if value is not _NO_VALUE}

    def _ref(self, name: str) -> Any:  # noqa: ANN401  # a value or none
        if name == "AWS::NoValue":
            return _NO_VALUE
        return {**PSEUDO_PARAMETERS, **self.parameters}.get(name, f"${{{name}}}")

    def _get_att(self, path: list[str]) -> str:
        return f"${{{'.'.join(path)}}}"

    def _sub(self, argument: str | list[Any]) -> str:
        text, local = (argument, {}) if isinstance(argument, str) else (argument[0], self._value(argument[1]))
        return _IN_SUB.sub(lambda found: str(local.get(found[1], self._ref(found[1]))), text)

    def _if(self, argument: list[Any]) -> Any:  # noqa: ANN401  # YAML
        return self._value(argument[1] if self._holds(argument[0]) else argument[2])

    def _equals(self, argument: list[Any]) -> bool:
        left, right = self._value(argument)
        return bool(left == right)

    def _and(self, argument: list[Any]) -> bool:
        return all(self._value(argument))

    def _not(self, argument: list[Any]) -> bool:
        return not self._value(argument[0])

    def _select(self, argument: list[Any]) -> Any:  # noqa: ANN401  # YAML
        return self._value(argument[1])[int(argument[0])]

    def _split(self, argument: list[Any]) -> list[str]:
        return str(self._value(argument[1])).split(argument[0])

    def _join(self, argument: list[Any]) -> str:
        return str(argument[0]).join(self._value(argument[1]))


_FUNCTIONS = {
    "Ref": "_ref",
    "Fn::GetAtt": "_get_att",
    "Fn::Sub": "_sub",
    "Fn::If": "_if",
    "Fn::Equals": "_equals",
    "Fn::And": "_and",
    "Fn::Not": "_not",
    "Condition": "_holds",
    "Fn::Select": "_select",
    "Fn::Split": "_split",
    "Fn::Join": "_join",
}


def data_stack() -> Template:
    """The nested stack with the tables."""
    return Template("infrastructure/data.yaml")


def account_linking_stack(**parameters: str) -> Template:
    """The nested stack with the account server."""
    return Template("infrastructure/account-linking.yaml", HostedLoginDomainPrefix="example", **parameters)


def camera_events_stack() -> Template:
    """The nested stack with queues and rules."""
    return Template("infrastructure/camera-events.yaml", ThingNames="^front-", PresenceGraceSeconds="10")


def as_list(value: str | list[str]) -> list[str]:
    """What may be written as a list or, if it is one alone, without."""
    return value if isinstance(value, list) else [value]


def references(node: Any) -> Iterator[str]:  # noqa: ANN401  # YAML
    """The names that a part of a template refers to: parameters, resources, `Resource.Attribute`."""
    if isinstance(node, list):
        for value in node:
            yield from references(value)
    elif isinstance(node, Mapping):
        for name, value in node.items():
            if name == "Ref":
                yield value
            elif name == "Fn::GetAtt":
                yield ".".join(value)
            elif name == "Fn::Sub":
                yield from _IN_SUB.findall(value if isinstance(value, str) else value[0])
                yield from references(value)
            elif name == "Fn::If":
                yield f"Conditions.{value[0]}"
                yield from references(value[1:])
            else:
                yield from references(value)
