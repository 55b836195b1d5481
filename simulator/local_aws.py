from __future__ import annotations

import asyncio
import errno
import http.client
import os
import platform
import shutil
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import boto3
import botocore.config
import botocore.session
import psutil

from simulator.child_process import WORLD_VARIABLE, ChildProcess
from simulator.credentials import PROCESS_CREDENTIALS, Credentials
from simulator.world_folder import claim, is_claimed, make_private

if TYPE_CHECKING:
    from types import TracebackType

HOST = "127.0.0.1"
REGION = "us-east-1"
ACCOUNT_ID = "000000000000"
TOOLS = Path(os.environ.get("CAMERA_SKILL_AWS_TOOLS") or Path(__file__).parent.parent / ".venv-aws")

_PROGRAM = Path(__file__).with_name("guarded_aws.py")
_START_SECONDS = 60.0  # 0.5 s on an idle machine
_ATTEMPTS = 5  # another program may take a free port between the look for it and its use
_LOG_LINES = 15


class LocalAwsError(Exception):
    """Local AWS cannot be started, or is gone; the message is a sentence for the user."""


class LocalAws:
    """A local AWS (ministack) as a child process: DynamoDB, Lambda, Cognito, CloudFormation, IAM and more.

    `with LocalAws(folder)` or `async with LocalAws(folder)`. It listens on loopback only, on `port` or on a
    free one, keeps its files and its log under `folder`, and ends with this process, as do the functions that
    it runs. Functions run on the interpreter of `tools`, the environment that make creates for it. Whoever asks it must
    sign with `credentials`, or with those of one of its users or roles. With `enforces_roles` nobody may do what their
    role's and the resource's policies do not allow. With `is_forwarded` it may be reached through other ports, too.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        tools: Path = TOOLS,
        enforces_roles: bool = False,
        credentials: Credentials = PROCESS_CREDENTIALS,
        is_forwarded: bool = False,
    ) -> None:
        self._is_forwarded = is_forwarded
        self.credentials = credentials
        self.folder = folder.resolve()
        self.tools = tools
        self.port = port
        self._wanted_port = port
        self._enforces_roles = enforces_roles
        self._process: ChildProcess | None = None

    @property
    def url(self) -> str:
        """The one endpoint of all services, http://127.0.0.1:PORT."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """The file with what ministack writes, made anew by every start."""
        return self.folder / "logs" / "local-aws.log"

    def start(self) -> None:
        """Starts it and returns when it answers; raises LocalAwsError or ForeignFolderError."""
        python = self.tools / "bin" / "python"
        if not python.exists():
            raise LocalAwsError(f"{self.tools} is missing: make .venv-aws/.ready sets it up.")
        if self._wanted_port:
            _check_port(self._wanted_port)
        claim(self.folder)
        self._remove_temporary_files()
        for attempt in range(1, _ATTEMPTS + 1):
            self.port = self._wanted_port or free_port()
            self._process = ChildProcess(
                [str(python), "-I", str(_PROGRAM)],
                environment=self._environment(),
                log=self.log,
                folder=self._temporary_folder(),
            )
            if self._answers_in_time(self._process):
                return
            self.stop()
            if self._wanted_port or attempt == _ATTEMPTS:
                raise LocalAwsError(f"Local AWS did not start. The end of {self.log}:\n{self.log_tail()}")

    def stop(self) -> None:
        """Ends it and the functions it runs; returns when they are gone."""
        if self._process is not None:
            self._process.stop()
        self._remove_temporary_files()

    def is_running(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.exit_code is None

    def is_answering(self, timeout: float = 2.0) -> bool:
        """Whether it answers a request within `timeout` seconds."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=timeout)
        try:
            connection.request("GET", "/_ministack/ready")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def pids(self) -> list[int]:
        """Its process, and one for each function invocation that ran at the same time as others."""
        return self._process.pids() if self._process else []

    def log_tail(self, lines: int = _LOG_LINES) -> str:
        """The last lines that it wrote."""
        return self._process.output(lines) if self._process else ""

    def session(self) -> boto3.Session:
        """A session with the local world's credentials that sees nothing of the user's AWS settings."""
        return isolated_session(self.credentials)

    def iot_host(self) -> str:
        """What its MQTT broker, at /mqtt, wants as the Host header: it tells account and region."""
        iot = self.session().client("iot", endpoint_url=self.url)
        return iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]

    def client_environment(self) -> dict[str, str]:
        """What a program needs to use it: endpoint and credentials, nothing of the user's AWS settings."""
        return {
            "PATH": os.pathsep.join([str(self.tools / "bin"), os.environ.get("PATH", os.defpath)]),
            "HOME": str(self._temporary_folder()),
            "TMPDIR": str(self._temporary_folder()),
            "LANG": "C.UTF-8",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            WORLD_VARIABLE: str(self.folder),
        }

    def _environment(self) -> dict[str, str]:
        """What ministack sees, and with it every function that it runs."""
        files = self._temporary_folder()
        forwarded = {"IS_FORWARDED": "true"} if self._is_forwarded else {}
        return (
            self.client_environment()
            | forwarded
            | {
                "GATEWAY_PORT": str(self.port),
                "BIND_HOST": HOST,
                "IOT_MTLS_ENABLED": "0",  # it would listen on all interfaces, on one port for all worlds
                "SFTP_ENABLED": "0",
                "LAMBDA_WARM_TTL_SECONDS": "3600",  # a new instance of a function takes it a second or more
                "AUTH": str(self._enforces_roles).lower(),
                "STATE_DIR": str(files / "state"),
                "S3_DATA_DIR": str(files / "s3"),
                "DOCKER_HOST": f"unix://{files}/no-docker",  # else it removes other ministacks' containers
            }
        )

    def _temporary_folder(self) -> Path:
        folder = self.folder / "tmp"
        make_private(folder)
        return folder

    def _remove_temporary_files(self) -> None:
        if is_claimed(self.folder):
            shutil.rmtree(self.folder / "tmp", ignore_errors=True)

    def _answers_in_time(self, process: ChildProcess) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while process.exit_code is None and time.monotonic() < deadline:
            if self._is_listening(process) and self.is_answering():
                return True
            time.sleep(0.05)
        return False

    def _is_listening(self, process: ChildProcess) -> bool:
        """Whether the process itself listens, and not another program that took the port before it."""
        for pid in process.pids():
            try:
                connections = psutil.Process(pid).net_connections("tcp4")
            except psutil.NoSuchProcess:
                continue
            if any(c.status == psutil.CONN_LISTEN and c.laddr.port == self.port for c in connections):
                return True
        return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        starting = asyncio.ensure_future(asyncio.to_thread(self.start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.wait([starting])  # a thread cannot be interrupted
            await asyncio.to_thread(self.stop)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)


def isolated_session(credentials: Credentials, region: str = REGION) -> boto3.Session:
    """A session with these credentials that sees nothing of the user's AWS settings and proxies."""
    unset = (None, None, None, None)
    nowhere = (None, None, os.devnull, None)
    session = botocore.session.Session(
        session_vars={
            "profile": unset,
            "config_file": nowhere,
            "credentials_file": nowhere,
            "ca_bundle": unset,
        }
    )
    session.set_credentials(credentials.access_key_id, credentials.secret_access_key)
    session.set_config_variable("region", region)
    session.set_default_client_config(botocore.config.Config(proxies={}))
    return boto3.Session(botocore_session=session)


def free_port() -> int:
    """A TCP port of the loopback interface that nothing uses at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def port_sentence(error: OSError, port: int, use: str) -> str:
    """Says why a wanted port cannot be used."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port}, wanted for {use}, is taken."
    reason = os.strerror(error.errno) if error.errno else error
    return f"Port {port}, wanted for {use}, cannot be listened on: {reason}."


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise LocalAwsError(port_sentence(error, port, "local AWS")) from error


def architecture() -> str:
    """This machine's architecture in Lambda's words."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
