"""The exact packages of a cell, or the resolver's reason why there are none, through uv."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import uv
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness import process
from harness.errors import RegistryUnreachable
from harness.measure import git, hashes
from harness.model import Cell, Resolution
from harness.process import Finished


class Why(StrEnum):
    """Why there is no lock, or no environment."""

    CONFLICT = "conflict"
    NO_SUCH_VERSION = "no-such-version"
    NO_SUCH_PACKAGE = "no-such-package"
    MALFORMED = "malformed"
    BUILD_FAILED = "build-failed"
    NO_COMPILER = "no-compiler"
    """It would have to be built, and what builds it is not on this machine."""
    HASH_MISMATCH = "hash-mismatch"
    """A file is not the one that was locked."""
    UNREACHABLE = "unreachable"
    NO_UPLOAD_TIMES = "no-upload-times"
    """What there was at a past moment cannot be told: the index does not say since when."""
    UNKNOWN = "unknown"

    @property
    def is_bad_input(self) -> bool:
        """Whether a requirement names something that does not exist, or is not what it says."""
        return self in (
            Why.NO_SUCH_VERSION,
            Why.NO_SUCH_PACKAGE,
            Why.MALFORMED,
            Why.HASH_MISMATCH,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Lock:
    """The exact packages of a cell: the text that uv installs, and the versions in it."""

    text: str
    packages: Mapping[str, str]
    """Versions by normalised name; those installed from a folder or an address are not here."""
    from_source: bool = False
    """Whether something comes from a folder or an address, and may have changed since."""
    finished: Finished


@dataclass(frozen=True, kw_only=True, slots=True)
class Unresolvable:
    """There is no set of packages for the cell: a sentence, and all that the resolver said."""

    why: Why
    message: str
    text: str
    finished: Finished


UV = (uv.find_uv_bin(),)
COMPILE = ("--no-header", "--no-annotate")
QUIET = ("--quiet", "--no-python-downloads", "--color", "never")

_UNREACHABLE = re.compile(
    r"error sending request|dns error|HTTP status server error|operation timed out|timed out"
    r"|Request failed after|401 Unauthorized|403 Forbidden|network was disabled|unable to access"
    r"|429 Too Many Requests|connection (?:closed|reset)|error decoding response body"
    r"|network connectivity is disabled",
    re.IGNORECASE,
)
_MALFORMED = (
    "Couldn't parse requirement",
    "Distribution not found",
    "does not appear to be a Python project",
    "does not match given name",
    "HTTP status client error",
    "has no subdirectory",
)
_BUILD_FAILED = ("build backend returned an error", "Failed to build", "failed to build")
_BUILT = re.compile(r"[Ff]ailed to (?:download and )?build `([^`]+)`")
_COMPILER = r"[^'`\n]*(?:gcc|cc|clang|[gc]\+\+|cl\.exe|rustc|cargo|gfortran)"
_NO_COMPILER = re.compile(
    rf"No such file or directory: '{_COMPILER}'"
    rf"|command '{_COMPILER}' failed: No such file or directory"
    rf"|unable to execute '{_COMPILER}'|linker `{_COMPILER}` not found"
    r"|Microsoft Visual C\+\+ [\d.]+ or greater is required|can't find Rust compiler"
)
_NAME = re.compile(r"[\w.-]*\w")
_VIA = re.compile(r"(?P<name>[\w.-]*\w)(?:\[[^]]*\])?==\S+\s+# via (?P<via>.+)$")
_NOT_UNDER_TEST = frozenset({"flask", "sqlalchemy"})
_UNDATED = re.compile(r"`([^`]+)` is missing an upload date")
_NONE_LEFT = re.compile(r"\bno versions? of ([\w.-]*\w)")
_NOWHERE = re.compile(r"not found in the (?:package registry|provided package locations)")
_PREMISE = re.compile(
    r" and (?=you require|only |there (?:is|are) |we know |the current |all |any of"
    r"|\S+ (?:depends? on|was not|were not|has no|cannot|needs))"
)
_STEP = re.compile(r"because (.*?),? we can conclude that .*?\.(?=\s|$)", re.IGNORECASE)
_CLAUSES = 4
_LONGEST = 400


def lock(
    cell: Cell, python: Path, *, folder: Path, env: Mapping[str, str], deadline_seconds: float
) -> Lock | Unresolvable:
    """Resolve a cell for an interpreter; the requirements are kept in `requirements.in`.

    Raises RegistryUnreachable where the index does not answer: that says nothing of the cell.
    """
    wanted = (*cell.requirements, *cell.companions)
    source = folder / "requirements.in"
    source.write_text("".join(f"{line}\n" for line in wanted), encoding="utf-8")
    argv: list[str | Path] = [*choice(cell.resolution, folder), "--python", python, source]

    def compiled(*spoken: str) -> Finished:
        return process.run(
            [*UV, "pip", "compile", *spoken, *argv],
            cwd=folder,
            env=env,
            deadline_seconds=deadline_seconds,
        )

    if cell.resolution.lowest:
        told = compiled(*QUIET, "--no-header", "--annotation-style", "line").output
        lines = (*wanted, *_declared_by_those_under_test(wanted, told))
        source.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    finished = compiled(*QUIET, *COMPILE)
    if finished.timed_out:
        raise RegistryUnreachable(
            f"the packages were not resolved in {deadline_seconds:g} s: the package index is slow,"
            " or does not answer"
        )
    if finished.returncode == 0:
        return make_lock(finished)
    why, message = classify(finished.output, wanted)
    if why is Why.UNREACHABLE:
        raise RegistryUnreachable(message)
    if cell.resolution.as_of:
        undated = _undated(compiled(*QUIET[1:], *COMPILE).output)  # it is a warning, not an error
        if undated:
            why = Why.NO_UPLOAD_TIMES
            message = (
                f"what there was as of {cell.resolution.as_of} cannot be known:"
                f" the package index has no upload time for {undated}"
            )
        elif why is Why.NO_SUCH_VERSION:
            message = f"as of {cell.resolution.as_of}, {message}"
    return Unresolvable(why=why, message=message, text=finished.output, finished=finished)


def _declared_by_those_under_test(wanted: Iterable[str], told: str) -> tuple[str, ...]:
    """Return what Flask-Admin and the session library declare to need, as uv's annotations say.

    Those are to be the lowest as well. What the others need is not: the oldest greenlet, of which
    SQLAlchemy names no floor, can be built on no Python of today.
    """
    names = [match[0] for line in wanted if (match := _NAME.match(line))]
    named = set(map(canonicalize_name, names))
    subjects = named - _NOT_UNDER_TEST
    found = [match for line in told.splitlines() if (match := _VIA.match(line))]
    others = [one for one in found if canonicalize_name(one["name"]) not in named]
    return tuple(
        one["name"]
        for one in others
        if subjects & {canonicalize_name(text.strip()) for text in one["via"].split(",")}
    )


def _undated(output: str) -> str:
    """Return a file without an upload time of a package of which no release was left, or ""."""
    gone = {canonicalize_name(name) for name in _NONE_LEFT.findall(output)}
    for file in _UNDATED.findall(output):
        if canonicalize_name(file.partition("-")[0]) in gone:
            return str(file)
    return ""


def choice(resolution: Resolution, folder: Path) -> tuple[str, ...]:
    """Return uv's options for the packages that nobody pinned; what they name is kept."""
    options: list[str] = []
    if resolution.as_of:
        options += ["--exclude-newer", resolution.as_of]
    if resolution.lowest:
        options += ["--resolution", "lowest-direct"]
    if resolution.against:
        overrides = folder / "overrides.txt"
        overrides.write_text("".join(f"{x}\n" for x in resolution.against), encoding="utf-8")
        options += ["--overrides", str(overrides)]
    if resolution.within:
        constraints = folder / "constraints.txt"
        constraints.write_text("".join(f"{x}\n" for x in resolution.within), encoding="utf-8")
        options += ["--constraints", str(constraints)]
    return tuple(options)


def make_lock(finished: Finished) -> Lock:
    """Return the lock that uv printed."""
    lines = [line.strip() for line in finished.output.splitlines() if line.strip()]
    pins = [line.partition(";")[0].partition("==") for line in lines]
    return Lock(
        text="".join(f"{line}\n" for line in lines),
        packages={
            canonicalize_name(n): v.strip() for n, equal, v in pins if equal and "@" not in n
        },
        from_source=any(not equal or "@" in name for name, equal, _ in pins),
        finished=finished,
    )


def classify(output: str, wanted: Iterable[str] = ()) -> tuple[Why, str]:
    """Tell from uv's output why it failed, with the reason in a sentence."""
    said = output.partition("\nhint: ")[0] if _BUILT.search(output) else output
    own_words = re.split(r"\[std(?:out|err)\]", said)[0]
    if other := _of_files(own_words):
        return other
    if _UNREACHABLE.search(own_words):
        return Why.UNREACHABLE, f"the package index cannot be reached: {_last_cause(own_words)}"
    if "No solution found" in own_words:
        return _unsatisfiable(own_words, wanted)
    if any(words in own_words for words in _MALFORMED):
        return Why.MALFORMED, _shortened(_causes(own_words))
    if any(words in own_words for words in _BUILD_FAILED):
        return _not_built(said)
    return Why.UNKNOWN, _shortened(_causes(own_words) or "uv said nothing")


def _of_files(said: str) -> tuple[Why, str] | None:
    """Tell of a file or a commit that is not what it should be; None where that is not it."""
    if other := hashes.mismatch(said):
        return Why.HASH_MISMATCH, _shortened(other)
    is_absent, trouble = git.trouble(said)
    if trouble:
        return Why.MALFORMED if is_absent else Why.UNREACHABLE, _shortened(trouble)
    return None


def _not_built(said: str) -> tuple[Why, str]:
    """Tell what does not build, and whether it is only that a compiler is lacking here."""
    subject = _BUILT.search(said)
    what = subject[1].partition(" @ ")[0].replace("==", " ") if subject else "a package"
    last = _last_line(said)
    if _NO_COMPILER.search(said):
        return Why.NO_COMPILER, _shortened(f"{what} needs a compiler that is not here: {last}")
    return Why.BUILD_FAILED, _shortened(f"{what} does not build here: {last}")


def _unsatisfiable(text: str, wanted: Iterable[str]) -> tuple[Why, str]:
    """Tell which of the reasons it is that uv found no solution."""
    premises = _premises(text)
    if not premises:
        return Why.CONFLICT, _shortened(_causes(text))
    depends = [clause for clause in premises if " depend" in clause]
    missing = [clause for clause in premises if _NOWHERE.search(clause)]
    absent = [clause for clause in premises if clause.startswith(("there is no ", "only "))]
    required = [_as_wanted(c, wanted) for c in premises if c.startswith("you require")]
    if missing and not depends:
        off = "provided package locations" in text
        where = "any folder, and no index is asked (PIP_NO_INDEX)" if off else "the package index"
        return Why.NO_SUCH_PACKAGE, f"{missing[0].split()[0]} is not in {where}"
    if absent and not depends:
        return Why.NO_SUCH_VERSION, _shortened(" and ".join([*absent[:1], *required]))
    others = [clause for clause in depends if not _python_needed(clause)]
    if not depends:
        return Why.CONFLICT, _shortened(" and ".join(required or premises))
    if not others:
        return Why.CONFLICT, _shortened(_python_too_old(premises, depends[-1]))
    return Why.CONFLICT, _shortened(_dependencies(others, required))


def _premises(text: str) -> list[str]:
    """Return what uv's derivation starts from, each once, in its order."""
    reason = " ".join(text.partition("cause: ")[2].split())
    parts = (part for step in _STEP.findall(reason) for part in _PREMISE.split(step))
    return list(dict.fromkeys(part for part in parts if not part.startswith("we know")))


def _dependencies(depends: Sequence[str], required: Sequence[str]) -> str:
    """Return `a 1.0 depends on b>=3 and you require b==2.*`."""
    pins = {_name(clause): clause.removeprefix("you require ") for clause in required}
    clauses = [_with_pin(clause, pins) for clause in depends]
    objects = " ".join(clause.partition(" depend")[2] for clause in depends)
    subjects = {_name(clause) for clause in depends}
    clashing = [
        clause
        for clause in required
        if _name(clause) not in subjects or re.search(rf"\b{_name(clause)}(?![-\w])", objects)
    ]
    return " and ".join([*clauses[: _CLAUSES - 1], *clashing[:_CLAUSES]])


def _with_pin(clause: str, pins: Mapping[str, str]) -> str:
    """Name the one release that is asked for, where uv names a range of them."""
    subject, depends, rest = clause.partition(" depend")
    name, equal, version = pins.get(_name(clause), "").partition("==")
    if equal and "," not in version and "*" not in version:
        subject, rest = f"{name} {version}", rest.removeprefix("s")
        return f"{subject}{depends}s{rest}"
    return clause


def _python_too_old(premises: Iterable[str], depends: str) -> str:
    """Return `a 1.0 needs Python>=3.10 and this is Python 3.9.18`."""
    subject, _, needed = depends.partition(" depends on ")
    current = re.search(r"current Python version \(([\w.]+)\)", " ".join(premises))
    here = f"this is Python {current[1]}" if current else "this is another"
    return f"{subject.replace('==', ' ')} needs {needed} and {here}"


def _python_needed(clause: str) -> bool:
    return " depends on Python" in clause


def _as_wanted(clause: str, wanted: Iterable[str]) -> str:
    """Put the requirement as it was written in the place of uv's own range for it."""
    if " and " in clause:
        return clause
    texts = [text for text in wanted if _requirement_name(text) == _name(clause)]
    return f"you require {texts[0]}" if len(texts) == 1 else clause


def _requirement_name(text: str) -> str:
    try:
        return canonicalize_name(Requirement(text).name)
    except InvalidRequirement:
        return ""


def _name(clause: str) -> str:
    """Return the package that a clause starts with."""
    found = re.match(
        r"[\w.-]*\w", clause.removeprefix("you require ").removeprefix("all versions of ")
    )
    return canonicalize_name(found[0]) if found else ""


def _causes(text: str) -> str:
    """Return the whole error on one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return ": ".join(line.removeprefix("error: ").removeprefix("cause: ") for line in lines[:3])


def _last_cause(text: str) -> str:
    lines = [line for line in text.splitlines() if line.lstrip().startswith(("cause: ", "error: "))]
    hints = [line for line in text.splitlines() if _UNREACHABLE.search(line)]
    last = (lines if not hints or "hint:" not in hints[-1] else hints)[-1:] or ["no answer"]
    words = re.sub(r"\s*(?:for url )?\(?\bhttps?://[^\s)]+\)?", "", last[0])
    return re.sub(r"^\s*(?:cause|error|hint): ", "", words).strip()


def _last_line(text: str) -> str:
    return [line.strip() for line in text.splitlines() if line.strip()][-1]


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"
