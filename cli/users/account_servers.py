"""What Alexa must know of a stack's account server: its addresses, its client, and how the two authenticate."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from camera_skill.addresses import is_safe_url
from camera_skill.budget import Budget
from cli.errors import CommandError

if TYPE_CHECKING:
    from cli.target import Target

BASIC, IN_BODY = "HTTP_BASIC", "REQUEST_BODY_CREDENTIALS"
SCHEMES = {"client_secret_basic": BASIC, "client_secret_post": IN_BODY}
"""How a client authenticates at the token endpoint: OpenID Connect's word, and Alexa's."""
LOGIN_WITH_AMAZON_URLS = "https://www.amazon.com/ap/oa", "https://api.amazon.com/auth/o2/token"


@dataclass(frozen=True)
class AccountServer:
    """An account server and Alexa's client on it.

    `scheme`: BASIC or IN_BODY. `domains`: others that its login page loads from. `redirect_urls`: those that the
    client allows, None where only the account server knows. `client_secret`: empty where only the operator does.
    """

    authorization_url: str
    token_url: str
    client_id: str
    scopes: Sequence[str]
    scheme: str = BASIC
    domains: Sequence[str] = ()
    redirect_urls: Sequence[str] | None = None
    client_secret: str = field(default="", repr=False)


def account_server_of(target: "Target") -> AccountServer:
    """The account server of a stack, as its outputs and the server itself tell of it.

    Raises:
        CommandError: the server says of itself what no Alexa could use. AccountServerUnreachableError.
    """
    match target.outputs.get("AccountServer", "cognito"):
        case "cognito":
            return _user_pool(target)
        case "login-with-amazon":
            client_id = _client_id(target)
            return AccountServer(*LOGIN_WITH_AMAZON_URLS, client_id=client_id, scopes=["profile:user_id"])
        case _:
            return _issuer(target)


def _user_pool(target: "Target") -> AccountServer:
    url, cognito = target.output("HostedLoginUrl"), target.cognito
    client = cognito.describe_user_pool_client(
        UserPoolId=target.output("UserPoolId"), ClientId=target.output("AlexaClientId")
    )["UserPoolClient"]
    prefix = str(urlsplit(url).hostname).partition(".")[0]
    styles = cognito.describe_user_pool_domain(Domain=prefix)["DomainDescription"].get("CloudFrontDistribution", "")
    return AccountServer(
        f"{url}/oauth2/authorize",
        f"{url}/oauth2/token",
        client["ClientId"],
        scopes=client["AllowedOAuthScopes"],
        domains=[styles] if styles else [],
        redirect_urls=client.get("CallbackURLs", []),
        client_secret=client["ClientSecret"],
    )


def _issuer(target: "Target") -> AccountServer:
    """An OpenID Connect issuer, which describes itself (OpenID Connect Discovery 1.0, section 3)."""
    issuer = target.output("TokenIssuer")
    document = _discover(issuer)
    if not target.parameters.get("TokenJwksUrl"):
        _url(issuer, document, "jwks_uri")
    supported = _listed(document, "token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    schemes = [scheme for method, scheme in SCHEMES.items() if method in supported]
    if not schemes:
        raise CommandError(
            f"The account server {issuer} takes client secrets neither by HTTP Basic nor in the request's body "
            "(token_endpoint_auth_methods_supported), and Alexa sends them in no other way."
        )
    scopes = target.outputs.get("TokenScope", "").split() or ["openid"]
    # Many servers give a refresh token to nobody else, and without one the customer is unlinked after an hour.
    scopes += ["offline_access"] if "offline_access" in _listed(document, "scopes_supported") else []
    server = AccountServer(
        _url(issuer, document, "authorization_endpoint"),
        _url(issuer, document, "token_endpoint"),
        client_id=_client_id(target),
        scopes=scopes,
    )
    return replace(server, scheme=schemes[0])


def _discover(issuer: str) -> dict[str, Any]:
    """What the issuer says of itself, asked for and read as by the function, lest that refuse what passed here."""
    from camera_skill.adapters.http_requests import CONNECT_SECONDS, READ_SECONDS
    from camera_skill.adapters.strict_json import json_object
    from camera_skill.adapters.tokens.account_server_requests import AccountServerRequests
    from camera_skill.adapters.tokens.json_web_keys import configuration_url

    url = configuration_url(issuer)
    requests = AccountServerRequests(issuer)
    status, body = requests.within(Budget(CONNECT_SECONDS + READ_SECONDS), lambda: requests.get(url))
    try:
        document = json_object(body) if status == 200 else {}
    except ValueError as error:
        raise CommandError(f"{url} gave {error} (status {status}): is {issuer} the issuer of its tokens?") from error
    if document.get("issuer") != issuer:
        raise CommandError(
            f"{url} does not speak of the issuer {issuer} (status {status}): check TokenIssuer to the letter, and to "
            "its last slash. No redirect is followed."
        )
    return document


def _listed(document: dict[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []


def _url(issuer: str, document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if isinstance(value, str) and is_safe_url(value):
        return value
    raise CommandError(f"The account server {issuer} names no {name} that begins with https.")


def _client_id(target: "Target") -> str:
    """The first of those whose tokens the function takes: Alexa's."""
    return target.output("TokenClientIds").split(",")[0].strip()
