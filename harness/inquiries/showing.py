"""What a finding says of two packages, told so that the same cause is the same value; pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from harness.because import told_control
from harness.inquiries.experiment import Finding, Standing
from harness.inquiries.ranges import Kind, Showing
from harness.model import EnvironmentStatus, Error, Outcome, Party, Verdict
from harness.patterns import own
from harness.rootcause import root_cause

ADMIN = "flask-admin"
_FRAME = re.compile(
    r'^  File "(?P<file>[^"]+)", line \d+, in (?P<function>.+)\n +(?P<code>\S.*)', re.MULTILINE
)
_LINE = re.compile(r"\bline \d+")
_COUNTED = re.compile(r" \([\w:]+(?:\[[^]]*\])?(?: and \d+ more scenarios?)?\)$")
_OURS = "scenarios/"
_PYTHON = ("python3", "lib/python", "<")


def showing(finding: Finding, pair: Collection[str], releases: Collection[str] = ()) -> Showing:
    """Return what a finding says of a pair of packages of these releases."""
    environment = finding.judged.result.environment.status
    match finding.standing:
        case Standing.WORKS:
            return Showing(kind=Kind.WORKS, patterns=tuple(sorted(finding.working)))
        case Standing.NOT_ALLOWED:
            built = environment is not EnvironmentStatus.UNINSTALLABLE
            kind = Kind.NOT_ALLOWED if built else Kind.NOT_BUILT
            return Showing(kind=kind, cause=finding.cause)
        case Standing.UNKNOWN:
            return Showing(kind=Kind.UNKNOWN, cause=_steady(finding.cause, releases))
        case Standing.BROKEN:
            return _broken(finding, pair, releases)


def _broken(finding: Finding, pair: Collection[str], releases: Collection[str]) -> Showing:
    verdicts = own(finding.judged.verdicts).values()
    broken = [one for one in verdicts if one.verdict is Verdict.INCOMPATIBLE]
    text = finding.cause
    if not broken:
        return Showing(kind=Kind.UNKNOWN, cause=f"no pattern that was asked for exists: {text}")
    elsewhere = ADMIN not in pair and any(one.party is Party.FLASK_ADMIN for one in broken)
    return Showing(
        kind=Kind.WITHOUT_ADMIN if elsewhere else Kind.BROKEN,
        cause=_steady(_COUNTED.sub("", text), releases),
        site=site(_error(finding, text), pair),
    )


def site(error: Error | None, pair: Collection[str]) -> str:
    """Return where the call that fails is made: outside the second of the pair, and outside ours.

    The file, the function and the code, without the line number, which differs between releases.
    """
    if error is None:
        return ""
    last = error.traceback.rpartition("\nTraceback (most recent call last)")[2]
    frames = [one for one in _FRAME.finditer(last) if not one["file"].startswith(_PYTHON)]
    asked = tuple(pair)[1:]
    callee = tuple(f"{name.replace('-', '_').lower()}/" for name in asked)
    while frames and frames[-1]["file"].lower().startswith(callee):
        frames.pop()
    if not frames or frames[-1]["file"].startswith(_OURS):
        return ""
    found = frames[-1]
    return f"{found['file']}, {found['function']}: {found['code'].strip()}"


def _steady(cause: str, releases: Collection[str]) -> str:
    """Return a cause without what is of one release only: its number, the lines of its files."""
    for release in releases:
        cause = re.sub(rf"(?<![\w.]){re.escape(release)}(?![\w.]*\w)", "<release>", cause)
    return _LINE.sub("line ...", cause)


def _error(finding: Finding, cause: str) -> Error | None:
    """Return the error that a cause tells of, with its traceback."""
    result = finding.judged.result
    for control in result.controls:
        if control.outcome is Outcome.FAILED and told_control(control) == cause:
            return control.error
    told = _COUNTED.sub("", cause)
    failed = (one.error for one in result.observations if one.outcome is Outcome.FAILED)
    same = [error for error in failed if error and root_cause(error) == told]
    return next((error for error in same if error.traceback), None)
