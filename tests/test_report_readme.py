from __future__ import annotations

from harness.model import PatternName
from harness.report.answer import answers
from harness.report.page import make_page
from harness.report.tally import Standing
from harness.report.to_badges import badges
from harness.report.to_readme import BEGIN, END, with_quick_answer
from tests import builders
from tests.sample import sample

RARE = PatternName("local-proxy")


def test_only_what_stands_between_the_marks_is_written_anew() -> None:
    page = make_page(sample())
    once = with_quick_answer(f"before\n{BEGIN}\nold\n{END}\nafter\n", page)
    assert once.startswith(f"before\n{BEGIN}\n\n| library |")
    assert once.endswith(f"{END}\nafter\n")
    assert "old" not in once
    assert with_quick_answer(once, page) == once


def test_a_readme_without_marks_stays_as_it_is() -> None:
    assert with_quick_answer("text", make_page(sample())) == "text"


def test_a_rare_form_is_not_recommended_for_the_cells_that_it_was_not_tried_in() -> None:
    passing = (builders.observation(pattern=name) for name in (builders.DB_SESSION, RARE))
    table = builders.matrix(
        builders.judged(*passing, cell=builders.cell(sqlalchemy="2.0")),
        builders.judged(
            builders.failed(pattern=builders.DB_SESSION), cell=builders.cell(sqlalchemy="2.1")
        ),
    )
    assert [one.use for one in answers(table, {})] == [builders.DB_SESSION]
    assert [one.standing for one in badges(table)] == [Standing.PARTLY]


def test_a_usual_handle_is_recommended_before_a_rare_form_that_does_the_same() -> None:
    names = (PatternName("scoped-session"), RARE)
    table = builders.matrix(
        builders.judged(*(builders.observation(pattern=name) for name in names))
    )
    assert [one.use for one in answers(table, {})] == ["scoped-session"]
