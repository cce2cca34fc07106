"""`harness.options`: what stands behind `--`, as values, or one line about what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import options
from harness.errors import BadInput

AXES = ("python", "flask", "flask-admin", "sqlalchemy", "library")


def run(*arguments: str) -> options.RunOptions:
    return options.parse_run(arguments, AXES, 4)


def test_nothing_means_the_default_plan_on_every_core() -> None:
    asked = run()
    assert (asked.strength, asked.selection, asked.jobs) == ("2", {}, 4)
    assert asked.is_default
    assert not asked.resume
    assert not asked.download_python


def test_axes_are_narrowed_to_their_levels_in_the_order_given() -> None:
    asked = run("--flask-admin", "2.2.1", "--flask", "3.1", "--flask", "2.2")
    assert asked.selection == {"flask": ("3.1", "2.2"), "flask-admin": ("2.2.1",)}


@pytest.mark.parametrize("arguments", [["--strength", "smoke"], ["--python", "3.12"]])
def test_a_part_of_the_matrix_is_not_the_default_plan(arguments: list[str]) -> None:
    assert not run(*arguments).is_default


@pytest.mark.parametrize("arguments", [["--jobs", "1"], ["--resume"], ["--download-python"]])
def test_how_it_is_run_does_not_change_what_is_run(arguments: list[str]) -> None:
    assert run(*arguments).is_default


@pytest.mark.parametrize("strength", options.STRENGTHS)
def test_every_strength_can_be_asked_for(strength: str) -> None:
    assert run("--strength", strength).strength == strength


def test_jobs_can_be_fewer_or_more_than_the_cores() -> None:
    assert [run("--jobs", number).jobs for number in ("1", "9")] == [1, 9]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bogus-axis", "x"], "--bogus-axis"),
        (["--strength", "4"], "--strength.*smoke"),
        (["--jobs", "0"], "--jobs"),
        (["--jobs", "-1"], "--jobs"),
        (["--jobs", "many"], "--jobs.*many"),
        (["--python"], "--python"),
        (["3.12"], "3.12"),
    ],
)
def test_a_mistake_in_a_run_is_one_line(arguments: list[str], message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        run(*arguments)
    assert "\n" not in str(caught.value)
    assert "nox -- --help" in str(caught.value)


def test_help_is_printed_and_is_no_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("--help")
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert all(f"--{axis}" in shown for axis in AXES)


def test_an_axis_may_be_abbreviated_only_where_it_is_clear() -> None:
    with pytest.raises(BadInput, match="ambiguous"):
        run("--fla", "3.1")


def test_requirements_and_options_of_a_check_may_be_mixed() -> None:
    asked = options.parse_check(
        ["--python", "3.12", "flask==3.1.*", "-r", "a.txt", "-r", "b.txt", "--pattern", "db"]
    )
    assert asked.requirements == ("flask==3.1.*",)
    assert asked.files == (Path("a.txt"), Path("b.txt"))
    assert (asked.python, asked.library, asked.patterns) == ("3.12", None, ("db",))
    assert asked.scenarios == ()
    assert asked.json is None


def test_a_file_alone_is_enough_for_a_check() -> None:
    assert options.parse_check(["-r", "a.txt"]).requirements == ()


def test_an_interpreter_alone_is_enough_for_a_check() -> None:
    asked = options.parse_check(["--python", "venv/bin/python"])
    assert asked.interpreter == Path("venv/bin/python")
    assert options.parse_check(["--python", "3.12", "flask"]).interpreter is None


def test_an_application_is_chosen_from_with_groups_extras_and_constraints() -> None:
    given = ["-r", "pyproject.toml", "-c", "c.txt", "--group", "dev", "--extra", "images"]
    asked = options.parse_check([*given, "--no-search", "--table"])
    assert (asked.constraints, asked.groups, asked.extras) == (
        (Path("c.txt"),),
        ("dev",),
        ("images",),
    )
    assert (asked.search, asked.table) == (False, True)


def test_everything_of_a_check_can_be_given() -> None:
    asked = options.parse_check(
        [
            *("flask", "--library", "sqlalchemy", "--scenario", "a::b"),
            *("--scenario", "c::d", "--json", "out.json"),
        ]
    )
    assert asked.library == "sqlalchemy"
    assert asked.scenarios == ("a::b", "c::d")
    assert asked.json == Path("out.json")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to check"),
        (["--python", "3.12"], "nothing to check"),
        (["flask", "--bogus"], "--bogus"),
        (["flask", "-r"], "-r"),
    ],
)
def test_a_mistake_in_a_check_is_one_line(arguments: list[str], message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        options.parse_check(arguments)
    assert "\n" not in str(caught.value)
