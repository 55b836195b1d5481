"""Headless Chromium, as Debian has it, driven over WebDriver."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

from tests.support.tools import need_program

BROWSER, DRIVER = "chromium", "chromedriver"
WAIT_SECONDS = 60


def need_chromium() -> None:
    """Leaves the test out where it is not installed."""
    need_program(BROWSER, DRIVER)


@contextmanager
def chromium(profile: Path, *hosts: str) -> Iterator[Chrome]:
    """A browser that finds these hosts on loopback, and asks nobody whether a page may ask loopback."""
    options = ChromeOptions()
    options.binary_location = str(shutil.which(BROWSER))
    options.page_load_strategy = "eager"  # what a page tries may never end
    for argument in (
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
        f"--user-data-dir={profile}",
        "--host-resolver-rules=" + ",".join(f"MAP {host} 127.0.0.1" for host in hosts),
    ):
        options.add_argument(argument)
    browser = Chrome(options, Service(shutil.which(DRIVER)))
    try:
        yield browser
    finally:
        browser.quit()


def wait_for(browser: Chrome, condition: str) -> Any:  # noqa: ANN401 - any JSON
    """What a JavaScript expression gives, once that is something."""
    return WebDriverWait(browser, WAIT_SECONDS, 0.1).until(lambda driver: driver.execute_script(f"return {condition}"))
