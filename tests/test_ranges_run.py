from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from harness.config import Spec
from harness.errors import BadInput, MissingInterpreter
from harness.inquiries import indexed, ranges_run, ranges_text
from harness.inquiries.experiment import Experiment
from harness.inquiries.ranges import Basis, Kind
from harness.inquiries.ranges_run import Exploration, Question
from harness.model import CellResult, Resolution
from harness.project import Project
from tests.rehearsal import DAY, Chooses, Rehearsal, Shelf, Shows, breaks, pins, release, works

SHELF = Shelf(
    {
        "flask-admin": [release("1.0", "2020-01-01"), release("2.0", "2026-01-01")],
        "forms": [
            release("3.0.0", "2020-01-01"),
            release("3.0.1", "2021-01-01"),
            release("3.0.2", "2021-01-05"),
            release("3.1.0", "2022-01-01", yanked=True),
            release("3.2.0", "2023-01-01"),
            release("3.3.0b1", "2025-01-01"),
            release("3.3.0", "2026-02-01", python=">=3.13"),
        ],
    },
    {"flask-admin 2.0": ["forms!=3.0.1"], "flask-admin 1.0": ["forms"]},
)


def question() -> Question:
    return Question(
        a="flask-admin",
        b="forms",
        python="3.12",
        library="sqlalchemy",
        adapter="plain_sqlalchemy",
        others=lambda _: ("flask", "third<9"),
    )


def laboratory(folder: Path, spec: Spec, shows: Shows, chooses: Chooses) -> Rehearsal:
    here = Project(root=folder, spec=spec, pythons={"3.12": Path("python3.12")})
    return Rehearsal(here=here, day=DAY, shows=shows, chooses=chooses)


def explored(lab: Rehearsal) -> Exploration:
    lines = indexed.line(SHELF, "flask-admin"), indexed.line(SHELF, "forms")
    asked = question()
    for one in lines[0].releases:
        for other in lines[1].releases:
            pair = (f"flask-admin=={one}", f"forms=={other}")
            experiment = Experiment(
                python="3.12",
                requirements=(*pair, *asked.others(other)),
                library="sqlalchemy",
                adapter="plain_sqlalchemy",
            )
            time = indexed.own_time(SHELF, experiment.requirements)
            assert time is not None
            then = Resolution(as_of=indexed.stamp(time))
            lab.foresee([experiment, replace(experiment, resolution=then)])
    exploration = ranges_run.prepared(lab, SHELF, asked, lines, lambda _: None)
    exploration.explore()
    return exploration


def as_it_is(experiment: Experiment) -> Mapping[str, str]:
    return {**pins(experiment), "third": "1" if experiment.resolution.as_of else "2"}


def shown(exploration: Exploration) -> dict[str, str]:
    grid = exploration.grid
    return {
        f"{grid.a.releases[i]} {grid.b.releases[j]}": found.showing.kind
        for (i, j), found in exploration.found().items()
    }


def test_a_line_has_no_yanked_release_and_no_prerelease_unless_asked() -> None:
    told = [str(one) for one in indexed.line(SHELF, "forms").releases]
    assert told == ["3.0.0", "3.0.1", "3.0.2", "3.2.0", "3.3.0"]
    with_pre = indexed.line(SHELF, "forms", prereleases=True).releases
    assert Version("3.3.0b1") in with_pre


def test_a_line_knows_what_was_not_asked_about_and_what_was_soon_replaced() -> None:
    wanted = [SpecifierSet("<3.0.2"), SpecifierSet("==3.3.0")]
    line = indexed.line(SHELF, "forms", wanted)
    assert [str(one) for one in line.releases] == ["3.0.0", "3.0.1", "3.3.0"]
    assert line.gaps == {2}
    assert line.suspects == {1}


def test_a_specifier_that_no_release_meets_is_bad_input() -> None:
    with pytest.raises(BadInput, match="forms has no release >9"):
        indexed.line(SHELF, "forms", [SpecifierSet(">9")])


def test_what_metadata_forbid_is_told_with_the_line_that_does() -> None:
    lines = indexed.line(SHELF, "flask-admin"), indexed.line(SHELF, "forms")
    found = indexed.declared(SHELF, *lines, "3.12")
    told = {place: one.cause for place, one in found.items()}
    assert told == {
        (1, 1): "flask-admin 2.0 needs forms!=3.0.1",
        (0, 4): "forms 3.3.0 needs Python >=3.13",
        (1, 4): "forms 3.3.0 needs Python >=3.13",
    }
    turned = indexed.declared(SHELF, lines[1], lines[0], "3.12")
    assert {(j, i) for i, j in told} == turned.keys()


def test_the_time_of_pins_is_a_day_after_the_latest_of_them() -> None:
    time = indexed.own_time(SHELF, ["flask-admin==1.0", "forms==3.2.0", "flask", "third<9"])
    assert time is not None
    assert indexed.stamp(time) == "2023-01-02T00:00:00Z"


def test_pins_without_an_upload_time_have_no_time() -> None:
    shelf = Shelf({"flask-admin": [release("1.0")]})
    assert indexed.own_time(shelf, ["flask-admin==1.0"]) is None
    assert indexed.own_time(shelf, ["flask"]) is None


def test_every_combination_is_answered_and_the_forbidden_ones_are_not_run(
    tmp_path: Path, spec: Spec
) -> None:
    lab = laboratory(tmp_path, spec, lambda _: works(), as_it_is)
    exploration = explored(lab)
    assert set(shown(exploration).values()) == {Kind.WORKS, Kind.NOT_ALLOWED}
    ran = [(pins(one)["flask-admin"], pins(one)["forms"]) for one in lab.asked]
    assert ("2.0", "3.0.1") not in ran
    assert all(forms != "3.3.0" for _, forms in ran)


def test_the_resolvers_refusal_is_told_and_nothing_is_run_for_it(
    tmp_path: Path, spec: Spec
) -> None:
    def chooses(experiment: Experiment) -> Mapping[str, str] | str:
        if pins(experiment)["flask-admin"] == "1.0":
            return "third 2 depends on admin>=2"
        return as_it_is(experiment)

    exploration = explored(laboratory(tmp_path, spec, lambda _: works(), chooses))
    assert shown(exploration)["1.0 3.2.0"] == Kind.NOT_ALLOWED
    assert exploration.found()[0, 0].showing.cause == "third 2 depends on admin>=2"
    assert exploration.found()[0, 0].basis is Basis.METADATA


def test_what_works_with_the_packages_of_its_time_is_not_blamed_on_the_pair(
    tmp_path: Path, spec: Spec
) -> None:
    def shows(experiment: Experiment) -> CellResult:
        old = pins(experiment)["flask-admin"] == "1.0"
        return breaks() if old and not experiment.resolution.as_of else works()

    found = shown(explored(laboratory(tmp_path, spec, shows, as_it_is)))
    assert found["1.0 3.2.0"] == Kind.IN_ITS_TIME
    assert found["2.0 3.2.0"] == Kind.WORKS


def test_nothing_is_run_again_for_a_time_with_the_same_packages(tmp_path: Path, spec: Spec) -> None:
    lab = laboratory(tmp_path, spec, lambda _: breaks(), pins)
    found = shown(explored(lab))
    assert found["1.0 3.2.0"] == Kind.BROKEN
    assert not any(one.resolution.as_of for one in lab.asked)


def test_other_packages_beside_a_release_make_it_run(tmp_path: Path, spec: Spec) -> None:
    def chooses(experiment: Experiment) -> Mapping[str, str]:
        beside = "1" if pins(experiment)["forms"] == "3.0.1" else "2"
        return {**pins(experiment), "third": beside}

    lab = laboratory(tmp_path, spec, lambda _: works(), chooses)
    explored(lab)
    assert "3.0.1" in [pins(one)["forms"] for one in lab.asked]


def test_what_stands_out_is_run_twice_and_a_flip_is_not_known(tmp_path: Path, spec: Spec) -> None:
    times: dict[str, int] = {}

    def shows(experiment: Experiment) -> CellResult:
        chosen = pins(experiment)
        if chosen["forms"] != "3.0.1" or experiment.resolution.as_of:
            return works()
        times[experiment.id] = times.get(experiment.id, 0) + 1
        return breaks() if times[experiment.id] == 1 else works()

    exploration = explored(laboratory(tmp_path, spec, shows, pins))
    assert shown(exploration)["1.0 3.0.1"] == Kind.UNKNOWN
    assert exploration.found()[0, 1].showing.cause == (
        "run twice, it breaks TypeError: gone and works"
    )
    assert list(times.values()) == [2]


def test_what_stands_out_twice_is_told_and_not_tried_a_third_time(
    tmp_path: Path, spec: Spec
) -> None:
    def shows(experiment: Experiment) -> CellResult:
        return breaks() if pins(experiment)["forms"] == "3.0.1" else works()

    lab = laboratory(tmp_path, spec, shows, pins)
    assert shown(explored(lab))["1.0 3.0.1"] == Kind.BROKEN
    first = len(lab.asked)
    explored(lab)
    odd = [one for one in lab.asked if pins(one)["forms"] == "3.0.1"]
    assert (len(odd), len(lab.asked)) == (3, 2 * first - 1)


def test_an_interpreter_that_is_missing_is_told(tmp_path: Path, spec: Spec) -> None:
    lab = laboratory(tmp_path, spec, lambda _: works(), as_it_is)
    experiment = Experiment(python="3.8", requirements=(), library="", adapter="")
    with pytest.raises(MissingInterpreter, match=r"there is no Python 3\.8"):
        ranges_run.packages_of(lab, experiment)


# What is written of it ----------------------------------------------------------------------------


@pytest.fixture
def answer(tmp_path: Path, spec: Spec) -> ranges_text.Answer:
    def shows(experiment: Experiment) -> CellResult:
        broken = {"3.0.1": "TypeError", "3.2.0": "ImportError"}
        kind = broken.get(pins(experiment)["forms"])
        return breaks("<b>|no", kind=kind) if kind else works()

    exploration = explored(laboratory(tmp_path, spec, shows, as_it_is))
    return ranges_text.Answer(
        grid=exploration.grid,
        found=exploration.found(),
        python="3.12",
        library="sqlalchemy",
        others=("flask",),
        patterns=("db",),
        scenarios=(),
        planned=120,
        generated="2026-11-21T06:00:00Z",
        tool={},
        command="nox -s ranges -- flask-admin forms",
    )


def test_the_answer_is_told_in_intervals(answer: ranges_text.Answer) -> None:
    assert list(ranges_text.sentences(answer)) == [
        (
            "flask-admin 1.0: works with forms 3.0.0 and 3.0.2; breaks with forms 3.0.1"
            ": TypeError: <b>|no; breaks in another way with forms 3.2.0"
            ": ImportError: <b>|no; is not allowed with the rest: 3.3.0."
        ),
        (
            "flask-admin 2.0: works with forms 3.0.0 and 3.0.2; breaks with forms 3.2.0"
            ": ImportError: <b>|no; is not allowed with the rest: 3.0.1 and 3.3.0."
        ),
    ]


def test_the_answer_says_how_many_were_run_and_inferred(answer: ranges_text.Answer) -> None:
    assert ranges_text.told(answer) == (
        "10 combinations: 7 run, 0 inferred, 3 forbidden by metadata or not to be had"
    )
    assert "120 of 120 scenarios" in ranges_text.measured(answer)


def test_markdown_shows_every_combination_and_escapes_messages(
    answer: ranges_text.Answer,
) -> None:
    text = ranges_text.to_markdown(answer)
    assert "| 3.2.0 | no | no |" in text
    assert "| 3.0.1 | no | - |" in text
    assert "<b>" not in text
    assert "`nox -s ranges -- flask-admin forms`" in text


def test_the_terminal_names_a_row_once(answer: ranges_text.Answer) -> None:
    lines = ranges_text.to_terminal(answer, 100).splitlines()
    assert sum(line.startswith("1.0 ") for line in lines) == 1


def test_json_holds_the_intervals_and_the_basis_of_each_release(
    answer: ranges_text.Answer,
) -> None:
    content = json.loads(ranges_text.to_json(answer))
    assert content["counts"]["run"] == 7
    assert [one["standing"] for one in content["answers"][0]["with"]] == [
        "works",
        "breaks",
        "works",
        "breaks",
        "is not allowed",
    ]
    assert content["basis"]["2.0"]["metadata"] == ["3.0.1", "3.3.0"]
    assert content["beside"] == [
        {
            "packages": {"third": "2"},
            "with": {
                "1.0": ["3.0.0", "3.0.1", "3.0.2", "3.2.0"],
                "2.0": ["3.0.0", "3.0.2", "3.2.0"],
            },
        }
    ]


def test_a_release_that_fails_alike_with_all_is_said_to_tell_nothing_of_the_pair(
    tmp_path: Path, spec: Spec, answer: ranges_text.Answer
) -> None:
    exploration = explored(laboratory(tmp_path, spec, lambda _: breaks(), pins))
    alike = replace(answer, grid=exploration.grid, found=exploration.found())
    assert len(list(ranges_text.indifferent(alike))) == 2
    assert not list(ranges_text.indifferent(answer))
