"""What is the same about two failures: an error's root cause without what differs by chance."""

from __future__ import annotations

import re

from harness.model import Error

_LONGEST = 200
_MARKERS = ("site-packages/", "scenarios/", "lib/python")
_MACHINE = r"tmp|home|root|usr|var|opt|work|mnt|private|Users|github|builds|workspace|nix|__w"
_NAME = r"[^\s\"'`<>|:;,()\[\]{}\\/]+"
_START = r"(?:(?<![\w.:/\\])|(?<=\W-[IL]))"
"""Where a path begins: after nothing that could be a part of it, or after a compiler's option."""
_PATH = re.compile(rf"{_START}((?:[A-Za-z]:)?[\\/](?:{_NAME}[\\/])+)({_NAME})?")
_SQLITE = re.compile(r"sqlite:///+(?:[^\s\"'?/]+/)+")
_INDEX = re.compile(r"https?://[^\s\"'`()<>]*/(?:simple|packages|files)\b[^\s\"'`()<>]*")
_PLACE = re.compile(r" \([^()\s]+:\d+\)$")
_BY_CHANCE = (
    (re.compile(r"0x[0-9a-fA-F]+"), "0x..."),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b\d{9,}\b"), "<id>"),
    (re.compile(r"\b(?:pytest-of-\w+|pytest-\d+|tmp[\w]{6,8})\b"), "<temp>"),
)


def portable(text: str) -> str:
    """Give the text without what only means something on one machine: folders, package indexes."""
    text = _INDEX.sub("the registry", text)
    text = _SQLITE.sub("sqlite:///.../", text)
    return _PATH.sub(_shortened, text)


def _shortened(path: re.Match[str]) -> str:
    whole = path[0].replace("\\", "/")
    for marker in _MARKERS:
        before, found, after = whole.rpartition("/" + marker)
        if found and before:
            return (marker + after).removeprefix("lib/").removeprefix("site-packages/")
    if re.match(rf"(?:[A-Za-z]:)?/(?:{_MACHINE})/", whole):
        return f".../{path[2] or ''}"
    return path[0]


def normalised(text: str) -> str:
    """Give the text's first line, not too long, without addresses, ids, folders and the like."""
    lines = (line.strip() for line in text.splitlines())
    line = portable(next((line for line in lines if line), ""))
    for pattern, instead in _BY_CHANCE:
        line = pattern.sub(instead, line)
    return _cut(line, _LONGEST)


def short_warning(warning: str) -> str:
    """Give a warning in one line and not too long, with the place at its end that it points to."""
    line = portable(" ".join(warning.split()))
    place = _PLACE.search(line)
    if place is None or len(place[0]) > _LONGEST // 2:
        return _cut(line, _LONGEST)
    return _cut(line[: place.start()], _LONGEST - len(place[0])) + place[0]


def _cut(line: str, length: int) -> str:
    return line if len(line) <= length else line[: length - 3].rstrip() + "..."


def root_cause(error: Error | None, otherwise: str = "") -> str:
    """Give the type and the normalised message of an error; `otherwise` where there is no error."""
    if error is None:
        return normalised(otherwise)
    message = normalised(error.message)
    return f"{error.type}: {message}" if message else error.type
