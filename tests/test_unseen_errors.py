"""Nothing raised goes by unseen: a scenario that meets an error that no answer shows fails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness import record
from harness.model import Observation, Outcome
from tests import subject

pytestmark = pytest.mark.network

EVERYWHERE = ("removal", "reset", "hook")
"""What every scenario is run with: what SQLAlchemy and Flask-Admin log, and what an application."""
ELSEWHERE = ("warned", "refused", "sent", "answered", "logged", "thread", "lost")
"""What some are run with: it is heard of in the same way, whoever meets it."""
SOME = ("test_stored_rows.py", "test_request_isolation.py", "test_teardown.py")


def chosen(names: Sequence[str]) -> list[str]:
    return [word for name in names for word in ("--pattern", f"unseen:{name}")]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[Observation]:
    """Run the scenarios with each error, in one environment."""
    folder = tmp_path_factory.mktemp("unseen")
    everything = subject.command(subject.make(folder), folder, "-n", "2", "--any-pattern")
    some = [f"scenarios/{name}" for name in SOME]
    few = [word for one in everything for word in (some if one == "scenarios" else [one])]
    subject.ran(*everything, *chosen(EVERYWHERE))
    subject.ran(*few, *chosen(ELSEWHERE))
    return read(folder / "records")


def read(records: Path) -> list[Observation]:
    texts = (path.read_text(encoding="utf-8") for path in records.glob("record-*"))
    return list(record.merge(((record.parse(text), "") for text in texts), ()))


def met(seen: Sequence[Observation]) -> list[Observation]:
    """Return where the error was raised at least once, as whoever raises it says."""
    return [one for one in seen if one.evidence.get("stumbled")]


def is_run(one: Observation) -> bool:
    return one.outcome is not Outcome.NOT_APPLICABLE


def test_whatever_scenario_meets_an_error_fails(seen: Sequence[Observation]) -> None:
    blind = [
        f"{one.scenario} under {one.pattern} {one.outcome}"
        for one in met(seen)
        if is_run(one) and one.outcome is not Outcome.FAILED
    ]
    assert not blind, "\n".join(blind)


@pytest.mark.parametrize("name", [*EVERYWHERE, *ELSEWHERE])
def test_each_error_is_met(seen: Sequence[Observation], name: str) -> None:
    assert [one for one in met(seen) if one.pattern == f"unseen:{name}"]


def test_an_error_beside_every_request_is_met_by_every_scenario(
    seen: Sequence[Observation],
) -> None:
    # One that is parametrised may have had its application worked with by another of its kind.
    ran = {str(one.scenario) for one in seen if one.pattern == "unseen:removal" and is_run(one)}
    missed = ran - {str(one.scenario) for one in met(seen) if one.pattern == "unseen:removal"}
    assert not {name for name in missed if "[" not in name}


def test_the_error_itself_is_what_is_told(seen: Sequence[Observation]) -> None:
    removal = [one for one in met(seen) if one.pattern == "unseen:removal" and one.error]
    told = {one.error.type for one in removal if one.error}
    assert "Stumble" in told
