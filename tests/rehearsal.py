"""A package index and a laboratory that answer from plain values: no network, no environments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from harness import store
from harness.errors import BadInput
from harness.inquiries.experiment import FOLDER, Experiment, Finding, Laboratory
from harness.inquiries.ranges_run import lock_text
from harness.judge import Criteria, judge
from harness.model import CellResult, EnvironmentStatus, JudgedCell
from harness.releases.index import Index, Release
from tests import builders

DAY = "2026-11-21"


def release(version: str, uploaded: str = "", *, yanked: bool = False, python: str = "") -> Release:
    return Release(
        version=Version(version),
        uploaded=datetime.fromisoformat(uploaded).replace(tzinfo=UTC) if uploaded else None,
        yanked=yanked,
        requires_python=SpecifierSet(python),
    )


class Shelf(Index):
    """The releases of some packages, and what those declare."""

    def __init__(
        self,
        releases: Mapping[str, Sequence[Release]],
        needs: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._all = releases
        self._needs = needs or {}

    def releases(self, name: str) -> tuple[Release, ...]:
        if name not in self._all:
            raise BadInput(f"{name} is not in the package index")
        return tuple(self._all[name])

    def requires(self, name: str, version: str) -> tuple[Requirement, ...] | None:
        return tuple(map(Requirement, self._needs.get(f"{name} {version}", ())))


Shows = Callable[[Experiment], CellResult]
Chooses = Callable[[Experiment], Mapping[str, str] | str]


@dataclass(frozen=True, kw_only=True)
class Rehearsal(Laboratory):
    """Shows what it is told to; the resolver's choice is on disk already, as after a first run."""

    shows: Shows
    chooses: Chooses
    asked: list[Experiment] = field(default_factory=list)

    def finding(self, experiment: Experiment) -> Finding:
        self.asked.append(experiment)
        judged: JudgedCell = judge(self.shows(experiment), (), Criteria())
        return Finding(experiment=experiment, judged=judged)

    def foresee(self, experiments: Iterable[Experiment]) -> None:
        for one in experiments:
            folder = self.here.root / FOLDER / "locks" / one.id
            store.write_text(folder / f"{self.day}.json", lock_text(self.chooses(one)))


def pins(experiment: Experiment) -> dict[str, str]:
    """The versions that an experiment pins."""
    found = (line.partition("==") for line in experiment.requirements)
    return {name: version for name, equal, version in found if equal}


def works() -> CellResult:
    return builders.result(builders.observation(), *builders.caught())


def breaks(message: str = "gone", *, kind: str = "TypeError", traceback: str = "") -> CellResult:
    error = builders.error(kind, message, traceback)
    return builders.result(builders.failed(error=error), *builders.caught())


def forbidden(message: str = "a needs b>=2") -> CellResult:
    environment = builders.environment(EnvironmentStatus.UNRESOLVABLE, message=message)
    return builders.result(environment=environment)
