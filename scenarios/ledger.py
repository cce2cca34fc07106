"""Nothing raised goes by unseen: what the application raises, logs as an error, or warns of.

A scenario names beforehand what it provokes (`world.allow`). Whatever else comes fails it when it
has ended, also where the answer was 200 and the rows are right.

What was seen is kept as text: an exception holds its frames, and with them the Sessions whose
lifetime is measured. So it can be told from the process of a server, too.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Union

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SAWarning

from .patterns import NotApplicable

HERE = str(Path(__file__).parent)
Kind = Union[type, str]
"""An error's class; or its name, or a part of what it says."""

_SAYS = {
    "raised": "the application raised {type}",
    "sent": "{type} was raised while the answer was sent",
    "thread": "a thread of the application ended with {type}",
    "ignored": "{type} was raised where nobody could catch it",
    "logged": "{logger} logged the error {text!r}",
    "database": "{type} came from the database",
    "warned": "SQLAlchemy warned: {text}",
}
"""What is told of each kind of thing that can be seen; the first tells most."""

RAISED = ("raised", "sent")
"""What a request can end with."""


class _Elsewhere(Exception):
    """Carries the traceback of an error that is known as text."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


_KNOWN = {one.__name__: one for one in (NotApplicable, AssertionError, SystemError, MemoryError)}
"""What the recorder tells from others by its class, not by its name."""


def described(error: BaseException) -> dict[str, Any]:
    """Return an error as text, so that it can be raised again, in another process as well."""
    trace = traceback.TracebackException.from_exception(error)
    return {
        "type": type(error).__name__,
        "kind": _name(type(error)),
        "message": str(error),
        "files": [frame.filename for frame in trace.stack],
        "traceback": "".join(trace.format()),
    }


def raised(told: Mapping[str, Any]) -> BaseException:
    """Return an error that was described, as one of the same name and message."""
    name = told["type"]
    kind = _KNOWN.get(name) or type(name, (Exception,), {"__module__": "described"})
    error: BaseException = kind(told["message"])
    # An assertion's cause would be taken for what it is about.
    place = "__context__" if kind is AssertionError else "__cause__"
    setattr(error, place, _Elsewhere(told["traceback"]))
    return error


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


class Ledger:
    """What was seen of one application, and what its scenario named beforehand."""

    def __init__(self) -> None:
        self._seen: list[dict[str, Any]] = []
        self._met = 0
        self._raised: set[str] = set()
        self._texts: list[str] = []
        self._logged: list[str] = []
        self._warned: list[str] = []

    def allow(self, raised: Iterable[Kind], logged: Iterable[str], warned: Iterable[str]) -> None:
        """Take it for what the scenario provokes; see `World.allow`."""
        for one in raised:
            if isinstance(one, str):
                self._texts.append(one)
            else:
                self._raised.add(_name(one))
        self._logged += logged
        self._warned += warned

    def open(self) -> None:
        """Hear from now on what the process tells of; whoever was heard before is not any more."""
        global _open  # noqa: PLW0603 - what it hears of is one for the process as well
        if _open is None:
            _listen()
        _open = self
        _hear_warnings()

    def note(self, what: str, error: BaseException | None, text: str = "", by: str = "") -> None:
        """Take down what was seen: an error, or what was said, or both."""
        told = None if error is None else described(error)
        self._seen.append({"what": what, "error": told, "text": text, "logger": by})

    def take(self) -> list[dict[str, Any]]:
        """Return what was seen until now, for the ledger of another process, and forget it."""
        seen, self._seen = self._seen, []
        return seen

    def add(self, seen: Iterable[dict[str, Any]]) -> None:
        """Take down what another process has seen."""
        self._seen += seen

    def judge(self) -> None:
        """Fail where something was seen that was not named beforehand, and forget it."""
        self._met = self.met
        order = list(_SAYS)
        unseen = sorted(
            (one for one in self.take() if not self._is_allowed(one)),
            key=lambda one: (order.index(one["what"]), _said(one)),
        )
        if unseen:
            first = next((one["error"] for one in unseen if one["error"]), None)
            said = dict.fromkeys(map(_said, unseen))
            raise AssertionError("; ".join(said)) from (raised(first) if first else None)

    @property
    def met(self) -> int:
        """How often something happened that was to be seen; what makes it happen says so."""
        return self._met + sum(one["what"] == "met" for one in self._seen)

    def unnamed(self) -> BaseException | None:
        """Return the error that was logged last and not named beforehand, if any."""
        logged = (one for one in reversed(self._seen) if one["what"] == "logged" and one["error"])
        found = next((one["error"] for one in logged if not self._is_allowed(one)), None)
        return raised(found) if found else None

    def _is_allowed(self, seen: Mapping[str, Any]) -> bool:
        if seen["what"] == "met":
            return True
        if seen["what"] == "warned":
            return any(one in seen["text"] for one in self._warned)
        if seen["what"] == "logged" and not any(one in seen["text"] for one in self._logged):
            return False
        return seen["error"] is None or self._is_own(seen["error"])

    def _is_own(self, error: Mapping[str, Any]) -> bool:
        """Tell whether an error is one that the scenario named, and not another of its class."""
        if any(one == error["type"] or one in error["message"] for one in self._texts):
            return True
        if error["kind"] not in self._raised:
            return False
        # Python's own may come from anywhere: the scenario's are those that it raised itself.
        last = (error["files"] or [HERE])[-1]
        return not error["kind"].startswith("builtins.") or last.startswith(HERE)


def _said(seen: Mapping[str, Any]) -> str:
    """Return a line about what was seen."""
    name = seen["error"]["type"] if seen["error"] else "an error"
    line = next(iter(seen["text"].splitlines()), "")
    return _SAYS[seen["what"]].format(type=name, text=line, logger=seen["logger"])


_open: Ledger | None = None
"""Whose scenario it is; what comes before the next one has begun is still this one's."""


def _note(what: str, error: BaseException | None, text: str = "", by: str = "") -> None:
    if _open is not None:
        _open.note(what, error, text, by)


def _listen() -> None:
    """Hear, once in a process, of all that reaches no scenario by itself."""
    make = logging.getLogRecordFactory()

    def factory(*given: Any, **more: Any) -> logging.LogRecord:
        # Made for each record that counts, whichever logger it is of and whoever handles it.
        record = make(*given, **more)
        if record.levelno >= logging.ERROR:
            error = record.exc_info[1] if record.exc_info else None
            _note("logged", error, record.getMessage(), record.name)
        return record

    logging.setLogRecordFactory(factory)
    threading.excepthook = lambda args: _note("thread", args.exc_value)
    sys.unraisablehook = lambda args: _note("ignored", args.exc_value)
    event.listen(Engine, "handle_error", _refused)


def _refused(context: Any) -> None:
    """Note what a database refused: whoever asked may keep it to himself."""
    _note("database", context.sqlalchemy_exception or context.original_exception)


def _hear_warnings() -> None:
    """Hear of warnings; whoever records them sets this back, so it is done for each scenario."""
    show = warnings.showwarning
    if getattr(show, "hears", False):
        return

    def shown(message: Any, category: type, *where: Any, **more: Any) -> None:
        if issubclass(category, SAWarning):
            _note("warned", message, str(message))
        show(message, category, *where, **more)

    shown.hears = True  # type: ignore[attr-defined]
    warnings.showwarning = shown
    warnings.simplefilter("always", SAWarning)


class Body:
    """An answer's body; what is raised while it is sent goes past the application's handling."""

    def __init__(self, body: Iterable[bytes], ledger: Ledger) -> None:
        self._body = body
        self._parts = iter(body)
        self._ledger = ledger

    def __iter__(self) -> Body:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._parts)
        except StopIteration:
            raise
        except BaseException as error:
            self._ledger.note("sent", error)
            raise

    def close(self) -> None:
        try:
            getattr(self._body, "close", lambda: None)()
        except BaseException as error:
            self._ledger.note("sent", error)
            raise
