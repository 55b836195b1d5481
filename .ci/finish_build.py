"""finish_build.py FOLDER…: makes what `sam build` built small and quick to start, in place.

AWS's SDK describes four hundred services, and the functions call eight. A function's folder is read-only on AWS:
without bytecode, each cold start compiles boto3 and all else anew, which doubles it.
"""  # noqa: INP001 - a script, run by itself

import compileall
import py_compile
import shutil
import sys
from pathlib import Path

SERVICES = {
    *("cloudwatch", "dynamodb", "iot", "kinesis-video-signaling", "kinesisvideo", "kms", "secretsmanager", "sqs"),
}
"""What the functions make clients for; tests/architecture/test_build_services.py holds it to their sources."""


def main(folders: list[str]) -> int:
    """Finishes each folder; 1 if something in it cannot be compiled."""
    return 0 if all(finish(Path(folder)) for folder in folders) else 1


def finish(folder: Path) -> bool:
    """Leaves the services out, and adds bytecode; whether all could be compiled."""
    for data in ("botocore/data", "boto3/data"):
        for service in (folder / data).glob("*/"):
            if service.name not in SERVICES:
                shutil.rmtree(service)
    # Unchecked: the times of the files change on their way through the archive.
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    return bool(compileall.compile_dir(folder, maxlevels=50, quiet=1, workers=0, invalidation_mode=mode))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
