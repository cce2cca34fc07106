from __future__ import annotations

from harness.report.page import make_page
from harness.report.to_readme import BEGIN, END, with_quick_answer
from tests.sample import sample


def test_only_what_stands_between_the_marks_is_written_anew() -> None:
    page = make_page(sample())
    once = with_quick_answer(f"before\n{BEGIN}\nold\n{END}\nafter\n", page)
    assert once.startswith(f"before\n{BEGIN}\n\n| library |")
    assert once.endswith(f"{END}\nafter\n")
    assert "old" not in once
    assert with_quick_answer(once, page) == once


def test_a_readme_without_marks_stays_as_it_is() -> None:
    assert with_quick_answer("text", make_page(sample())) == "text"
