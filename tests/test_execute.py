"""`measure.execute`: the miniatures, run for real in this interpreter, and what becomes of them."""

from __future__ import annotations

import json
import platform
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from harness import process, store
from harness.errors import BadInput, CannotWrite, RegistryUnreachable
from harness.measure import execute, install, resolve
from harness.measure.resolve import Unresolvable, Why
from harness.measure.setting import Deadlines, Selection, Setting
from harness.model import (
    Cell,
    CellId,
    CellResult,
    Ending,
    EnvironmentStatus,
    Outcome,
    PatternName,
    ScenarioId,
)
from harness.process import Finished

MINIATURES = Path(__file__).parent / "miniatures"
CELL = Cell(
    id=CellId("miniature"),
    combination={"python": ".".join(platform.python_version_tuple()[:2])},
    requirements=("pytest",),
    adapter="none",
    library="sqlalchemy",
)
SHORT = Deadlines(scenario=10, controls=10, scenarios=20)


def of(name: str, folder: Path, **more: object) -> Setting:
    made = Setting(
        cell=CELL,
        venv=Path(sys.prefix),
        folder=folder / "cell",
        scenarios=MINIATURES / name,
        deadlines=SHORT,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # whatever the test is about


def observed(name: str, folder: Path, **more: object) -> CellResult:
    return execute.observe(of(name, folder, **more))


def outcomes(result: CellResult) -> dict[str, list[str]]:
    """Return the outcomes of each scenario, in the order of the patterns."""
    found: dict[str, list[str]] = {}
    for seen in result.observations:
        found.setdefault(seen.scenario.partition("::")[2], []).append(seen.outcome)
    return found


def pids(folder: Path) -> Iterable[str]:
    return [path.stem for path in (folder / "cell").glob("record-*.jsonl")]


def test_scenarios_that_pass(tmp_path: Path) -> None:
    result = observed("passes", tmp_path)

    assert result.ending is Ending.COMPLETED
    assert result.message == ""
    assert outcomes(result) == {"first": ["passed"] * 2, "second": ["passed"] * 2}
    assert result.observations[0].evidence == {"sessions": 2}
    assert result.environment.status is EnvironmentStatus.READY
    assert result.environment.packages["pytest"] == pytest.__version__
    assert [control.name for control in result.controls] == ["import flask", "import flask-admin"]
    assert result.seconds >= 0.1
    assert result.cpu_seconds >= 0.1


def test_the_evidence_of_a_cell_is_in_its_folder(tmp_path: Path) -> None:
    result = observed("passes", tmp_path)

    folder = tmp_path / "cell"
    assert store.read_result(folder, CELL.id).result == result
    assert json.loads((folder / "cell.json").read_text())["adapter"] == "none"
    assert "4 passed" in (folder / "pytest.log").read_text()
    assert (folder / "record.jsonl").is_file()
    assert len([*pids(tmp_path)]) == 1


def test_one_scenario_under_one_pattern_can_be_chosen(tmp_path: Path) -> None:
    chosen = Selection(patterns=("db",), scenarios=("acts::second",))

    assert outcomes(observed("passes", tmp_path, selection=chosen)) == {"second": ["passed"]}


def test_a_selection_that_fits_nothing_is_no_result(tmp_path: Path) -> None:
    result = observed("passes", tmp_path, selection=Selection(scenarios=("acts::none",)))

    assert result.ending is Ending.NOT_RUN
    assert "pytest ran no scenario" in result.message


def test_what_was_expected_and_never_collected_has_not_been_run(tmp_path: Path) -> None:
    more = (ScenarioId("acts::third"), PatternName("db"))

    result = observed("passes", tmp_path, expected=(more,))

    assert outcomes(result)["third"] == ["not-run"]
    assert result.observations[-1].reason


def test_scenarios_that_fail(tmp_path: Path) -> None:
    result = observed("fails", tmp_path)

    assert result.ending is Ending.COMPLETED
    assert outcomes(result) == {"first": ["passed", "failed"], "second": ["passed", "passed"]}


def test_scenarios_whose_world_cannot_be_made(tmp_path: Path) -> None:
    result = observed("errors_in_setup", tmp_path)

    assert result.ending is Ending.COMPLETED
    assert outcomes(result) == {"first": ["errored"] * 2, "second": ["passed"] * 2}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_crash_costs_one_scenario_and_the_others_have_their_turn(
    workers: int, tmp_path: Path
) -> None:
    result = observed("crashes", tmp_path, workers=workers)

    assert result.ending is Ending.COMPLETED
    assert outcomes(result) == {
        "first": ["passed", "passed"],
        "second": ["crashed", "passed"],
        "third": ["passed", "passed"],
    }


def test_crashing_again_and_again_comes_to_an_end(tmp_path: Path) -> None:
    one = Selection(patterns=("db",))

    result = observed("always_crashes", tmp_path, selection=one)

    assert result.ending is Ending.CRASHED
    assert "1 of 7 scenarios had no turn" in result.message
    assert [o.outcome for o in result.observations] == [Outcome.CRASHED] * 6 + [Outcome.NOT_RUN]
    assert result.observations[-1].reason == result.message


def test_a_scenario_that_hangs_in_c_is_stopped_by_itself(tmp_path: Path) -> None:
    result = observed("hangs", tmp_path, deadlines=replace(SHORT, scenario=0.5))

    assert result.ending is Ending.COMPLETED
    assert outcomes(result) == {"first": ["passed", "timed-out"], "second": ["passed", "passed"]}
    stopped = next(seen for seen in result.observations if seen.error)
    assert stopped.error is not None
    assert "scenario_acts.py" in stopped.error.traceback
    assert str(MINIATURES) not in stopped.error.traceback


def test_the_deadline_of_the_cell_ends_everything(tmp_path: Path) -> None:
    result = observed("hangs", tmp_path, deadlines=replace(SHORT, scenarios=3))

    assert result.ending is Ending.TIMED_OUT
    assert outcomes(result) == {
        "first": ["passed", "timed-out"],
        "second": ["not-run", "not-run"],
    }
    assert "it was stopped after 3 s" in result.message


def test_garbage_in_the_record_is_told(tmp_path: Path) -> None:
    result = observed("writes_garbage", tmp_path)

    assert result.ending is Ending.COMPLETED
    assert result.message == "lines of the record that could not be read: 4"
    assert outcomes(result) == {"first": ["passed"] * 2, "second": ["passed"] * 2}


def test_a_process_that_ends_as_if_all_were_well_is_not_believed(tmp_path: Path) -> None:
    result = observed("exits_early", tmp_path)

    assert outcomes(result)["second"] == ["passed", "crashed"]
    assert outcomes(result)["third"] == ["passed", "passed"]


def test_a_process_that_dies_after_its_last_scenario_is_not_believed(tmp_path: Path) -> None:
    result = observed("dies_at_the_end", tmp_path)

    assert result.ending is Ending.CRASHED
    assert "every scenario had its turn, and then it ended with exit status 7" in result.message


def _is_running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def test_what_a_scenario_leaves_running_is_ended(tmp_path: Path) -> None:
    result = observed("leaves_a_child", tmp_path)

    pid = result.observations[0].evidence["pid"]
    until = time.monotonic() + 5  # the signal is sent; the kernel takes its time on a busy machine
    while is_running := _is_running(f"{pid}"):
        if time.monotonic() > until:
            break
        time.sleep(0.02)
    assert not is_running


def test_scenarios_that_cannot_be_collected(tmp_path: Path) -> None:
    result = observed("uncollectable", tmp_path)

    assert result.ending is Ending.NOT_RUN
    assert "could not be collected" in result.message
    assert "no_such_module" in result.message


def test_a_failed_import_is_told_once(tmp_path: Path) -> None:
    result = observed("import_fails", tmp_path)

    assert result.ending is Ending.IMPORT_FAILED
    assert result.message == "import flask-admin: ImportError: cannot import name 'url_quote'"
    assert result.observations == ()
    assert len(result.controls) == 2


def test_controls_that_crash(tmp_path: Path) -> None:
    result = observed("controls_crash", tmp_path)

    assert result.ending is Ending.CRASHED
    assert result.message == "the controls broke off after 'import flask': SIGKILL ended it"


def test_controls_that_hang(tmp_path: Path) -> None:
    result = observed("controls_hang", tmp_path, deadlines=replace(SHORT, controls=0.4))

    assert result.ending is Ending.TIMED_OUT
    assert "the controls did not end: it was stopped after 0.4 s" in result.message


def test_an_environment_without_an_interpreter(tmp_path: Path) -> None:
    result = execute.measure(of("passes", tmp_path, venv=tmp_path))

    assert result.environment.status is EnvironmentStatus.INTERPRETER_MISSING
    assert result.ending is Ending.NOT_RUN


def unresolvable(why: Why) -> Unresolvable:
    finished = Finished(returncode=1, output="all of it")
    return Unresolvable(why=why, message="flask 9 is not", text="all of it", finished=finished)


@pytest.mark.parametrize(
    ("why", "status"),
    [
        (Why.CONFLICT, EnvironmentStatus.UNRESOLVABLE),
        (Why.NO_SUCH_VERSION, EnvironmentStatus.UNRESOLVABLE),
        (Why.BUILD_FAILED, EnvironmentStatus.UNINSTALLABLE),
    ],
)
def test_what_cannot_be_resolved_is_a_result(
    why: Why, status: EnvironmentStatus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolve, "lock", lambda *_, **__: unresolvable(why))

    result = execute.measure(of("passes", tmp_path))

    assert (result.environment.status, result.message) == (status, "flask 9 is not")
    assert (tmp_path / "cell" / "install.log").read_text() == "all of it"


def test_what_names_nothing_can_be_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve, "lock", lambda *_, **__: unresolvable(Why.NO_SUCH_VERSION))

    with pytest.raises(BadInput, match="flask 9 is not"):
        execute.measure(of("passes", tmp_path), refuse_bad_input=True)


def measured_after(
    installed: Finished, tools: Finished, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> CellResult:
    """Measure a cell of which the installations end as given."""
    lock = resolve.make_lock(Finished(returncode=0, output=f"pytest=={pytest.__version__}\n../a\n"))
    monkeypatch.setattr(resolve, "lock", lambda *_, **__: lock)
    monkeypatch.setattr(install, "packages", lambda *_, **__: installed)
    monkeypatch.setattr(install, "tools", lambda *_, **__: tools)
    return execute.measure(of("passes", folder))


FINE = Finished(returncode=0, output="")
BROKEN = Finished(returncode=1, output="error: Failed to build `a`\n  cause: it is old\n")
LATE = Finished(returncode=-15, output="", timed_out=True)
DOWN = Finished(returncode=2, output="error: Request failed after 3 retries\n  cause: dns error\n")


def test_a_cell_is_locked_installed_and_observed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = measured_after(FINE, FINE, tmp_path, monkeypatch)

    assert result.ending is Ending.COMPLETED
    assert (tmp_path / "cell" / "lock.txt").read_text() == f"pytest=={pytest.__version__}\n../a\n"


@pytest.mark.parametrize(
    ("finished", "message"),
    [
        (BROKEN, "a does not build here: cause: it is old"),
        (LATE, "the installation did not end in 300 s"),
    ],
)
def test_packages_that_cannot_be_installed_are_a_result(
    finished: Finished, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = measured_after(finished, FINE, tmp_path, monkeypatch)

    assert result.environment.status is EnvironmentStatus.UNINSTALLABLE
    assert result.message == message


def test_tools_that_cannot_be_installed_are_not_the_packages_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = measured_after(FINE, BROKEN, tmp_path, monkeypatch)

    assert result.environment.status is EnvironmentStatus.READY
    assert result.ending is Ending.NOT_RUN
    assert result.message.startswith("the harness's own tools cannot be installed")


def test_a_registry_that_goes_away_is_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RegistryUnreachable, match="dns error"):
        measured_after(DOWN, FINE, tmp_path, monkeypatch)

    assert store.read_result(tmp_path / "cell", CELL.id).result is None


def test_another_version_than_the_locked_one_is_never_a_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = resolve.make_lock(Finished(returncode=0, output="pytest==1.0\n"))
    monkeypatch.setattr(resolve, "lock", lambda *_, **__: lock)
    monkeypatch.setattr(install, "packages", lambda *_, **__: FINE)

    result = execute.measure(of("passes", tmp_path))

    assert result.environment.status is EnvironmentStatus.MIS_RESOLVED
    assert result.ending is Ending.NOT_RUN
    assert "pytest 1.0 is in the lock" in result.message


def test_a_folder_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> Finished:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(process, "run", full)

    with pytest.raises(CannotWrite, match="No space left on device"):
        observed("passes", tmp_path)


def test_an_earlier_result_is_gone_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    observed("passes", tmp_path)
    monkeypatch.setattr(process, "run", lambda *_, **__: sys.exit(signal.SIGTERM))

    with pytest.raises(SystemExit):
        observed("passes", tmp_path)

    assert store.read_result(tmp_path / "cell", CELL.id).reason == "it was not run"
