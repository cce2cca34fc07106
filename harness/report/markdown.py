"""Text as GitHub's Markdown shows it: nothing in a message can break the page around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_\[\]|~])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escaped(text: str) -> str:
    """Give the text in one line, so that it reads as it is: no markup, no HTML, no new column."""
    line = " ".join(clean(text).split())
    for character, entity in _HTML.items():
        line = line.replace(character, entity)
    return _SPECIAL.sub(r"\\\1", line)


def code(text: str) -> str:
    """Give the text as a code span of one line, also within a table."""
    # A backslash before the bar would take the one that escapes it: it is doubled.
    line = re.sub(r"(\\*)\|", r"\1\1\\|", " ".join(clean(text).split()))
    fence = "`" * (_longest_run(line) + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}" if line else ""


def block(text: str, language: str = "") -> str:
    """Give the text as a fenced block that it cannot leave."""
    told = clean(text)
    fence = "`" * max(3, _longest_run(told) + 1)
    return f"{fence}{language}\n{told}\n{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a table of fields that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bullets(items: Iterable[str]) -> str:
    """Give a list of items that are Markdown already."""
    return "\n".join(f"- {item}" for item in items)


def folded(summary: str, body: str) -> str:
    """Give a part of the page that is shown when asked for."""
    return f"<details><summary>{escaped(summary)}</summary>\n\n{body}\n\n</details>"


def clean(text: str) -> str:
    """Give the text as it can be written: no control characters, no half characters."""
    return _CONTROL.sub(" ", text).encode("utf-8", "replace").decode("utf-8")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
