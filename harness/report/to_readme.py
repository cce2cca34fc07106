"""The quick answer within the README: what stands between two marks, and nothing else; pure."""

from __future__ import annotations

from harness.report.page import Page
from harness.report.to_markdown import quick_answer

BEGIN = "<!-- quick answer: made by `nox` -->"
END = "<!-- end of the quick answer -->"


def with_quick_answer(readme: str, page: Page) -> str:
    """Return the README with the page's quick answer between the marks; as it is without them."""
    head, begin, rest = readme.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        return readme
    answer = quick_answer(page, "reports/")
    return f"{head}{begin}\n\n{answer}\n\n{end}{tail}"
