"""What `camera-skill account-linking` says beside the request, and where it takes the client's secret from."""

import io
from pathlib import Path

import boto3
import pytest

from cli.errors import CommandError
from cli.options import Choice
from cli.target import Target
from cli.users.account_linking import _say_what_is_next, _with_secret
from cli.users.account_servers import AccountServer

LINK = "https://pitangui.amazon.com/api/skill/link"
OWN = AccountServer("https://a.example", "https://b.example", "alexa", ["cameras"])


def pool_of_the_stack(*redirect_urls: str) -> AccountServer:
    return AccountServer(
        "https://a.example",
        "https://b.example",
        "alexa",
        ["cameras"],
        redirect_urls=redirect_urls,
        client_secret="of the stack",
    )


def said(capsys: pytest.CaptureFixture[str], server: AccountServer, output: Path | None = None, **own: str) -> str:
    session = boto3.Session("k", "s", region_name="eu-west-1")
    target = Target(Choice(stack_name="mine"), session, "mine", "eu-west-1", {}, parameters=own)
    _say_what_is_next(target, server, output, "amzn1.ask.skill.example")
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_the_line_to_run_names_the_file_when_it_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, pool_of_the_stack(f"{LINK}/M1"), Path("my files/linking.json"))
    assert (
        "ask smapi update-account-linking-info --stage development --skill-id amzn1.ask.skill.example "
        "--account-linking-request 'file:my files/linking.json'" in text
    )
    assert "AlexaVendorId" not in text


@pytest.mark.parametrize("urls", [[], ["https://vendor-id-not-given.invalid/"], [f"{LINK}/"]])
def test_the_parameter_is_named_when_the_stack_does_not_know_the_vendor(
    capsys: pytest.CaptureFixture[str], urls: list[str]
) -> None:
    assert "deploy it with the parameter AlexaVendorId" in said(capsys, pool_of_the_stack(*urls))


def test_the_redirect_urls_are_said_when_only_the_account_server_can_allow_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert f"  {LINK}/YOUR-VENDOR-ID\n" in said(capsys, OWN)
    text = said(capsys, OWN, AlexaVendorId="M1")
    for host in ("pitangui.amazon.com", "layla.amazon.com", "alexa.amazon.co.jp"):
        assert f"  https://{host}/api/skill/link/M1\n" in text


def test_the_secret_comes_from_standard_input_when_the_account_server_is_ones_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("of one's own\n"))
    assert _with_secret(OWN, from_stdin=True).client_secret == "of one's own"
    with pytest.raises(CommandError, match="No secret came"):
        _with_secret(OWN, from_stdin=True)
    with pytest.raises(CommandError, match="pipe it in with --client-secret-stdin"):
        _with_secret(OWN, from_stdin=False)


def test_the_stacks_own_secret_is_taken_when_it_has_one() -> None:
    assert _with_secret(pool_of_the_stack(), from_stdin=False).client_secret == "of the stack"
    with pytest.raises(CommandError, match="leave --client-secret-stdin out"):
        _with_secret(pool_of_the_stack(), from_stdin=True)


def test_the_secret_is_hidden_when_an_account_server_is_printed() -> None:
    assert "of the stack" not in repr(pool_of_the_stack())
