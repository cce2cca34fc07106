"""The scenarios on trial: who catches which control, and whether they say the same each time; pure.

A control is broken on purpose. A scenario that no control fails proves nothing, and one that says
something else each time is worse.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tabulate import tabulate

from harness.errors import BadInput
from harness.model import Json, Observation, Outcome, PatternName, ScenarioId
from harness.patterns import CONTROLS, is_control
from harness.record import Pair
from harness.rootcause import root_cause

GOOD = (PatternName("scoped-factory"),)
"""What is known to be good wherever there is a `db.session`."""

_CONTROL = re.compile(r"control:[a-z-]+")
_PAGES = ("VIEWS", "KINDS")
"""The tables of the scenarios that hold the controls that are broken pages."""

BUILDING = frozenset(
    {
        ScenarioId("init_time::views_are_added_and_the_admin_is_built"),
        ScenarioId("init_time::an_application_factory_can_bind_the_admin_last"),
        ScenarioId("without_admin::the_session_can_be_handed_over"),
    }
)
"""The session checks that a broken handle fails because no application can be built with it."""

WITHOUT_ADMIN = "without_admin::"
"""How the session checks begin that build no admin."""

_SHOWN = {
    Outcome.PASSED: ".",
    Outcome.FAILED: "X",
    Outcome.NOT_APPLICABLE: "-",
    Outcome.ERRORED: "E",
    Outcome.CRASHED: "C",
    Outcome.TIMED_OUT: "T",
    Outcome.NOT_RUN: " ",
}


def control_names(folder: Path) -> tuple[PatternName, ...]:
    """Return the names of the controls, read from the sources of the scenarios as text."""
    found = {str(name): None for name in sorted(CONTROLS)}
    found |= {name: None for tree in _sources(folder) for name in _named(tree)}
    return tuple(map(PatternName, found))


def page_names(folder: Path) -> frozenset[PatternName]:
    """Return the controls that are broken pages; all the others are broken handles."""
    return frozenset(
        PatternName(name)
        for tree in _sources(folder)
        for node in tree.body
        for target in _targets(node)
        if target in _PAGES
        for name in _named(node)
    )


def _sources(folder: Path) -> Iterator[ast.Module]:
    for path in sorted(folder.glob("controls*.py")):
        try:
            yield ast.parse(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, SyntaxError) as error:
            raise BadInput(f"scenarios/{path.name} cannot be read: {error}") from error


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and _CONTROL.fullmatch(str(node.value)):
            yield str(node.value)


def _targets(node: ast.stmt) -> list[str]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


@dataclass(frozen=True, kw_only=True, slots=True)
class Caught:
    """What the controls showed in one cell."""

    seen: Mapping[Pair, str]
    """For each scenario and pattern a letter: `X` failed, `.` passed, ..."""
    scenarios: tuple[ScenarioId, ...]
    patterns: tuple[PatternName, ...]
    sessions: frozenset[ScenarioId] = frozenset()
    """The scenarios that are session checks."""
    pages: frozenset[PatternName] = frozenset()
    """The controls that are broken pages."""
    named: frozenset[Pair] = frozenset()
    """The failures that a named problem is about."""

    def by(self, scenario: ScenarioId) -> tuple[PatternName, ...]:
        """Return the controls that a scenario catches."""
        names = (name for name in self.patterns if name not in GOOD)
        return tuple(name for name in names if self.seen.get((scenario, name)) == "X")

    @property
    def blind(self) -> tuple[ScenarioId, ...]:
        """The scenarios that ran and that no control fails."""
        return tuple(one for one in self.scenarios if self._ran(one) and not self.by(one))

    @property
    def not_of_sessions(self) -> tuple[ScenarioId, ...]:
        """The session checks that ran and that no broken handle fails: they guard something else.

        A handle with which no application can be built tells only of those that are about that.
        """
        return tuple(
            one
            for one in self.scenarios
            if one in self.sessions
            and self._ran(one)
            and not any(self._is_a_handle(name, one) for name in self.by(one))
        )

    def _is_a_handle(self, name: PatternName, scenario: ScenarioId) -> bool:
        return name not in self.pages and (scenario in BUILDING or self._builds(name))

    def _builds(self, name: PatternName) -> bool:
        """Tell whether an application can be built: what is about that passes, or anything else."""
        told = {self.seen.get((one, name), ".") for one in BUILDING}
        passed = (one for (one, of), letter in self.seen.items() if of == name and letter == ".")
        return told == {"."} or any(
            one in self.sessions and one not in BUILDING and not one.startswith(WITHOUT_ADMIN)
            for one in passed
        )

    @property
    def passed_by(self) -> tuple[PatternName, ...]:
        """The controls that no scenario catches."""
        caught = {name for scenario in self.scenarios for name in self.by(scenario)}
        return tuple(n for n in self.patterns if n not in GOOD and n not in caught)

    @property
    def wrong(self) -> tuple[Pair, ...]:
        """What fails although it is known to be good."""
        return tuple(
            (scenario, name)
            for scenario in self.scenarios
            for name in GOOD
            if self.seen.get((scenario, name), " ") not in ".- "
            and (scenario, name) not in self.named
        )

    @property
    def unclear(self) -> tuple[Pair, ...]:
        """What neither passed nor failed: a defect of the scenario or of the control."""
        return tuple(pair for pair, letter in sorted(self.seen.items()) if letter in "ECT")

    @property
    def is_amiss(self) -> bool:
        """Whether a scenario or a control does not do its part."""
        found = (self.blind, self.not_of_sessions, self.passed_by, self.wrong, self.unclear)
        return any(found)

    def _ran(self, scenario: ScenarioId) -> bool:
        return any(self.seen.get((scenario, name), "-") not in "- " for name in self.patterns)


def caught(
    observations: Iterable[Observation],
    sessions: Iterable[ScenarioId] = (),
    pages: Iterable[PatternName] = (),
    named: Iterable[Pair] = (),
) -> Caught:
    """Return who caught what; `sessions` are the session checks, `pages` what is a broken page.

    `named` are the failures that a named problem is about: what is good may have them.
    """
    seen = {(one.scenario, one.pattern): _SHOWN[one.outcome] for one in observations}
    return Caught(
        seen=seen,
        scenarios=tuple(sorted({scenario for scenario, _ in seen})),
        patterns=tuple(sorted({name for _, name in seen}, key=_place)),
        sessions=frozenset(sessions),
        pages=frozenset(pages),
        named=frozenset(named),
    )


def _place(name: PatternName) -> tuple[bool, bool, str]:
    return name in GOOD, not is_control(name), name


def controls_table(found: Caught) -> str:
    """Return the table, scenario by control."""
    columns = [f"{at:>2} {name}" for at, name in enumerate(found.patterns, start=1)]
    rows = [
        (scenario, *(found.seen.get((scenario, name), " ") for name in found.patterns))
        for scenario in found.scenarios
    ]
    headers = ("scenario", *(str(at) for at in range(1, len(found.patterns) + 1)))
    seeing = len(found.scenarios) - len(found.blind)
    told = [
        "X caught, . passed, - does not apply",
        *columns,
        "",
        tabulate(rows, headers=headers, tablefmt="simple", disable_numparse=True),
        "",
        f"{seeing} of {len(found.scenarios)} scenarios catch a control, or do not apply here",
        *(f"caught by none: {one}" for one in found.blind),
        *(f"a session check that no broken handle fails: {one}" for one in found.not_of_sessions),
        *(f"passes everything: {one}" for one in found.passed_by),
        *(f"good, and does not pass: {name}: {one}" for one, name in found.wrong),
        *(f"neither passed nor failed: {name}: {one}" for one, name in found.unclear),
    ]
    return "\n".join(told)


@dataclass(kw_only=True, slots=True)
class Steadiness:
    """What many runs of the same scenarios showed."""

    runs: int = 0
    observations: int = 0
    said: dict[Pair, dict[str, int]] = field(default_factory=dict)
    """For each scenario and pattern what it showed, and how often."""

    def add(self, observations: Iterable[Observation]) -> None:
        """Take the observations of one more run."""
        self.runs += 1
        for seen in observations:
            if seen.outcome is Outcome.NOT_RUN:
                continue
            self.observations += 1
            told = self.said.setdefault((seen.scenario, seen.pattern), {})
            text = _told(seen)
            told[text] = told.get(text, 0) + 1

    @property
    def unsteady(self) -> Sequence[tuple[Pair, Mapping[str, int]]]:
        """What did not show the same each time."""
        return [(pair, told) for pair, told in sorted(self.said.items()) if len(told) > 1]

    def text(self) -> str:
        """Return the figures, and what differed."""
        pairs = f"{len(self.said)} pairs of scenario and pattern"
        differ = f"{len(self.unsteady)} showed another outcome or evidence"
        lines = [f"{self.runs} runs, {self.observations} observations of {pairs}: {differ}"]
        for (scenario, pattern), told in self.unsteady:
            lines.append(f"{scenario} under {pattern}:")
            lines += [f"  {times} times {text}" for text, times in sorted(told.items())]
        return "\n".join(lines)


def _told(seen: Observation) -> str:
    cause = root_cause(seen.error, seen.reason)
    facts: Mapping[str, Json] = dict(sorted(seen.evidence.items()))
    return f"{seen.outcome}: {cause} {facts}"
