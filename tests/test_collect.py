from __future__ import annotations

from pathlib import Path

from harness import collect, run
from harness.judge import judge
from harness.model import (
    CellResult,
    Ending,
    Environment,
    EnvironmentStatus,
    Error,
    Observation,
    Outcome,
    PatternName,
    Verdict,
)
from harness.options import RunOptions
from tests import builders
from tests.builders import SCENARIO

NOX = """
nox > some noise
========== ✓ matrix(a-1): success, took 3 seconds ==========
nox > Running session matrix(a-1)
========== ✗ matrix(b-2): failed ==========
nox > Running session matrix(b-2)
error: the package index did not answer
nox > Session matrix(b-2) failed.
nox > Ran 2 sessions:
"""


def test_the_output_of_nox_is_split_into_its_sessions() -> None:
    cells = [builders.cell(), builders.cell(python="3.9")]
    text = NOX.replace("a-1", cells[0].id).replace("b-2", cells[1].id)
    ended = list(run.ended(text.splitlines(keepends=True), cells))
    assert [one.cell for one in ended] == [cell.id for cell in cells]
    assert run.why_no_result(ended[1].lines) == "the package index did not answer"


def test_a_cell_that_left_nothing_is_not_known(tmp_path: Path) -> None:
    cell = builders.cell()
    [result] = run.gather([cell], reports=tmp_path, reasons={cell.id: "killed"})
    assert result.environment.status is EnvironmentStatus.UNKNOWN
    assert (result.ending, result.message) == (Ending.NOT_RUN, "killed")
    verdicts = {one.verdict for one in judge(result, [(SCENARIO, builders.DB)]).verdicts.values()}
    assert verdicts == {Verdict.INCONCLUSIVE}


def result(*observations: Observation, message: str = "") -> CellResult:
    return CellResult(
        cell=builders.cell(),
        environment=Environment(status=EnvironmentStatus.READY),
        ending=Ending.COMPLETED,
        message=message,
        observations=observations,
    )


def seen(outcome: Outcome, pattern: str = "db", message: str = "no") -> Observation:
    error = Error(type="E", message=message, traceback="t") if outcome is Outcome.FAILED else None
    return Observation(
        scenario=SCENARIO, pattern=PatternName(pattern), outcome=outcome, error=error
    )


def test_a_cell_exercises_its_levels_where_a_scenario_passed() -> None:
    assert collect.why_masked(result(seen(Outcome.PASSED), seen(Outcome.FAILED))) is None


def test_a_control_that_passed_has_exercised_nothing() -> None:
    early = collect.why_masked(result(seen(Outcome.PASSED, "bare-session"), seen(Outcome.FAILED)))
    assert early is not None
    assert early.reason == "E: no"


def test_the_same_traceback_is_kept_once() -> None:
    found = collect.trimmed(
        result(seen(Outcome.FAILED), seen(Outcome.FAILED), seen(Outcome.FAILED, message="other"))
    )
    assert [one.error.traceback for one in found.observations if one.error] == ["t", "", "t"]


def test_a_part_of_the_matrix_never_goes_over_the_committed_table(tmp_path: Path) -> None:
    from harness.project import Project  # noqa: PLC0415 - only here

    here = Project.__new__(Project)
    object.__setattr__(here, "root", tmp_path)
    whole = RunOptions(strength="2", selection={}, jobs=1)
    part = RunOptions(strength="2", selection={"library": ("lite0.2.1+fsa3.1.1",)}, jobs=1)
    assert collect.output_folder(here, whole) == tmp_path / "reports"
    assert collect.output_folder(here, part) == tmp_path / "reports/runs/2-lite0.2.1+fsa3.1.1"
