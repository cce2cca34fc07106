"""Cells with the other packages of another time, or the lowest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.version import Version

from harness import options, plan, resolutions
from harness.config import AXES, Spec
from harness.errors import BadInput
from harness.inquiries import times
from harness.model import CellId, Resolution
from harness.releases.index import Index, Release
from harness.report.to_json import from_json, to_json
from tests.builders import judged, matrix

WAYS = (Resolution(), Resolution(lowest=True), Resolution(as_of="2024-03-01"))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_cell_is_found_again_by_its_id(spec: Spec, way: Resolution, database: str) -> None:
    levels = ("3.11", "2.2", "1.6.1", "1.4", "fsa2.5.1")
    cell = plan.cell(spec, levels, database, way)
    assert plan.cell_from_id(spec, cell.id) == cell
    assert cell.resolution == way


def test_todays_companions_are_not_those_of_another_time(spec: Spec) -> None:
    levels = ("3.11", "2.2", "1.6.1", "1.4", "fsa2.5.1")
    assert plan.cell(spec, levels).companions
    assert not plan.cell(spec, levels, resolution=WAYS[2]).companions


@pytest.mark.parametrize("name", ["2024-13-01", "yesterday", "2024"])
def test_what_is_no_day_is_told_in_a_line(name: str) -> None:
    with pytest.raises(BadInput, match="is no day: write it as"):
        resolutions.day(name)
    with pytest.raises(BadInput, match="is no day"):
        options.parse_run(["--as-of", name], AXES, 1)


def test_an_id_with_a_day_that_never_was_is_told_as_well(spec: Spec) -> None:
    with pytest.raises(BadInput, match="2024-02-31"):
        plan.cell_from_id(spec, CellId("py3.11-flask2.2-admin1.6.1-sa1.4-fsa2.5.1-asof20240231"))


def test_such_a_run_is_not_the_one_whose_table_is_committed() -> None:
    for arguments in (["--lowest"], ["--as-of", "its-time"], ["--as-of", "2024-03-01"]):
        assert not options.parse_run(arguments, AXES, 1).is_default
    with pytest.raises(BadInput):
        options.parse_run(["--lowest", "--as-of", "2024-03-01"], AXES, 1)
    with pytest.raises(BadInput):
        options.parse_check(["flask-admin", "--as-of", "its-time"])


@pytest.mark.parametrize("way", WAYS)
def test_the_json_says_how_the_others_were_chosen(way: Resolution) -> None:
    one = judged()
    cell = replace(one.result.cell, resolution=way)
    whole = matrix(replace(one, result=replace(one.result, cell=cell)))
    assert from_json(to_json(whole)).cells[0].result.cell.resolution == way
    assert ('"resolution"' in to_json(whole)) is (way != Resolution())


class Shelf(Index):
    """Knows three releases."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)

    def releases(self, name: str) -> tuple[Release, ...]:
        found = {
            "flask": (("3.0.0", 2023), ("3.1.0", 2024), ("3.1.3", 2026)),
            "flask-admin": (("2.0.2", 2025),),
            "undated": (("1.0", None),),
        }[name]
        return tuple(
            Release(
                version=Version(version),
                uploaded=datetime(year, 5, 31, 23, tzinfo=UTC) if year else None,
            )
            for version, year in found
        )


def test_a_cell_s_own_time_is_when_all_its_levels_had_been_released(tmp_path: Path) -> None:
    index = Shelf(tmp_path)
    assert times.existed(index, "3.12", ("flask==3.1.*",)) == "2024-06-01"
    assert times.existed(index, "3.13", ("flask==3.1.*",)) == "2024-10-08"
    assert times.existed(index, "3.9", ("flask==3.1.*", "flask-admin==2.0.2")) == "2025-06-01"
    with pytest.raises(BadInput, match=r"undated==1\.0: the index has no upload time"):
        times.existed(index, "3.9", ("undated==1.0",))


def test_what_came_out_later_is_told(tmp_path: Path) -> None:
    index = Shelf(tmp_path)
    lines = ("flask==3.1.*", "flask-admin==2.0.2", "undated==1.0")
    assert times.later(index, "2025-05-31", lines) == ""
    assert times.later(index, "2025-05-30", lines) == "flask-admin==2.0.2"
    assert times.later(index, "2024-05-30", lines) == "flask==3.1.*"
