"""`harness.record`: whatever the processes of a cell wrote, reading it gives a value."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import record
from harness.model import Control, Error, Observation, Outcome, Party, PatternName, ScenarioId
from harness.record import Header, Pair, Record

FIRST: Pair = (ScenarioId("a::first"), PatternName("db"))
SECOND: Pair = (ScenarioId("a::second"), PatternName("db"))
HEADER = {"event": "header", "schema": 1, "python": "3.12.1", "packages": {"flask": "3.1.3"}}
CONTROL = {
    "event": "control",
    "name": "import flask",
    "party": "environment",
    "outcome": "failed",
    "error": {"type": "ImportError", "message": "no", "traceback": ""},
    "seconds": 0.1,
}
PLANNED = {"event": "planned", "observations": [FIRST, SECOND]}
FOOTER = {"event": "footer"}


def start(pair: Pair = FIRST) -> dict[str, object]:
    return {"event": "start", "scenario": pair[0], "pattern": pair[1]}


def seen(pair: Pair = FIRST, outcome: str = "passed", **more: object) -> dict[str, object]:
    content: dict[str, object] = {"reason": "", "error": None, "evidence": {}, "warnings": []}
    content["seconds"] = 0.01
    return {**start(pair), "event": "observation", "outcome": outcome, **content, **more}


def text(*events: object) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def parsed(*events: object) -> Record:
    return record.parse(text(*events))


def outcomes(*records: tuple[Record, str], expected: tuple[Pair, ...] = ()) -> dict[str, str]:
    return {o.scenario: o.outcome for o in record.merge(records, expected)}


def test_a_whole_record_is_read() -> None:
    error = {"type": "RuntimeError", "message": "Working outside", "traceback": "..."}
    told = seen(outcome="failed", error=error, evidence={"n": [1, {"a": None}]}, warnings=["W"])

    read = parsed(HEADER, CONTROL, {"event": "probed"}, PLANNED, start(), told, FOOTER)

    assert read == Record(
        header=Header(python="3.12.1", packages={"flask": "3.1.3"}),
        controls=(
            Control(
                name="import flask",
                party=Party.ENVIRONMENT,
                outcome=Outcome.FAILED,
                error=Error(type="ImportError", message="no"),
                seconds=0.1,
            ),
        ),
        probed=True,
        planned=(FIRST, SECOND),
        observations=(
            Observation(
                scenario=FIRST[0],
                pattern=FIRST[1],
                outcome=Outcome.FAILED,
                error=Error(type="RuntimeError", message="Working outside", traceback="..."),
                evidence={"n": [1, {"a": None}]},
                warnings=("W",),
                seconds=0.01,
            ),
        ),
        finished=True,
    )


RUBBISH = {
    "no JSON": "Segmentation fault",
    "no object": "[1]",
    "no event": '{"schema": 1}',
    "an unknown event": '{"event": "applause"}',
    "another schema": text({**HEADER, "schema": 2}),
    "a version that is no text": text({**HEADER, "packages": {"flask": 3}}),
    "packages that are no object": text({**HEADER, "packages": []}),
    "a plan that is no list": text({**PLANNED, "observations": "all"}),
    "a pair of one": text({**PLANNED, "observations": [["a::first"]]}),
    "a start of nothing": text({"event": "start"}),
    "an empty scenario": text({**start(), "scenario": ""}),
    "an outcome that does not exist": text(seen(outcome="great")),
    "an outcome that no process has of itself": text(seen(outcome="crashed")),
    "an error that is no object": text(seen(error="bad")),
    "a time before its start": text(seen(seconds=-1)),
    "a time that is no number": text(seen(seconds=True)),
    "a time without end": text(seen()).replace("0.01", "1e999"),
    "a time that is too long": text(seen(seconds=10**400)),
    "no number": text(seen(seconds=float("nan"))),
    "evidence that is no object": text(seen(evidence=[])),
    "warnings that are no texts": text(seen(warnings=[1])),
    "a party that does not exist": text({**CONTROL, "party": "nobody"}),
    "nesting without end": "[" * 100_000,
    "evidence too deep": text(seen(evidence={"a": json.loads("[" * 60 + "]" * 60)})),
}


@pytest.mark.parametrize("line", RUBBISH.values(), ids=[*RUBBISH])
def test_a_line_that_says_nothing_sound_is_rubbish_and_the_rest_is_read(line: str) -> None:
    read = record.parse(f"{text(HEADER)}{line.strip()}\n{text(FOOTER)}")

    assert len(read.rubbish) == 1
    assert read.header is not None
    assert read.finished
    assert not read.observations


@given(
    st.text() | st.lists(st.sampled_from([*RUBBISH.values(), text(HEADER, seen())])).map("\n".join)
)
def test_parsing_never_raises(anything: str) -> None:
    read = record.parse(anything)

    record.merge([(read, "")])
    assert len(read.rubbish) <= anything.count("\n") + 1


@given(st.data())
def test_a_torn_record_keeps_what_was_there(data: st.DataObject) -> None:
    whole = text(HEADER, CONTROL, PLANNED, start(), seen(), start(SECOND), seen(SECOND), FOOTER)
    length = data.draw(st.integers(0, len(whole)))

    torn = record.parse(whole[:length])
    kept = record.parse("\n".join(whole[:length].split("\n")[:-1]))

    assert torn.observations[: len(kept.observations)] == kept.observations
    assert record.parse(whole).observations[: len(torn.observations)] == torn.observations
    assert len(torn.rubbish) <= 1
    assert set(torn.in_flight) <= {FIRST, SECOND}


def test_half_a_character_is_replaced() -> None:
    read = parsed(seen(evidence={"\ud800": "a\udc80"}, warnings=["\udfff"]))

    assert read.observations[0].evidence == {"?": "a?"}
    assert read.observations[0].warnings == ("?",)


def test_what_was_started_and_not_ended_is_in_flight() -> None:
    read = parsed(PLANNED, start(), seen(), start(SECOND))

    assert read.in_flight == (SECOND,)


def test_a_module_that_cannot_be_collected_is_told() -> None:
    read = parsed({"event": "collection-failed", "where": "a.py", "text": "ImportError: b"})

    assert read.uncollected == ("a.py: ImportError: b",)


@pytest.mark.parametrize(
    ("footer", "stopped", "outcome"),
    [
        ((), "", Outcome.CRASHED),
        ((), "Timeout!", Outcome.TIMED_OUT),
        ((FOOTER,), "", Outcome.ERRORED),
    ],
)
def test_what_is_in_flight_crashed_or_timed_out_or_got_lost(
    footer: tuple[object, ...], stopped: str, outcome: Outcome
) -> None:
    read = parsed(PLANNED, start(), *footer)

    assert outcomes((read, stopped)) == {"a::first": outcome, "a::second": Outcome.NOT_RUN}


def test_the_stacks_at_the_deadline_are_kept() -> None:
    (observation,) = record.merge([(parsed(start()), "Thread 0x...: waits")])

    assert observation.error is not None
    assert observation.error.traceback == "Thread 0x...: waits"


def test_what_was_expected_and_never_planned_has_not_been_run() -> None:
    found = record.with_reason(record.merge([], [FIRST]), "pytest did not start")

    assert [(o.outcome, o.reason) for o in found] == [(Outcome.NOT_RUN, "pytest did not start")]


def test_a_reason_is_given_only_to_what_has_not_been_run() -> None:
    found = record.with_reason(record.merge([(parsed(PLANNED, seen()), "")]), "why")

    assert [o.reason for o in found] == ["", "why"]


@pytest.mark.parametrize(
    ("one", "other", "worse"),
    [
        ("passed", "failed", Outcome.FAILED),
        ("passed", "errored", Outcome.ERRORED),
        ("passed", "not-applicable", Outcome.PASSED),
        ("errored", "failed", Outcome.FAILED),
    ],
)
def test_of_two_observations_the_worse_counts(one: str, other: str, worse: Outcome) -> None:
    records = [(parsed(seen(outcome=one)), ""), (parsed(seen(outcome=other)), "")]

    assert outcomes(*records) == outcomes(*records[::-1]) == {"a::first": worse}


def test_a_crash_is_worse_than_a_pass_elsewhere() -> None:
    assert outcomes((parsed(start()), ""), (parsed(seen()), "")) == {"a::first": Outcome.CRASHED}


def test_the_order_is_that_of_the_plan() -> None:
    ended_otherwise = parsed(PLANNED, seen(SECOND), seen(FIRST))

    assert [*outcomes((ended_otherwise, ""))] == ["a::first", "a::second"]


def test_the_first_failed_import_is_found_and_no_other_control() -> None:
    alone = {**CONTROL, "name": "flask alone"}
    passed = {**CONTROL, "name": "import sqlalchemy", "outcome": "passed"}

    assert record.failed_import(parsed(alone, passed).controls) is None
    assert record.failed_import(parsed(alone, passed, CONTROL).controls) is not None
