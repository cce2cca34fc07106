"""What a pattern does not work with: named only as far as the cells tell it."""

from __future__ import annotations

from harness.model import JudgedCell
from harness.report.limits import limits, working
from tests.builders import DB, cell, failed, judged, observation


def works(**levels: str) -> JudgedCell:
    return judged(observation(pattern=DB), cell=cell(**levels))


def fails(**levels: str) -> JudgedCell:
    return judged(failed(pattern=DB), cell=cell(**levels))


def test_the_level_that_only_failing_cells_have_is_named() -> None:
    cells = [works(), works(python="3.9"), fails(sqlalchemy="2.1"), fails(sqlalchemy="1.4")]
    assert limits(cells, DB) == "not with sqlalchemy 1.4, 2.1"


def test_a_level_that_works_with_other_libraries_is_named_last() -> None:
    cells = [works(flask="3.1", python="3.12"), fails(sqlalchemy="1.4", python="3.9")]
    elsewhere = working([works(sqlalchemy="1.4", library="lite0.2.1")])
    assert limits(cells, DB) == "not with sqlalchemy 1.4"
    assert limits(cells, DB, elsewhere) == "not with python 3.9"


def test_levels_that_cannot_be_told_apart_are_all_named() -> None:
    cells = [works(), fails(sqlalchemy="1.4", python="3.9")]
    elsewhere = working([works(sqlalchemy="1.4", python="3.9", library="lite0.2.1")])
    assert limits(cells, DB, elsewhere) == "not with sqlalchemy 1.4 (or python 3.9)"


def test_what_no_level_tells_is_not_blamed_on_one() -> None:
    assert limits([works(), fails()], DB) == ""
    assert limits([fails(sqlalchemy="1.4")], DB) == ""
