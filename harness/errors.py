"""The ways in which the harness itself can fail, each with an exit status of its own.

What goes wrong *inside* a cell is never one of these: it is a result (see `harness.model`).
"""

from __future__ import annotations

from typing import ClassVar


class HarnessError(Exception):
    """A failure that is told to the user in one line, and ends the program with `status`."""

    status: ClassVar[int] = 70
    kind: ClassVar[str] = "error"
    """What the line begins with."""


class BadInput(HarnessError):
    """Something that the user wrote names or means nothing; the message says what to change."""

    status = 2


class MissingInterpreter(HarnessError):
    """An interpreter that was asked for by name is not on this machine."""

    status = 5


class RegistryUnreachable(HarnessError):
    """The package index did not answer, so nothing can be resolved or installed."""

    status = 6


class NothingMeasured(HarnessError):
    """No cell could be measured at all: the index did not answer, or nothing was run."""

    status = 6


class NotMeasurable(HarnessError):
    """What is asked for is older than what the checks can be run on."""

    status = NothingMeasured.status
    kind = "not known"


class CannotWrite(HarnessError):
    """A report or record cannot be written: no permission, no room."""

    status = 7


#: Exit statuses of a run that went through; the classes above hold those of runs that did not.
UNCHANGED = 0
INCOMPATIBLE = 1
REGRESSED = 3
NOT_MEASURED = 4
