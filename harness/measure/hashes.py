"""The hashes that the files of a lock have to have, as requirements and lock files give them; pure.

They are written into the lock that uv installs, and uv verifies them. A repository or a folder has
none: it is not one file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

Hashes: TypeAlias = Mapping[str, tuple[str, ...]]
"""The hashes of a package's files (`sha256:...`), by what `key` gives for its pin."""

_DIGITS = {"md5": 32, "sha256": 64, "sha384": 96, "sha512": 128, "blake2b": 128}
_MISMATCH = re.compile(
    r"Hash mismatch for `([^`]+)`\s+Expected:\s+(.*?)\s+Computed:\s+(\S+)", re.DOTALL
)
_SHOWN = 20
"""Characters of a hash that tell it apart for a person."""


def is_hash(text: str) -> bool:
    """Tell `sha256:` and its 64 digits, and its like, from what nothing can be verified by."""
    kind, _, digits = text.partition(":")
    return len(digits) == _DIGITS.get(kind) and not set(digits) - set("0123456789abcdef")


def key(line: str) -> str:
    """Return what tells a pin apart however it is written; "" where it is no pin of one file."""
    try:
        one = Requirement(line)
    except InvalidRequirement:
        return ""
    name = canonicalize_name(one.name)
    if one.url:
        return f"{name} @ {one.url}"
    pins = [part.version for part in one.specifier if part.operator in ("==", "===")]
    try:
        return f"{name}=={Version(pins[0])}" if len(pins) == len(one.specifier) == 1 else ""
    except InvalidVersion:  # flask==3.1.*
        return ""


def written(lock: str, given: Hashes) -> str:
    """Return a lock with the hashes that are given for its lines."""
    return "".join(f"{line}{''.join(_options(line, given))}\n" for line in lock.splitlines())


def _options(line: str, given: Hashes) -> Iterator[str]:
    yield from (f" --hash={one}" for one in given.get(key(line), ()))


def mismatch(output: str) -> str:
    """Return in a sentence which file of uv's output has none of its hashes; "" where none has."""
    found = _MISMATCH.search(output)
    if found is None:
        return ""
    what, expected, computed = found[1].partition(" @ ")[0], found[2].split(), found[3]
    one = f"the hash that is given for it ({expected[0][:_SHOWN]}...)"
    some = one if len(expected) == 1 else f"any of the {len(expected)} hashes that are given for it"
    return (
        f"{what.replace('==', ' ')} is not what was locked: the file for this Python has"
        f" {computed[:_SHOWN]}..., not {some}; it was changed, or its hashes are those of another"
        " Python's or platform's files"
    )
