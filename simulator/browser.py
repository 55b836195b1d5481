"""A customer's browser on the pages of an account server, as far as signing in needs one: forms, cookies, redirects.

Written against HTML forms in general: the sign-in page of local AWS, Cognito's classic hosted login, and pages that
ask for user name and password one after the other. Scripts are not run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urljoin, urlsplit

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_PAGES = 10
_TIMEOUT = aiohttp.ClientTimeout(total=15)
_USER_NAME_TYPES = {"text", "email", "tel"}
_NOT_SENT = {"submit", "button", "image", "reset", "file"}


class SignInError(Exception):
    """The customer cannot sign in; the message is a sentence that says why."""


async def sign_in(authorization_url: str, username: str, password: str) -> str:
    """Signs in with a browser that has never been anywhere: see Browser.sign_in."""
    async with Browser() as browser:
        return await browser.sign_in(authorization_url, username, password)


class Browser:
    """One customer's browser, which keeps its cookies until the context ends.

    `passwords_given` counts how often a page asked for the password and got it.
    """

    def __init__(self) -> None:
        self.passwords_given = 0
        cookies = aiohttp.CookieJar(unsafe=True)  # also of servers without a name, such as 127.0.0.1
        self._session = aiohttp.ClientSession(cookie_jar=cookies, timeout=_TIMEOUT)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def sign_in(self, authorization_url: str, username: str, password: str) -> str:
        """Follows the authorization URL, signs in where it is asked to, and returns the URL that it is sent back to.

        That is the authorization URL's `redirect_uri` with the code and the state, or with an error (RFC 6749,
        4.1.2); it is not requested. Raises SignInError.
        """
        parameters = parse_qs(urlsplit(authorization_url).query)
        if "redirect_uri" not in parameters:
            raise SignInError("The authorization URL has no redirect_uri.")
        visit = _Visit(parameters["redirect_uri"][0], username, password)
        try:
            return await visit.follow(self._session, authorization_url)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SignInError(_unreachable(urlsplit(authorization_url).netloc, error)) from error
        finally:
            self.passwords_given += visit.password_given

    async def visit(self, url: str) -> int:
        """Opens a page, without going on to where it leads; returns its status."""
        async with self._session.get(url, allow_redirects=False) as response:
            return response.status


def _unreachable(host: str, error: Exception) -> str:
    server = f"The account server at {host}"
    if isinstance(error, TimeoutError):
        return f"{server} did not answer within {_TIMEOUT.total:.0f} s. Try again in a minute."
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"{server} is not found. Check the name and the network, then try again."
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"{server} shows a certificate that is not trusted. Check the network, then try again."
    return f"{server} does not answer. Check that it runs and the network, then try again."


@dataclass
class Form:
    """A form of a page. `fields`: name and value of what a browser sends; `kinds`: its input types by name."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def names(self, *kinds: str) -> list[str]:
        """The names of the inputs of these types, in the order of the page."""
        return [name for name, kind in self.kinds.items() if kind in kinds]


class Page(HTMLParser):
    """The forms of an HTML page, and the text of what it marks as an error."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.errors: list[str] = []
        self._open_form: Form | None = None
        self._error_depth = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes forms, their inputs, and where an error begins."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = attributes.get("method", "get").lower()
            self._open_form = Form(attributes.get("action", ""), method)
            self.forms.append(self._open_form)
        elif tag in {"input", "button"} and self._open_form is not None:
            _add_input(self._open_form, tag, attributes)
        if tag in {"div", "p", "span"} and (
            self._error_depth or "error" in attributes.get("class", "").lower() or attributes.get("role") == "alert"
        ):
            self._error_depth += 1

    def handle_endtag(self, tag: str) -> None:
        """Notes where a form or an error ends."""
        if tag == "form":
            self._open_form = None
        elif tag in {"div", "p", "span"} and self._error_depth:
            self._error_depth -= 1

    def handle_data(self, data: str) -> None:
        """Keeps the text of errors."""
        if self._error_depth and data.strip():
            self.errors.append(data.strip())


def _add_input(form: Form, tag: str, attributes: Mapping[str, str]) -> None:
    name = attributes.get("name", "")
    kind = attributes.get("type", "submit" if tag == "button" else "text").lower()
    if kind == "submit":
        form.buttons.append((name, attributes.get("value", "")))
    elif name and kind not in _NOT_SENT and (kind not in {"checkbox", "radio"} or "checked" in attributes):
        form.fields.setdefault(name, attributes.get("value", ""))
        form.kinds.setdefault(name, kind)


class _Visit:
    """One customer's way from page to page."""

    def __init__(self, redirect_uri: str, username: str, password: str) -> None:
        self._redirect_uri = redirect_uri
        self._username = username
        self._password = password
        self.password_given = False

    async def follow(self, session: aiohttp.ClientSession, url: str) -> str:
        """Goes on until a redirect leads back to the redirect_uri."""
        method, fields = "get", dict[str, str]()
        for _ in range(_MOST_PAGES):
            body, query = (fields, None) if method == "post" else (None, fields or None)
            async with session.request(method, url, data=body, params=query, allow_redirects=False) as response:
                status, location, text = response.status, response.headers.get("Location"), await response.text()
            if location and 300 <= status < 400:
                url, method, fields = urljoin(url, location), "get", {}
                if self._is_back(url):
                    return url
                continue
            if status != 200:
                raise SignInError(f"The account server answered {status} at {urlsplit(url).path}: {text[:300]}")
            form = self._fill_in(Page(text))
            url, method, fields = urljoin(url, form.action), form.method, form.fields
        raise SignInError(f"After {_MOST_PAGES} pages the sign-in has not come to an end.")

    def _is_back(self, url: str) -> bool:
        wanted, here = urlsplit(self._redirect_uri), urlsplit(url)
        return (here.scheme, here.netloc, here.path) == (wanted.scheme, wanted.netloc, wanted.path)

    def _fill_in(self, page: Page) -> Form:
        """The form to send from this page, filled in."""
        form = max(page.forms, key=_likelihood, default=None)
        if form is None or not _likelihood(form):
            raise SignInError("The account server shows a page without a sign-in form.")
        passwords = form.names("password")
        if len(passwords) > 1:
            raise SignInError("The account server asks for a new password: the one given was for the first time only.")
        if self.password_given:
            raise SignInError(f"The account server refused: {' '.join(page.errors) or 'it asks once more.'}")
        for name in form.names(*_USER_NAME_TYPES)[:1]:
            form.fields[name] = self._username
        for name in passwords:
            form.fields[name] = self._password
            self.password_given = True
        named = [button for button in form.buttons if button[0]]
        for name, value in sorted(named, key=lambda button: "password" not in button[1].lower())[:1]:
            form.fields[name] = value
        return form


def _likelihood(form: Form) -> int:
    """How much a form looks like the one to sign in with."""
    if form.names("password"):
        return 3
    if form.names(*_USER_NAME_TYPES):
        return 2
    return 1 if any("password" in value.lower() for _, value in form.buttons) else 0
