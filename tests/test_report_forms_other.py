"""The other forms: CSV, JUnit XML, badges, and a job summary that is not too long."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

from harness.model import State, Verdict
from harness.report.page import make_page
from harness.report.to_badges import badge, badges, to_badges
from harness.report.to_csv import to_csv
from harness.report.to_junit import to_junit
from harness.report.to_markdown import to_markdown
from harness.report.to_summary import to_summary
from harness.sessions.rendering import keep_badges
from tests.committed import committed as table
from tests.sample import sample
from tests.test_report_html import HOSTILE, hostile

_SHORT = 90


def test_the_csv_has_every_verdict() -> None:
    shown = sample()
    rows = list(csv.DictReader(io.StringIO(to_csv(shown))))
    told = {(row["cell"], row["pattern"]): row["verdict"] for row in rows}
    assert told == {
        (one.result.cell.id, name): judgement.verdict
        for one in shown.cells
        for name, judgement in one.verdicts.items()
    }
    assert len(rows) == sum(len(one.verdicts) for one in shown.cells)
    excepted = [row for row in rows if row["state"] == State.WORKS_EXCEPT]
    assert {row["problems"] for row in excepted} == {"floats-are-lost"}
    assert {row["library"] for row in rows} == {one.result.cell.library for one in shown.cells}


def test_no_field_of_the_csv_is_a_formula() -> None:
    fields = [field for row in csv.reader(io.StringIO(to_csv(hostile()))) for field in row]
    assert not [field for field in fields if field.startswith(("=", "+", "-", "@"))]


def test_junit_counts_what_the_verdicts_say() -> None:
    shown = sample()
    root = ET.fromstring(to_junit(shown))  # noqa: S314 - made here
    verdicts = Counter(
        told.verdict
        for one in shown.cells
        for name, told in one.verdicts.items()
        if not name.startswith("bare-")
    )
    tags = Counter(child.tag for case in root.iter("testcase") for child in case)
    failing = verdicts[Verdict.INCOMPATIBLE] + verdicts[Verdict.IMPOSSIBLE]
    assert tags["failure"] == failing == sum(int(s.get("failures", "")) for s in root)
    assert tags["error"] == verdicts[Verdict.INCONCLUSIVE]
    assert tags["skipped"] == verdicts[Verdict.UNSUPPORTED]
    told = {one.text for one in root.iter("system-out")}
    assert told == {"works-except: floats-are-lost"}
    assert sum(int(suite.get("tests", "")) for suite in root) == sum(verdicts.values())


def test_foreign_text_stays_text_in_xml() -> None:
    root = ET.fromstring(to_junit(hostile()))  # noqa: S314 - made here
    assert not list(root.iter("script"))
    for text in to_badges(hostile()).values():
        assert {one.tag.rpartition("}")[2] for one in ET.fromstring(text).iter()} <= {  # noqa: S314
            "svg",
            "title",
            "rect",
            "g",
            "text",
        }


def test_a_badge_says_in_words_what_it_shows_in_colour() -> None:
    told = to_badges(sample())
    said = "Flask-Admin 2.2.1 x flask-sqlalchemy 3.1.1: ✓ compatible"
    assert f'aria-label="{said}"' in told["fsa3.1.1-admin2.2.1.svg"]
    assert all("aria-label" in text and "<title>" in text for text in told.values())
    assert HOSTILE not in badge(HOSTILE, HOSTILE, "#000")


def test_a_badge_is_named_as_the_level_is_in_a_cells_id() -> None:
    shown = table()
    told = badges(shown)
    files = [one.file for one in told]
    assert set(to_badges(shown)) == set(files)
    assert len(set(files)) == len(files)
    assert "fsa3.1.1+babel+pillow+utils-admin2.2.1.svg" in files
    assert max(len(one.label) for one in told) < _SHORT
    for one in told:
        level, _, release = one.file.removesuffix(".svg").rpartition("-admin")
        cells = [cell.result.cell.id for cell in shown.cells]
        assert any(f"-admin{release}-" in cell and cell.endswith(level) for cell in cells)


def test_a_badge_that_nothing_is_told_of_is_removed(tmp_path: Path) -> None:
    keep_badges(tmp_path, {"old.svg": "<svg/>", "kept.svg": "<svg/>"})
    keep_badges(tmp_path, {"new.svg": "<svg/>", "kept.svg": "<svg>2</svg>"})
    assert {one.name: one.read_text("utf-8") for one in tmp_path.iterdir()} == {
        "new.svg": "<svg/>",
        "kept.svg": "<svg>2</svg>",
    }


def test_a_summary_is_whole_where_it_fits_and_says_where_it_does_not() -> None:
    page = make_page(sample())
    whole = to_markdown(page)
    assert to_summary(page) == whole
    limit = len(whole.encode()) // 2
    cut = to_summary(page, limit)
    assert len(cut.encode()) <= limit
    assert cut.startswith("# Flask-Admin")
    assert "The rest is longer than a job summary may be" in cut
