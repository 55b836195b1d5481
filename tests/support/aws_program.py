"""Plays the AWS CLI for the commands of docs/: what it is told goes to boto3, which checks it against AWS's model."""

import json
import sys
from pathlib import Path
from typing import Any

import boto3
import jmespath  # type: ignore[import-untyped]  # has no stubs here
from botocore import xform_name

OUTFILES = {"--certificate-pem-outfile": "certificatePem", "--private-key-outfile": "keyPair.PrivateKey"}


def main(service: str, operation: str, *options: str) -> None:
    client = boto3.client(service)  # type: ignore[call-overload]  # any service
    method = operation.replace("-", "_")
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method])
    members = {f"--{xform_name(name, '-')}": name for name in model.input_shape.members}
    arguments: dict[str, Any] = {}
    own: dict[str, str] = {}
    words = iter(options)
    for word in words:
        if word in members:
            shape = model.input_shape.members[members[word]]
            arguments[members[word]] = True if shape.type_name == "boolean" else next(words)
        else:
            own[word] = next(words)
    result = getattr(client, method)(**arguments)
    for option, expression in OUTFILES.items():
        if option in own:
            Path(own.pop(option)).write_text(jmespath.search(expression, result), encoding="utf-8")
    shown = jmespath.search(own.pop("--query", "@"), result)
    is_text = own.pop("--output", "json") == "text"
    assert not own, f"the AWS CLI has no such options: {own}"
    texts = shown if isinstance(shown, list) else [str(shown)]
    sys.stdout.write(f"{' '.join(texts) if is_text else json.dumps(shown, default=str)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
