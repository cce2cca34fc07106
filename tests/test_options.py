from __future__ import annotations

from pathlib import Path

import pytest

from harness import options
from harness.config import AXES
from harness.errors import BadInput


def test_nothing_said_is_the_plan_whose_table_is_committed() -> None:
    asked = options.parse_run([], AXES, cores=2)
    assert (asked.strength, asked.jobs, asked.is_default) == ("2", 2, True)


def test_a_part_of_the_matrix_is_not_the_default() -> None:
    arguments = ["--flask-admin", "2.2.1", "--python", "3.9", "--python", "3.10", "--jobs", "1"]
    asked = options.parse_run(arguments, AXES, cores=2)
    assert asked.selection == {"python": ("3.9", "3.10"), "flask-admin": ("2.2.1",)}
    assert (asked.jobs, asked.is_default) == (1, False)


@pytest.mark.parametrize(
    "arguments", [["--strength", "9"], ["--flsk", "3"], ["--jobs", "0"], ["stray"], ["--python"]]
)
def test_a_mistake_is_bad_input_in_one_line(arguments: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        options.parse_run(arguments, AXES, cores=2)
    assert "\n" not in str(caught.value)


def test_a_check_takes_requirements_and_files() -> None:
    asked = options.parse_check(["-r", "a.txt", "flask<3", "--pattern", "db", "--json", "x.json"])
    assert asked.requirements == ("flask<3",)
    assert asked.files == (Path("a.txt"),)
    assert asked.patterns == ("db",)
    assert asked.json == Path("x.json")


def test_a_check_of_nothing_is_bad_input() -> None:
    with pytest.raises(BadInput, match="nothing to check"):
        options.parse_check(["--python", "3.12"])
