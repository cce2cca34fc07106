"""`harness.store`: the layout of reports/, atomic writes, and what is read back."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import store
from harness.errors import CannotWrite
from harness.model import (
    Cell,
    CellId,
    CellResult,
    Control,
    Ending,
    Environment,
    EnvironmentStatus,
    Error,
    Observation,
    Outcome,
    Party,
    PatternName,
    ScenarioId,
)

CELL = Cell(
    id=CellId("py3.12-flask3.1-admin2.2.1-sa2.0-lite0.2.1+fsa3.1.1"),
    combination={"python": "3.12", "library": "lite0.2.1+fsa3.1.1"},
    requirements=("flask==3.1.*",),
    companions=("werkzeug<4",),
    adapter="flask_sqlalchemy_lite",
    library="flask-sqlalchemy-lite==0.2.1",
)
RESULT = CellResult(
    cell=CELL,
    environment=Environment(status=EnvironmentStatus.READY, packages={"flask": "3.1.3"}),
    ending=Ending.COMPLETED,
    observations=(
        Observation(
            scenario=ScenarioId("a::b"),
            pattern=PatternName("db"),
            outcome=Outcome.FAILED,
            error=Error(type="RuntimeError", message="Working outside\n\nof application context."),
            evidence={"sessions": 3, "names": ["a", None, 1.5, {"b": True}]},
            warnings=("DeprecationWarning: old",),
            seconds=0.25,
        ),
    ),
    controls=(Control(name="import flask", party=Party.ENVIRONMENT, outcome=Outcome.PASSED),),
    seconds=1.5,
    cpu_seconds=1.25,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SECONDS = st.floats(min_value=0, allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | TEXT
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(TEXT, part, max_size=3),
    max_leaves=6,
)
ERRORS = st.none() | st.builds(Error, type=TEXT, message=TEXT, traceback=TEXT)
OBSERVATIONS = st.builds(
    Observation,
    scenario=TEXT.filter(bool).map(ScenarioId),
    pattern=TEXT.filter(bool).map(PatternName),
    outcome=st.sampled_from(Outcome),
    reason=TEXT,
    error=ERRORS,
    evidence=st.dictionaries(TEXT, JSON, max_size=3),
    warnings=st.lists(TEXT, max_size=2).map(tuple),
    seconds=SECONDS,
)
CONTROLS = st.builds(
    Control,
    name=TEXT,
    party=st.sampled_from(Party),
    outcome=st.sampled_from(Outcome),
    error=ERRORS,
    seconds=SECONDS,
)
RESULTS = st.builds(
    CellResult,
    cell=st.just(CELL),
    environment=st.builds(
        Environment,
        status=st.sampled_from(EnvironmentStatus),
        packages=st.dictionaries(TEXT, TEXT, max_size=3),
        message=TEXT,
    ),
    ending=st.sampled_from(Ending),
    message=TEXT,
    controls=st.lists(CONTROLS, max_size=2).map(tuple),
    observations=st.lists(OBSERVATIONS, max_size=3).map(tuple),
    seconds=SECONDS,
    cpu_seconds=SECONDS,
)


@given(result=RESULTS)
def test_a_result_is_read_as_it_was_written(
    result: CellResult, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "round"
    store.write_result(folder, result)

    assert store.read_result(folder, CELL.id) == store.Stored(cell=CELL.id, result=result)


@given(text=st.text() | JSON.map(json.dumps))
def test_whatever_a_result_holds_is_a_reason(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    (folder / store.RESULT).write_text(text, encoding="utf-8", errors="surrogateescape")

    stored = store.read_result(folder, CELL.id)

    assert stored.result is None
    assert "damaged" in stored.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "it was not run"),
        (b"\xff", "cannot be read"),
        (b"{", "damaged"),
        (b'{"schema": 2}', "schema 2 where 1 is expected"),
        (b"[" * 100_000, "damaged"),
    ],
)
def test_what_is_no_result_says_why(text: bytes | None, reason: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / store.RESULT).write_bytes(text)

    assert reason in store.read_result(tmp_path, CELL.id).reason


@pytest.mark.parametrize("key", ["cell", "environment", "ending", "observations", "seconds"])
def test_a_result_that_lacks_a_part_is_damaged(key: str, tmp_path: Path) -> None:
    store.write_result(tmp_path, RESULT)
    file = tmp_path / store.RESULT
    file.write_text(json.dumps({**json.loads(file.read_text()), key: [1]}))

    assert "damaged" in store.read_result(tmp_path, CELL.id).reason


def test_the_result_of_another_cell_is_not_taken_for_this_one(tmp_path: Path) -> None:
    store.write_result(tmp_path, RESULT)

    assert CELL.id in store.read_result(tmp_path, CellId("other")).reason


def test_the_results_of_a_plan_come_in_its_order_with_those_that_are_missing(
    tmp_path: Path,
) -> None:
    other = CellId("py3.9")
    store.write_result(store.cell_folder(tmp_path, CELL.id), RESULT)

    found = store.read_results(tmp_path, [other, CELL.id])

    assert [stored.result for stored in found] == [None, RESULT]


def test_the_folder_of_a_cell_is_named_after_it(tmp_path: Path) -> None:
    assert store.cell_folder(tmp_path, CELL.id) == tmp_path / "cells" / CELL.id


def test_an_id_that_is_no_file_name_stays_inside_and_apart(tmp_path: Path) -> None:
    folders = {store.cell_folder(tmp_path, CellId(i)) for i in ("../a", "..\\a", ".._a", "a" * 300)}

    assert len(folders) == 4
    assert {folder.parent for folder in folders} == {tmp_path / "cells"}


def test_a_fresh_folder_has_no_files_of_an_earlier_run(tmp_path: Path) -> None:
    store.write_result(tmp_path, RESULT)
    store.fresh_folder(tmp_path)

    assert not list(tmp_path.iterdir())


def test_a_cell_is_written_before_it_runs(tmp_path: Path) -> None:
    store.write_cell(tmp_path, CELL)

    assert json.loads((tmp_path / "cell.json").read_text())["id"] == CELL.id


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    store.write_text(tmp_path / "a.json", "old")
    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(CannotWrite, match=r"cannot write .*a\.json: No space left on device"):
        store.write_text(tmp_path / "a.json", "new")

    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_text() == "old"


@pytest.mark.parametrize(
    "write",
    [store.fresh_folder, lambda folder: store.write_text(folder / "a", "text")],
    ids=["folder", "file"],
)
def test_a_place_that_cannot_be_written_is_one_line(
    write: Callable[[Path], None], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(CannotWrite, match="cannot write"):
        write(tmp_path / "file" / "reports")


def git(root: Path, *words: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    subprocess.run(["git", *identity, *words], cwd=root, env=env, check=True, capture_output=True)


def test_the_previous_table_is_the_committed_one(tmp_path: Path) -> None:
    git(tmp_path, "init")
    store.write_text(tmp_path / "reports" / store.TABLE, "committed")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "table")
    store.write_text(tmp_path / "reports" / store.TABLE, "changed")

    assert store.previous_table(tmp_path) == "committed"


def test_without_a_commit_the_previous_table_is_the_one_on_disk(tmp_path: Path) -> None:
    assert store.previous_table(tmp_path) is None

    store.write_text(tmp_path / "reports" / store.TABLE, "on disk")

    assert store.previous_table(tmp_path) == "on disk"
