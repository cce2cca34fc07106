"""`harness.audit`: what the measurement says against the named problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from harness import catalog, collect, project
from harness.audit import audit
from harness.baseline import SCENARIOS, SHARED
from harness.model import Json, JudgedCell, Kind, Observation, Outcome, Party, Problem
from harness.problems import is_about
from tests import builders
from tests.committed import committed

ROOT = Path(__file__).parent.parent
FLOAT = "column_types::float"
LOST = builders.failed(
    scenario=FLOAT, pattern="any", error=builders.error("AssertionError", "no field")
)
KEPT = builders.observation(scenario=FLOAT, pattern="any")
PROBLEM = builders.problem(checks=[FLOAT], error="no field")
LIMIT = replace(PROBLEM, kind=Kind.LIMIT)


def cell(seen: Observation, admin: str = "2.2.1") -> JudgedCell:
    return builders.judged(
        seen, cell=builders.cell(admin=admin), environment=builders.environment(packages={})
    )


def said(problem: Problem, *cells: JudgedCell) -> str:
    return "\n".join(audit(builders.matrix(*cells), [problem]))


def test_a_problem_of_some_cells_and_a_limit_of_all_are_right() -> None:
    assert said(PROBLEM, cell(LOST), cell(KEPT, "2.0.2")) == ""
    assert said(LIMIT, cell(LOST), cell(LOST, "2.0.2")) == ""


def test_a_limit_that_a_cell_is_free_of_is_a_problem() -> None:
    text = said(LIMIT, cell(LOST), cell(KEPT, "2.0.2"))
    assert text.startswith("floats-are-lost: it is no limit, since column_types::float passes in 1")
    assert "admin2.0.2" in text


def test_a_limit_under_one_pattern_of_a_cell_is_one_of_the_cell() -> None:
    both = builders.judged(LOST, replace(KEPT, pattern=builders.DB))
    assert said(LIMIT, both) == ""


def test_a_problem_that_every_cell_has_is_a_limit() -> None:
    text = said(PROBLEM, cell(LOST), cell(LOST, "2.0.2"))
    assert text == "floats-are-lost: every cell that looked for it has it: it is a limit"
    of_one = replace(PROBLEM, levels={"flask-admin": (">=2.2",)})
    assert said(of_one, cell(LOST), cell(LOST, "2.0.2")) == ""


def test_what_is_mended_is_told_as_no_longer_seen() -> None:
    assert (
        said(PROBLEM, cell(KEPT)) == "floats-are-lost: no longer seen, where 1 cell looked for it"
    )
    other = replace(LOST, error=builders.error("KeyError", "ratio"))
    assert "no longer seen" in said(PROBLEM, cell(other))


def test_what_nobody_looked_for_is_not_told() -> None:
    elsewhere = replace(PROBLEM, levels={"flask-admin": ("<2",)})
    assert said(PROBLEM) == said(elsewhere, cell(KEPT)) == ""
    unasked = builders.observation(Outcome.NOT_APPLICABLE, scenario=FLOAT)
    assert said(PROBLEM, cell(unasked)) == ""


def test_an_import_that_fails_is_looked_for_in_the_controls() -> None:
    entry = replace(PROBLEM, checks=("probe::import flask-admin",))
    control = builders.control("import flask-admin", party=Party.FLASK_ADMIN)
    assert "no longer seen" in said(entry, builders.judged(controls=[control]))
    gone = replace(control, outcome=Outcome.FAILED, error=builders.error("ImportError", "no field"))
    with_levels = replace(entry, levels={"flask-admin": ("==2.2.1",)})
    assert said(with_levels, builders.judged(controls=[gone])) == ""


def test_what_a_control_of_the_scenarios_shows_is_nothing_of_an_application() -> None:
    bare = replace(KEPT, pattern=builders.BARE)
    assert said(LIMIT, cell(LOST), cell(bare, "2.0.2")) == ""


def test_the_entries_agree_with_the_committed_table() -> None:
    """As far as the table was measured with the scenarios of today."""
    here = project.load(ROOT)
    modules = _same(committed().tool.get(SCENARIOS), collect.fingerprints(here))
    asked = [one for one in here.problems if _modules(one) <= modules]
    assert audit(committed(), asked) == ()


def _same(measured: Json, today: Mapping[str, str]) -> set[str]:
    then = measured if isinstance(measured, Mapping) else {}
    if then.get(SHARED) != today[SHARED]:
        return set()
    return {name for name, digest in today.items() if then.get(name) == digest}


def _modules(problem: Problem) -> set[str]:
    known: Iterable[str] = (one.id for one in catalog.read(ROOT / "scenarios"))
    return {name.partition("::")[0] for name in known if is_about(problem, name)}
