"""The page as a job summary on GitHub, which takes a megabyte: the Markdown, cut between parts."""

from __future__ import annotations

from harness.report.page import Page
from harness.report.to_markdown import to_markdown

LIMIT = 1024 * 1024
"""Bytes that GitHub takes of one step; it drops a summary that is longer altogether."""
_REST = (
    "\n\n*The rest is longer than a job summary may be: see compatibility.md among the files.*\n"
)


def to_summary(page: Page, limit: int = LIMIT) -> str:
    """Give the Markdown; where it is too long, as many of its sections as fit, and say so."""
    text = to_markdown(page)
    if len(text.encode()) <= limit:
        return text
    head, *parts = text.split("\n\n## ")
    kept = head
    for part in parts:
        longer = f"{kept}\n\n## {part}"
        if len((longer + _REST).encode()) > limit:
            break
        kept = longer
    return kept + _REST
