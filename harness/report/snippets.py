"""The code to copy for a library and a pattern: an application with one view; pure.

`html/snippets.toml` has a frame for each adapter and a few lines for each pattern. What is not
there has no snippet: the page then shows the code that was measured.
"""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness import patterns
from harness.model import PatternName


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """How an application sets one library up, and what it calls the engine and the session."""

    imports: str
    setup: str
    names: Mapping[str, str]
    lacks: tuple[str, ...] = ()
    """The names that the library has not, so that a pattern with them has no snippet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """What a pattern adds: imports, code before the view, and what the view gets."""

    imports: str = ""
    before: str = ""
    handle: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Snippets:
    """The frames by adapter and the lines by pattern."""

    frames: Mapping[str, Frame] = field(default_factory=dict)
    lines: Mapping[str, Lines] = field(default_factory=dict)


def load(text: str) -> Snippets:
    """Give the snippets of the text of `html/snippets.toml`."""
    data = tomllib.loads(text)
    frames = {
        name: Frame(
            imports=told["imports"],
            setup=told["setup"],
            names=told["names"],
            lacks=tuple(told.get("lacks", ())),
        )
        for name, told in data["frames"].items()
    }
    return Snippets(
        frames=frames, lines={name: Lines(**told) for name, told in data["patterns"].items()}
    )


def snippet(snippets: Snippets, adapter: str, pattern: PatternName) -> str:
    """Give a whole application that hands the session over in this way; empty where none is known.

    The model is left to the reader, as `User`.
    """
    frame = snippets.frames.get(adapter)
    lines = snippets.lines.get(patterns.base_of(pattern))
    if frame is None or lines is None:
        return ""
    if any(f"{{{name}}}" in lines.handle + lines.before for name in frame.lacks):
        return ""
    before = _filled(lines.before, frame)
    view = f"admin.add_view(ModelView(User, {_filled(lines.handle, frame)}))"
    if patterns.is_in_context(pattern):
        view = "with app.app_context():\n" + textwrap.indent(view, "    ")
    imports = sorted({*_COMMON, *frame.imports.splitlines(), *lines.imports.splitlines()} - {""})
    parts = ("\n".join(imports), frame.setup.strip(), before.strip(), f"admin = Admin(app)\n{view}")
    return "\n\n".join(part for part in parts if part) + "\n"


_COMMON = (
    "from flask import Flask",
    "from flask_admin import Admin",
    "from flask_admin.contrib.sqla import ModelView",
)


def _filled(text: str, frame: Frame) -> str:
    for name, instead in frame.names.items():
        text = text.replace(f"{{{name}}}", instead)
    return text
