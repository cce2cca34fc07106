"""`harness.run`: what nox says of its sessions, and a result for every cell whatever came of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness import store
from harness.judge import Criteria, judge
from harness.measure import run
from harness.measure.run import Ended
from harness.model import Cell, CellResult, Ending, EnvironmentStatus, Verdict
from harness.patterns import PATTERNS
from tests.builders import SCENARIO, cell, result

ONE, TWO, THREE = (cell(admin=admin) for admin in ("2.1.0", "2.2.0", "2.2.1"))
CELLS = (ONE, TWO, THREE)


def heading(one: Cell, status: str = "success", symbol: str = "\u2714") -> str:
    return f"{'=' * 10} {symbol} matrix({one.id}): {status}, in 2 seconds {'=' * 10}\n"


def split(*lines: str) -> list[Ended]:
    return list(run.ended(lines, CELLS))


def test_what_a_session_printed_belongs_to_it() -> None:
    ended = split(
        f"Starting session matrix({ONE.id})...\n",
        f"Starting session matrix({TWO.id})...\n",
        heading(TWO, "failed", "\u2716"),
        "nox > Running session\n",
        "error: no room\n",
        heading(ONE),
        "  done  \n",
    )
    assert ended == [
        Ended(cell=TWO.id, lines=("nox > Running session", "error: no room")),
        Ended(cell=ONE.id, lines=("  done",)),
    ]


@pytest.mark.parametrize("symbol", ["\u2714", "*", "ok"])
def test_the_heading_may_be_plain_ascii(symbol: str) -> None:
    assert [one.cell for one in split(heading(ONE, symbol=symbol))] == [ONE.id]


def test_a_session_ends_as_soon_as_the_next_one_has() -> None:
    unread = iter([heading(ONE), "a\n", heading(TWO), "b\n"])
    first = next(run.ended(unread, CELLS))
    assert first == Ended(cell=ONE.id, lines=("a",))
    assert list(unread) == ["b\n"]


def test_a_heading_of_no_cell_of_the_plan_is_a_line_like_others() -> None:
    stranger = heading(cell(python="3.9"))
    assert split(heading(ONE), stranger) == [Ended(cell=ONE.id, lines=(stranger.rstrip(),))]


def test_a_heading_quoted_within_a_line_is_no_heading() -> None:
    quoted = f"it said: {heading(TWO)}"
    assert [one.cell for one in split(heading(ONE), quoted)] == [ONE.id]


@pytest.mark.parametrize("lines", [[], ["nox > Error while collecting sessions.\n"]])
def test_where_no_session_ran_none_has_ended(lines: list[str]) -> None:
    assert split(*lines) == []


def test_no_cells_start_nothing(tmp_path: Path) -> None:
    assert list(run.sessions([], root=tmp_path, jobs=2, download=False)) == []


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], ""),
        (["", "  "], ""),
        (["one", "two", ""], "two"),
        (["error: no room", "nox > Session failed."], "no room"),
        (["error: first", "error: last", "x"], "last"),
        (["an error: not told", "y"], "y"),
    ],
)
def test_the_reason_is_the_one_line_that_was_told(lines: list[str], reason: str) -> None:
    assert run.why_no_result(lines) == reason


def gathered(folder: Path, reasons: dict[str, str] | None = None) -> CellResult:
    told = {ONE.id: reasons["one"]} if reasons else {}
    return run.gather([ONE], reports=folder, reasons=told)[0]


def test_a_cell_without_a_result_is_not_known(tmp_path: Path) -> None:
    found = gathered(tmp_path, {"one": "the session was killed"})
    assert found.environment.status is EnvironmentStatus.UNKNOWN
    assert found.ending is Ending.NOT_RUN
    assert found.message == "the session was killed"


def test_a_cell_that_nobody_ran_is_told_as_such(tmp_path: Path) -> None:
    assert gathered(tmp_path).message == "it was not run"


def test_every_pattern_of_a_cell_without_a_result_is_inconclusive(tmp_path: Path) -> None:
    pairs = [(SCENARIO, pattern) for pattern in PATTERNS]
    verdicts = judge(gathered(tmp_path, {"one": "killed"}), pairs, Criteria()).verdicts
    assert set(verdicts) == set(PATTERNS)
    assert {one.verdict for one in verdicts.values()} == {Verdict.INCONCLUSIVE}
    assert all("killed" in " ".join(one.because) for one in verdicts.values())


def test_a_result_is_taken_as_it_is(tmp_path: Path) -> None:
    kept = result(cell=ONE)
    folder = store.cell_folder(tmp_path, ONE.id)
    store.fresh_folder(folder)
    store.write_result(folder, kept)
    assert gathered(tmp_path, {"one": "nox said something"}) == kept


@pytest.mark.parametrize("text", ["", "{}", "[", '{"cell": 1}', "\x00"])
def test_a_damaged_result_is_none(tmp_path: Path, text: str) -> None:
    folder = store.cell_folder(tmp_path, ONE.id)
    store.fresh_folder(folder)
    (folder / "result.json").write_text(text)
    found = gathered(tmp_path)
    assert found.environment.status is EnvironmentStatus.UNKNOWN
    assert found.message


def test_a_result_for_other_requirements_does_not_count(tmp_path: Path) -> None:
    older = replace(ONE, requirements=("flask==2.2.*",))
    folder = store.cell_folder(tmp_path, ONE.id)
    store.fresh_folder(folder)
    store.write_result(folder, result(cell=older))
    assert gathered(tmp_path).ending is Ending.NOT_RUN


def test_results_come_in_the_order_of_the_cells(tmp_path: Path) -> None:
    found = run.gather(reversed(CELLS), reports=tmp_path, reasons={})
    assert [one.cell for one in found] == [THREE, TWO, ONE]


def test_progress_says_how_long_it_will_take() -> None:
    assert run.progress(5, 20, 100.0, 150.0) == "[ 5/20] about 150 s left"
    assert run.progress(0, 20, 100.0, 150.0) == "[ 0/20] about 0 s left"
    assert run.progress(20, 20, 100.0, 150.0) == "[20/20] 50 s in all"
