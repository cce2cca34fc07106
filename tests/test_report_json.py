"""compatibility.json: it says what its schema promises, and reads back as what was written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from harness.errors import BadInput
from harness.model import Matrix, Observation
from harness.report.to_json import from_json, to_json
from tests import matrix_strategies
from tests.builders import caught, cell, environment, judged, matrix, observation
from tests.sample import sample

SCHEMA = json.loads(
    (Path(__file__).parents[1] / "harness/compatibility.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)


@matrix_strategies.law
@given(matrix_strategies.matrices)
def test_what_is_written_reads_back_the_same(written: Matrix) -> None:
    text = to_json(written)
    assert from_json(text) == written
    assert to_json(from_json(text)) == text


@matrix_strategies.law
@given(matrix_strategies.matrices)
def test_what_is_written_keeps_to_the_schema(written: Matrix) -> None:
    VALIDATOR.validate(json.loads(to_json(written)))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    VALIDATOR.validate(json.loads(to_json(sample())))


def told() -> Any:
    seen = observation(evidence={"sessions": 3})
    return json.loads(to_json(matrix(judged(seen, *caught()))))


def first(table: Any) -> Any:
    return table["cells"][0]


BROKEN: dict[str, Callable[[Any], Any]] = {
    "another schema": lambda table: table.update(schema=2),
    "no cells": lambda table: table.pop("cells"),
    "a key too many": lambda table: table.update(colour="red"),
    "a date that is none": lambda table: table.update(generated="yesterday"),
    "an unknown status": lambda table: first(table)["environment"].update(status="fine"),
    "an unknown ending": lambda table: first(table).update(ending="ok"),
    "a cell without verdicts": lambda table: first(table).update(verdicts={}),
    "a cell without its library": lambda table: first(table)["combination"].pop("library"),
    "an unknown outcome": lambda table: first(table)["observations"][0].update(outcome="green"),
    "time that runs backwards": lambda table: first(table)["observations"][0].update(seconds=-1),
    "a scenario without module": lambda table: first(table)["observations"][0].update(scenario="x"),
    "an error in one word": lambda table: first(table)["observations"][0].update(error="oh"),
    "an unknown verdict": lambda table: first(table)["verdicts"]["db"].update(verdict="maybe"),
    "no reason given": lambda table: first(table)["verdicts"]["bare-session"].update(because=[]),
    "a pattern of no name": lambda table: first(table)["verdicts"].update({"": {}}),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_a_broken_table_does_not_keep_to_the_schema(change: Callable[[Any], Any]) -> None:
    table = told()
    VALIDATOR.validate(table)
    change(table)
    assert not VALIDATOR.is_valid(table)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the table is not JSON"),
        ("[" * 100_000, "the table is not JSON"),
        ("[]", "the table: expected an object, found 'list'"),
        ("{}", "the key 'schema' is missing"),
        ('{"schema": 2}', "the table has schema 2, expected 1"),
        ('{"schema": true}', "the table has schema True, expected 1"),
        ('{"schema": 1, "generated": 3}', "the table.generated: expected a text, found '3'"),
    ],
)
def test_rubbish_is_bad_input_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(BadInput) as told:
        from_json(text)
    assert complaint in str(told.value)
    assert "\n" not in str(told.value)


@matrix_strategies.law
@given(st.text() | matrix_strategies.json_values.map(json.dumps))
def test_any_other_text_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput):
        from_json(text)


def test_a_place_in_the_table_is_named() -> None:
    table = told()
    first(table)["observations"][0]["outcome"] = "green"
    with pytest.raises(BadInput, match=r"the table\.cells\[0\]\.observations\[0\]\.outcome: "):
        from_json(json.dumps(table))


def test_versions_are_exact_where_they_were_installed() -> None:
    packages = {"flask": "3.1.3", "sqlalchemy": "2.0.58", "python": "3.12.1"}
    table = json.loads(to_json(matrix(judged(environment=environment(packages=packages)))))
    assert first(table)["combination"] == {
        "python": "3.12",
        "flask": "3.1.3",
        "flask-admin": "2.2.1",
        "sqlalchemy": "2.0.58",
        "library": "flask-sqlalchemy==3.1.1",
        "database": "sqlite",
    }


def test_numbers_that_json_lacks_are_told_in_words() -> None:
    table = json.loads(to_json(matrix(judged(observation(evidence={"ratio": float("nan")})))))
    assert first(table)["observations"][0]["evidence"] == {"ratio": "nan"}


def observations() -> tuple[Observation, ...]:
    return tuple(
        observation(scenario=f"request_isolation::scenario_number_{number}", pattern=pattern)
        for number in range(25)
        for pattern in (f"{base}{place}" for base in "abcdef" for place in ("", "@context"))
    )


def test_a_whole_plan_stays_small_with_one_observation_on_a_line() -> None:
    seen = observations()
    whole = matrix(*(judged(*seen, cell=cell(python=f"3.{number}")) for number in range(4)))
    text = to_json(whole)
    assert len(text) < 4 * len(seen) * 250
    assert sum('"scenario":' in line for line in text.splitlines()) == 4 * len(seen)
