"""`harness.collect`: from what the cells left on disk to the matrix."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness import collect, options, plan, store
from harness.config import AXES, Spec
from harness.errors import BadInput
from harness.model import CellId, CellResult, Ending, EnvironmentStatus, Outcome
from harness.project import Project
from harness.replan import Early
from tests.builders import (
    cell,
    control,
    environment,
    error,
    failed,
    judged,
    observation,
    result,
)
from tests.conftest import ROOT

CELL = CellId("py3.12-flask3.1-admin2.2.1-sa2.0-fsa3.1.1")


def asked(*arguments: str) -> options.RunOptions:
    return options.parse_run(arguments, AXES, 2)


@pytest.fixture
def here(tmp_path: Path, spec: Spec) -> Project:
    """A checkout with the scenarios and tools of this one, in which nothing has run."""
    (tmp_path / "harness" / "measure").mkdir(parents=True)
    shutil.copy(ROOT / "harness" / "measure" / "tools.txt", tmp_path / "harness" / "measure")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios", ignore=ignored)
    return Project(root=tmp_path, spec=spec, pythons={"3.12": Path("python3.12")})


def test_only_the_default_plan_is_written_to_the_committed_table(here: Project) -> None:
    assert collect.output_folder(here, asked("--jobs", "1", "--resume")) == here.reports


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--strength", "smoke"], "smoke"),
        (
            ["--library", "lite0.2.1+fsa3.1.1", "--python", "3.12"],
            "2-python-3.12-library-lite0.2.1+fsa3.1.1",
        ),
        (["--flask", "../../etc"], "2-flask-.._.._etc"),
    ],
)
def test_a_part_has_a_folder_of_its_own(here: Project, arguments: list[str], name: str) -> None:
    folder = collect.output_folder(here, asked(*arguments))
    assert folder == here.reports / "runs" / name


def test_different_parts_never_share_a_folder(here: Project) -> None:
    flask = collect.output_folder(here, asked("--flask", "2.2"))
    sqlalchemy = collect.output_folder(here, asked("--sqlalchemy", "2.2"))
    assert flask != sqlalchemy


IMPORT = control("import library", outcome=Outcome.FAILED, error=error("ImportError", "no name"))


@pytest.mark.parametrize(
    "seen",
    [
        result(observation(Outcome.PASSED)),
        result(observation(Outcome.PASSED), failed(), failed(pattern="db-session")),
        result(observation(Outcome.PASSED), ending=Ending.TIMED_OUT, message="late"),
    ],
)
def test_a_scenario_that_passed_has_exercised_the_cell(seen: CellResult) -> None:
    assert collect.why_masked(seen) is None


def test_the_control_that_failed_is_what_masks() -> None:
    seen = result(ending=Ending.IMPORT_FAILED, message="import library: no", controls=[IMPORT])
    assert collect.why_masked(seen) == Early(control="import library", reason="import library: no")


def test_what_failed_everywhere_masks_with_its_first_error() -> None:
    seen = result(failed(error=error("TypeError", "bad\nand more")), failed(pattern="db-session"))
    assert collect.why_masked(seen) == Early(control="", reason="TypeError: bad")


def test_a_control_pattern_that_passes_exercises_nothing() -> None:
    seen = result(observation(pattern="bare-session"), failed(pattern="db"))
    assert collect.why_masked(seen) is not None


def test_an_environment_that_was_never_made_masks_with_its_message() -> None:
    unmade = environment(EnvironmentStatus.UNRESOLVABLE, message="flask 9 is not")
    seen = result(environment=unmade, ending=Ending.NOT_RUN)
    assert collect.why_masked(seen) == Early(control="", reason="flask 9 is not")


@pytest.mark.parametrize("message", ["", "\n"])
def test_an_error_without_a_message_masks_all_the_same(message: str) -> None:
    early = collect.why_masked(result(failed(error=error("KeyError", message))))
    assert early is not None
    assert early.reason.startswith("KeyError")


def test_the_same_traceback_is_kept_once() -> None:
    other = error("TypeError", "another")
    trimmed = collect.trimmed(result(failed(), failed(pattern="db-session"), failed(error=other)))
    assert [bool(one.error and one.error.traceback) for one in trimmed.observations] == [
        True,
        False,
        True,
    ]


def test_the_line_of_a_cell_counts_its_verdicts_without_the_control() -> None:
    one = judged(
        observation(pattern="db"), failed(pattern="db-session"), failed(pattern="bare-session")
    )
    line = collect.one_line(one.result, one)
    assert line == f"{cell().id}: 1 compatible, 1 incompatible, 2.5 s"


@pytest.mark.parametrize(
    ("status", "ending", "told"),
    [
        (EnvironmentStatus.UNRESOLVABLE, Ending.NOT_RUN, "unresolvable: why"),
        (EnvironmentStatus.READY, Ending.IMPORT_FAILED, "import-failed: why"),
    ],
)
def test_the_line_of_a_cell_that_ended_early_says_why(
    status: EnvironmentStatus, ending: Ending, told: str
) -> None:
    one = judged(environment=environment(status), ending=ending, message="why")
    assert collect.one_line(one.result, one) == f"{cell().id}: {told}"


def test_a_result_depends_on_the_cell_the_scenarios_and_the_tools(here: Project) -> None:
    one = here.cell(CELL)
    before = collect.key(here, one)
    assert collect.key(here, one) == before
    assert collect.key(here, replace(one, requirements=())) != before
    for path in (
        "scenarios/test_init_time.py",
        "scenarios/adapters/base.py",
        "harness/measure/tools.txt",
    ):
        (here.root / path).write_text((here.root / path).read_text() + "# changed\n")
        after = collect.key(here, one)
        assert after != before, path
        before = after


def test_a_new_scenario_makes_results_old_and_bytecode_does_not(here: Project) -> None:
    one = here.cell(CELL)
    before = collect.key(here, one)
    (here.scenarios / "__pycache__").mkdir()
    (here.scenarios / "__pycache__" / "x.pyc").touch()
    assert collect.key(here, one) == before
    (here.scenarios / "test_new.py").touch()
    assert collect.key(here, one) != before


def test_the_same_content_elsewhere_makes_the_same_key(here: Project, tmp_path: Path) -> None:
    shutil.copytree(here.root, tmp_path / "copy")
    assert collect.key(replace(here, root=tmp_path / "copy"), here.cell(CELL)) == collect.key(
        here, here.cell(CELL)
    )


def done(here: Project) -> None:
    """Leave what a run leaves that has measured the cell."""
    one = here.cell(CELL)
    folder = store.cell_folder(here.reports, one.id)
    store.fresh_folder(folder)
    store.write_result(folder, result(cell=one))
    store.write_text(folder / "key", collect.key(here, one))


def test_a_cell_is_done_when_its_result_and_key_are_there(here: Project) -> None:
    assert not collect.is_done(here, here.cell(CELL))
    done(here)
    assert collect.is_done(here, here.cell(CELL))


@pytest.mark.parametrize("name", ["key", "result.json"])
def test_a_cell_whose_files_are_damaged_is_not_done(here: Project, name: str) -> None:
    done(here)
    (store.cell_folder(here.reports, CELL) / name).write_bytes(b"\xff{")
    assert not collect.is_done(here, here.cell(CELL))


def test_a_cell_is_not_done_any_more_when_a_scenario_has_changed(here: Project) -> None:
    done(here)
    with (here.scenarios / "world.py").open("a") as file:
        file.write("# changed\n")
    assert not collect.is_done(here, here.cell(CELL))


def test_the_last_plan_is_read_as_it_was_written(here: Project, tmp_path: Path) -> None:
    chosen = asked("--strength", "3", "--flask", "3.1", "--flask", "3.0")
    path = tmp_path / "plan.json"
    path.write_text(collect.plan_text([here.cell(CELL)], chosen))
    strength, selection, cells = collect.last_plan(here, path)
    assert (strength, selection) == ("3", {"flask": ("3.1", "3.0")})
    assert cells == (here.cell(CELL),)


@pytest.mark.parametrize(
    "text", [None, "", "[]", "{}", '{"cells": 1}', '{"cells": [], "selection": []}', "\xff"]
)
def test_without_a_run_there_is_nothing_to_render(
    here: Project, tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "plan.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadInput, match="there is no run to render"):
        collect.last_plan(here, tmp_path / "plan.json")


def test_a_plan_with_a_cell_that_is_no_more_is_bad_input(here: Project, tmp_path: Path) -> None:
    text = json.dumps({"strength": "2", "selection": {}, "cells": ["py3.12-gone"]})
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(BadInput, match=r"py3\.12-gone"):
        collect.last_plan(here, tmp_path / "plan.json")


def test_the_matrix_holds_every_cell_of_the_plan(here: Project) -> None:
    done(here)
    chosen = {"flask": ("3.1",), "flask-admin": ("2.2.1",), "library": ("fsa3.1.1",)}
    planned = plan.make(here.spec, here.pythons, strength="full", selection=chosen)
    found = collect.results(here, planned.cells, {})
    matrix = collect.made(here, planned, found, "2026-11-21T00:00:00Z")
    assert [one.result.cell for one in matrix.cells] == list(planned.cells)
    assert matrix.left_out == planned.left_out
    assert matrix.coverage is not None
    assert matrix.coverage.exercised == 0


def test_the_tool_says_with_which_versions_it_measured(here: Project) -> None:
    tool = collect.tool(here)
    assert tool["pytest"] == "8.4.2"
    assert collect.version("no-such-package-anywhere") == "not installed"
    assert os.fspath(ROOT) not in json.dumps(tool)


def measured(here: Project, name: str, **told: str) -> CellResult:
    """Give a cell that ran, and what it left of the scenarios it was measured with."""
    found = result(cell=replace(cell(), id=CellId(name)))
    folder = store.cell_folder(here.reports, found.cell.id)
    store.write_text(folder / store.RESULT, "{}")
    if told:
        store.write_text(folder / collect.FINGERPRINTS, json.dumps(told))
    return found


def test_a_fingerprint_changes_with_its_module_and_with_what_all_share(here: Project) -> None:
    before = collect.fingerprints(here)
    (here.scenarios / "test_teardown.py").write_text("# another\n", encoding="utf-8")
    after = collect.fingerprints(here)
    assert {name for name in before if before[name] != after[name]} == {"teardown"}
    (here.scenarios / "world.py").write_text("# another\n", encoding="utf-8")
    assert collect.fingerprints(here)["shared"] != after["shared"]


def test_the_table_tells_the_scenarios_that_all_its_cells_were_measured_with(
    here: Project,
) -> None:
    ran = [measured(here, "a", lists="1", fields="2"), measured(here, "b", lists="1", fields="3")]
    never = result(cell=replace(cell(), id=CellId("c")))
    assert collect.measured_with(here, [*ran, never]) == {"lists": "1"}
    assert collect.measured_with(here, [*ran, measured(here, "d")]) == {}
