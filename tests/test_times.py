"""Which releases are asked what became of them, and on which Python."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.config import Spec
from harness.inquiries import times


def test_every_release_that_a_level_pins_is_asked_once_with_what_it_cannot_be_without(
    spec: Spec,
) -> None:
    found = [one.requirements for one in times.cases(spec)]
    assert len(found) == len(set(found))
    assert ("flask-admin==2.2.1",) in found
    assert ("flask-sqlalchemy==3.1.1",) in found
    assert ("flask-sqlalchemy-compat==0.2.2", "flask-sqlalchemy-lite==0.2.1") in found
    firsts = [lines[0] for lines in found]
    assert len(firsts) == len(set(firsts))
    pinned = {one for level in spec.library_levels for one in level.requirements[:1]}
    assert pinned <= set(firsts)


def test_a_library_is_named_and_flask_admin_takes_the_usual_one(spec: Spec) -> None:
    libraries = {one.requirements[0]: one.library for one in times.cases(spec)}
    assert libraries["flask-sqlalchemy-lite==0.2.1"] == "flask-sqlalchemy-lite"
    assert libraries["flask-admin==2.2.1"] == ""


@pytest.mark.parametrize(
    ("time", "here", "python"),
    [
        (datetime(2021, 3, 18, tzinfo=UTC), ("3.9", "3.10", "3.12"), "3.9"),
        (datetime(2021, 10, 4, tzinfo=UTC), ("3.9", "3.10", "3.12"), "3.10"),
        (datetime(2024, 1, 1, tzinfo=UTC), ("3.13", "3.9"), "3.9"),
        (datetime(2019, 1, 1, tzinfo=UTC), ("3.11", "3.10"), "3.10"),
        (None, ("3.9", "3.10"), "3.10"),
    ],
)
def test_the_newest_python_of_a_time_is_taken(
    time: datetime | None, here: tuple[str, ...], python: str
) -> None:
    assert times.python(time, here) == python
