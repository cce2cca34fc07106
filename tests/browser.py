"""A real Chromium for the tests of the page: the one of this machine, none is downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from harness.report.axes import short_name

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable() -> str:
    """Give the path of a Chromium; the test is skipped where there is none, and says what to do.

    Where `CHROMIUM` names one, as in CI, it has to be there.
    """
    named = os.environ.get("CHROMIUM", "")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if named and not found:
        pytest.fail(f"CHROMIUM names {named}, which is not there")
    if not found:
        names = ", ".join(NAMES)
        pytest.skip(f"NOT TESTED: no Chromium in PATH ({names}); install one or set CHROMIUM")
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable())
        yield started
        started.close()


class Visit:
    """A page that was opened, and what it asked for and complained of."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page = page
        page.set_default_timeout(8000)
        self.file = file
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda shown: self.complaints.append(f"dialog {shown.message}"))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, fragment: str = "") -> Visit:
        self.page.goto("about:blank")
        self.page.goto(f"{self.file.as_uri()}{fragment}")
        self.page.wait_for_selector("html[data-ready]")
        return self

    def go(self, fragment: str) -> Visit:
        """Follow a link within the page."""
        read = "document.documentElement.dataset.read"
        before = self.page.evaluate(read)
        self.page.evaluate("to => { location.hash = to; }", fragment)
        self.page.wait_for_function(f"before => {read} != before", arg=before)
        return self

    def field(self, library: str, pattern: str, release: str) -> str:
        """Give the text of a field of the matrix, or `hidden`."""
        told = self.page.evaluate(
            """([library, pattern, release]) => {
              const at = [...document.querySelectorAll("#table thead th")]
                .findIndex((head) => head.textContent === release);
              for (const body of document.querySelectorAll("#table tbody")) {
                if (body.rows[0].cells[0].textContent !== library) continue;
                for (const row of [...body.rows].slice(1)) {
                  const name = row.cells[0].textContent.replace(" in a context", "@context");
                  if (name === pattern)
                    return row.hidden || body.hidden ? "hidden" : row.cells[at].textContent;
                }
              }
              return "no such field";
            }""",
            [short_name(library), pattern, release],
        )
        return " ".join(str(told).split())

    def chip(self, axis: str, level: str) -> None:
        """Choose a level of an axis to filter by."""
        self.page.locator("#axes").evaluate("box => box.open = true")
        group = self.page.locator("fieldset").filter(
            has=self.page.locator("legend", has_text=axis).get_by_text(axis, exact=True)
        )
        shown = short_name(level) if axis == "session library" else level
        group.get_by_label(shown, exact=True).check()

    def status(self) -> str:
        return self.page.locator("#status").inner_text()
