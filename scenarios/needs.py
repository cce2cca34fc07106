"""What the scenarios' own code imports and is not there: nobody else's failure.

A release under test that cannot import something is a finding. That a scenario or an adapter cannot
is none: an application that does not use what they use never meets it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_OURS = "scenarios"
_MACHINERY = ("importlib", "_frozen_importlib")
_NAMES = {
    "PIL": "Pillow",
    "flask": "Flask",
    "flask_admin": "Flask-Admin",
    "flask_babel": "Flask-Babel",
    "sqlalchemy": "SQLAlchemy",
    "sqlalchemy_continuum": "SQLAlchemy-Continuum",
    "sqlalchemy_utils": "SQLAlchemy-Utils",
    "tablib": "Tablib",
    "wtforms_sqlalchemy": "WTForms-SQLAlchemy",
}
"""What packages are called that are not called as they are imported."""
_NAME = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")


def lacking(error: BaseException) -> str:
    """Return what our own code imports and is not there, in words; "" for any other error."""
    if not isinstance(error, ImportError) or not is_ours(error):
        return ""
    found = _NAME.match(str(error))
    if found:
        return f"this {_package(found[2])} has no {found[1]}"
    if error.name and "." in error.name:
        return f"there is no {error.name} in this {_package(error.name)}"
    return f"{_package(error.name)} is not installed" if error.name else str(error)


def is_ours(error: BaseException) -> bool:
    """Tell whether it was raised by a line of our own, and not below one."""
    last = None
    trace = error.__traceback__
    while trace is not None:
        if not _module(trace.tb_frame).startswith(_MACHINERY):
            last = trace.tb_frame
        trace = trace.tb_next
    return last is not None and _module(last).partition(".")[0] == _OURS


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _package(module: str) -> str:
    top = module.partition(".")[0]
    return _NAMES.get(top, top.replace("_", "-"))
