"""With which of the other packages a cell is made, and how its id says so; pure."""

from __future__ import annotations

import re
from datetime import date

from harness.errors import BadInput
from harness.model import Resolution

ITS_TIME = "its-time"
"""As of the first day on which everything that a cell pins had been released."""
_SUFFIX = re.compile(r"-(?:(?P<lowest>lowest)|asof(?P<day>\d{8}))$")


def suffix(resolution: Resolution) -> str:
    """Return what the id of a cell ends with; "" for the packages of today."""
    if resolution.lowest:
        return "-lowest"
    return f"-asof{resolution.as_of.replace('-', '')}" if resolution.as_of else ""


def parted(name: str) -> tuple[str, Resolution]:
    """Return an id without that suffix, and what it says; BadInput where it is no day."""
    found = _SUFFIX.search(name)
    if found is None:
        return name, Resolution()
    rest = name[: found.start()]
    if found["lowest"]:
        return rest, Resolution(lowest=True)
    digits = found["day"]
    return rest, Resolution(as_of=day(f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"))


def day(text: str) -> str:
    """Return a day as it was written; BadInput where it is none."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise BadInput(f"{text!r} is no day: write it as 2024-03-01") from error
