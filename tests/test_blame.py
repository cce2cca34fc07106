"""Who is to blame: `harness.symptom`, `harness.suspects` and `harness.blame`, on made-up worlds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from harness import allowed
from harness.inquiries import blame, blame_text, suspects, symptom
from harness.inquiries.blame import Case, Change, Neighbour, Pins, Whose
from harness.inquiries.suspects import Known
from harness.inquiries.symptom import Shown, Symptom
from harness.model import CellId, EnvironmentStatus, JudgedCell, Outcome, Party, PatternName
from tests.builders import cell, control, environment, error, failed, judged, observation

LOST = failed(error=error("AssertionError", "the form lacks a field"))
BROKEN_IMPORT = control(
    "import flask-admin",
    party=Party.FLASK_ADMIN,
    outcome=Outcome.FAILED,
    error=error("ImportError", "cannot import name 'T_SESSION'"),
)
PINS = {"python": "3.12", "flask": "3.1.3", "flask-admin": "1.6.1", "sqlalchemy": "2.0.58"}


def a_cell(*seen: object, packages: Mapping[str, str] = PINS, **more: object) -> JudgedCell:
    installed = {name: version for name, version in packages.items() if name != "python"}
    chosen = environment(packages=installed)
    return judged(*seen, environment=chosen, **more)  # type: ignore[arg-type] # what it is about


def world(*breaks: Callable[[Pins], bool]) -> blame.Look:
    """Return a laboratory in which each symptom, by number, holds under its condition."""

    def look(pins: Pins, asked: Sequence[Symptom]) -> Mapping[str, Shown]:
        broken = [holds(pins) for holds in breaks]
        return {
            one.text: Shown.SAME if broken[at] else Shown.GONE
            for at, one in enumerate(SYMPTOMS)
            if one in asked
        }

    return look


SYMPTOMS = tuple(
    Symptom(text=f"failure {number}", scenario=LOST.scenario, pattern=LOST.pattern)
    for number in range(2)
)
CHANGES = (
    Change(package="sqlalchemy", version="1.4.54"),
    Change(package="flask", version="3.0.3"),
    Change(package="flask-admin", version="2.0.2"),
)
NEIGHBOUR = Neighbour(cell=CellId("works"), pins={**PINS, "flask": "2.3.3", "sqlalchemy": "1.4.54"})


def a_case(symptoms: Sequence[Symptom], *neighbours: Neighbour) -> Case:
    return Case(
        judged=a_cell(LOST),
        pins=PINS,
        symptoms=tuple(symptoms),
        candidates=CHANGES,
        neighbours=neighbours,
        libraries=frozenset({"flask-sqlalchemy"}),
    )


def is_pair(pins: Pins) -> bool:
    return pins["flask-admin"] == "1.6.1" and pins["sqlalchemy"].startswith("2.")


def test_the_smallest_set_are_the_packages_of_which_each_alone_mends_it() -> None:
    (found,) = blame.investigate(a_case(SYMPTOMS[:1], NEIGHBOUR), world(is_pair))
    assert [one.told for one in found.members] == ["flask-admin 1.6.1", "sqlalchemy 2.0.58"]
    assert [one.mended_by for one in found.members] == [("2.0.2",), ("1.4.54",)]
    assert [one.told for one in found.harmless] == ["flask 3.0.3"]
    assert found.whose is Whose.FLASK_ADMIN


def test_more_is_tried_where_a_pair_is_incomplete() -> None:
    asked: list[Pins] = []

    def look(pins: Pins, some: Sequence[Symptom]) -> Mapping[str, Shown]:
        asked.append(pins)
        return world(lambda one: is_pair(one) and one["flask"] != "2.2.5")(pins, some)

    oldest = Change(package="flask", version="2.2.5")
    case = replace(a_case(SYMPTOMS[:1]), further=(oldest,))
    (found,) = blame.investigate(case, look)
    assert blame.changed(PINS, [oldest]) not in asked
    (found,) = blame.investigate(replace(case, candidates=CHANGES[:2]), look)
    assert [one.told for one in found.members] == ["flask 3.1.3", "sqlalchemy 2.0.58"]


def test_the_set_is_brought_into_a_cell_that_works() -> None:
    (found,) = blame.investigate(a_case(SYMPTOMS[:1], NEIGHBOUR), world(is_pair))
    assert found.elsewhere == ("works", Shown.SAME)


def test_failures_with_other_members_are_told_apart() -> None:
    def is_flask(pins: Pins) -> bool:
        return pins["flask"] == "3.1.3"

    found = blame.investigate(a_case(SYMPTOMS), world(is_pair, is_flask))
    members = [[one.package for one in group.members] for group in found]
    assert members == [["flask-admin", "sqlalchemy"], ["flask"]]


def test_two_packages_that_mend_it_only_together_are_found_from_a_working_neighbour() -> None:
    def is_either(pins: Pins) -> bool:
        return pins["flask"] == "3.1.3" or pins["sqlalchemy"] == "2.0.58"

    (found,) = blame.investigate(a_case(SYMPTOMS[:1], NEIGHBOUR), world(is_either))
    assert [one.package for one in found.members] == ["flask", "sqlalchemy"]


def test_what_mends_it_only_together_is_not_said_to_mend_it_alone() -> None:
    def is_either(pins: Pins) -> bool:
        return pins["flask"] == "3.1.3" or pins["flask-admin"] == "1.6.1"

    there = replace(NEIGHBOUR, pins={**PINS, "flask": "2.3.3", "flask-admin": "2.0.2"})
    (found,) = blame.investigate(a_case(SYMPTOMS[:1], there), world(is_either))
    assert found.whose is Whose.FLASK_ADMIN
    assert found.why == ("another Flask-Admin mends it, but only together with the rest of the set")
    page = blame_text.blame_to_markdown([found])
    assert "Smallest set, each of which mends it only together with the others: flask" in page
    assert blame_text.blame_data(found)["together"] is True


def test_what_no_change_mends_is_told_for_each_party() -> None:
    of_client = replace(SYMPTOMS[1], traceback='File "werkzeug/test.py", line 1, in open\n')
    case = replace(a_case(SYMPTOMS), symptoms=(SYMPTOMS[0], of_client))
    found = blame.investigate(case, lambda _, asked: {one.text: Shown.SAME for one in asked})
    assert [(one.whose, one.symptoms) for one in found] == [
        (Whose.FLASK_ADMIN, (SYMPTOMS[0],)),
        (Whose.HARNESS, (of_client,)),
    ]


def test_what_no_change_mends_is_not_known_or_told_by_the_controls() -> None:
    (found,) = blame.investigate(a_case(SYMPTOMS[:1]), world(lambda _: True))
    assert not found.members
    assert (found.whose, found.why) == (Whose.FLASK_ADMIN, "the library works without Flask-Admin")


def test_a_failure_that_does_not_come_again_is_blamed_on_nobody() -> None:
    (found,) = blame.investigate(a_case(SYMPTOMS[:1]), world(lambda _: False))
    assert found.whose is Whose.UNKNOWN


@pytest.mark.parametrize("file", ["flask/testing.py", "site-packages/werkzeug/test.py"])
def test_what_the_test_client_raises_is_the_harness_s_own(file: str) -> None:
    traceback = f'File "scenarios/probe.py", line 3, in x\nFile "{file}", line 116, in __init__\n'
    one = replace(SYMPTOMS[0], traceback=traceback)
    assert blame.whose_is_it(one, (), a_case([one]))[0] is Whose.HARNESS


def test_what_is_raised_with_no_flask_admin_on_the_way_is_not_flask_admin_s() -> None:
    traceback = 'File "scenarios/models.py", line 3\nFile "sqlalchemy/orm/mapper.py", line 1\n'
    one = replace(SYMPTOMS[0], text="NoForeignKeysError: x", traceback=traceback)
    assert blame.whose_is_it(one, (), a_case([one]))[0] is Whose.LIBRARY
    through = replace(one, traceback=f'File "flask_admin/base.py", line 1\n{traceback}')
    assert blame.whose_is_it(through, (), a_case([through]))[0] is Whose.FLASK_ADMIN
    asserted = replace(one, text="AssertionError: the form lacks a field")
    assert blame.whose_is_it(asserted, (), a_case([asserted]))[0] is Whose.FLASK_ADMIN


def test_what_the_pattern_fails_without_flask_admin_says_nothing_of_another_scenario() -> None:
    alone = failed(scenario="without_admin::x", error=error("AssertionError", "left open"))
    case = replace(a_case(SYMPTOMS[:1]), judged=a_cell(LOST, alone))
    assert blame.whose_is_it(SYMPTOMS[0], (), case)[0] is Whose.UNKNOWN
    itself = symptom.of_observation(alone)
    assert blame.whose_is_it(itself, (), case)[0] is Whose.LIBRARY
    elsewhere = replace(
        observation(), scenario=alone.scenario, pattern=PatternName("scoped-session")
    )
    case = replace(case, judged=a_cell(LOST, alone, elsewhere))
    assert blame.whose_is_it(itself, (), case)[0] is Whose.PATTERN


def test_what_passes_through_the_client_is_not() -> None:
    assert not blame.is_of_the_client(
        'File "werkzeug/test.py", line 1, in open\nFile "flask_admin/base.py", line 2, in x\n'
    )


@given(st.sets(st.integers(0, 12), min_size=1), st.integers(13, 16))
def test_of_changes_that_mend_together_none_can_be_left_out(needed: set[int], count: int) -> None:
    changes = tuple(Change(package=f"p{number}", version="1") for number in range(count))
    wanted = {changes[at] for at in needed}
    found = blame.minimal(changes, lambda some: wanted <= set(some))
    assert set(found) == wanted


def test_a_change_may_take_a_package_away_and_bring_one() -> None:
    without = Change(package="flask", version=blame.ABSENT)
    assert "flask" not in blame.changed(PINS, [without])
    assert without.told == "without flask"
    assert blame.differences({"a": "1"}, {"b": "2"}) == (
        Change(package="a", version=""),
        Change(package="b", version="2"),
    )


# Symptoms -----------------------------------------------------------------------------------------


def test_the_first_control_that_failed_is_the_only_symptom() -> None:
    one = a_cell(LOST, controls=[control(), BROKEN_IMPORT])
    assert [found.place for found in symptom.symptoms(one)] == ["import flask-admin"]


def test_the_nearest_pattern_is_the_one_that_fails_least() -> None:
    one = a_cell(
        LOST,
        failed(scenario="a::b", error=error("TypeError", "x")),
        failed(pattern="scoped-session", error=error("AssertionError", "the form lacks a field")),
    )
    assert symptom.nearest(one) == "scoped-session"
    assert symptom.texts(symptom.symptoms(one)) == {"AssertionError: the form lacks a field"}


def test_what_passed_is_gone_and_what_did_not_run_is_not_known() -> None:
    (one,) = symptom.symptoms(a_cell(LOST))
    assert symptom.shown(a_cell(LOST).result, one) is Shown.SAME
    assert symptom.shown(a_cell(failed()).result, one) is Shown.OTHER
    assert symptom.shown(a_cell(observation()).result, one) is Shown.GONE
    assert symptom.shown(a_cell(observation(Outcome.NOT_RUN)).result, one) is Shown.UNKNOWN
    assert symptom.shown(a_cell().result, one) is Shown.UNKNOWN


def test_a_control_is_compared_with_the_same_control() -> None:
    (one,) = symptom.symptoms(a_cell(controls=[BROKEN_IMPORT]))
    passed = control("import flask-admin", party=Party.FLASK_ADMIN)
    earlier = control("flask alone", outcome=Outcome.FAILED, error=error("TypeError", "x"))
    assert symptom.shown(a_cell(controls=[BROKEN_IMPORT]).result, one) is Shown.SAME
    assert symptom.shown(a_cell(controls=[passed]).result, one) is Shown.GONE
    assert symptom.shown(a_cell(controls=[earlier, BROKEN_IMPORT]).result, one) is Shown.OTHER
    assert symptom.shown(a_cell().result, one) is Shown.UNKNOWN


def test_a_cell_without_an_environment_works_neither_nor_fails() -> None:
    none = judged(environment=environment(EnvironmentStatus.UNRESOLVABLE, message="no"))
    assert allowed.works(none) is None
    assert allowed.works(a_cell(LOST)) is False


# Suspects -----------------------------------------------------------------------------------------


def test_the_nearest_versions_of_the_table_are_tried_and_of_the_index_where_it_has_one() -> None:
    failing = a_cell(LOST, cell=cell(admin="1.6.1"))
    works = a_cell(observation(), packages={**PINS, "sqlalchemy": "1.4.54", "wtforms": "3.1.2"})
    newer = a_cell(observation(), packages={**PINS, "sqlalchemy": "2.1.9"}, cell=cell(flask="3.0"))
    versions = {"flask-admin": [Version("1.6.0")], "flask": [Version("9.0")]}
    found = suspects.case(
        failing,
        symptom.symptoms(failing),
        Known(
            table=(failing, works, newer),
            released=versions,
            optional=frozenset(),
            pythons=("3.11", "3.12"),
        ),
    )
    assert [one.told for one in found.candidates] == [
        "sqlalchemy 1.4.54",
        "sqlalchemy 2.1.9",
        "flask 9.0",
        "flask-admin 1.6.0",
    ]
    assert [one.told for one in found.further] == [
        "sqlalchemy 1.4.54",
        "sqlalchemy 2.1.9",
        "python 3.11",
    ]
    assert [one.pins["sqlalchemy"] for one in found.neighbours] == ["2.1.9", "1.4.54"]


def test_an_optional_library_that_is_missing_is_brought_in() -> None:
    other = replace(cell(), requirements=(*cell().requirements, "flask-sqlalchemy==3.1.1"))
    works = a_cell(observation(), cell=other, packages={**PINS, "flask-sqlalchemy": "3.1.1"})
    failing = a_cell(LOST)
    known = Known(
        table=(failing, works), released={}, optional=frozenset({"flask-sqlalchemy"}), pythons=()
    )
    found = suspects.case(failing, symptom.symptoms(failing), known)
    assert Change(package="flask-sqlalchemy", version="3.1.1") in found.candidates


# Told ---------------------------------------------------------------------------------------------


def test_a_blame_is_told_with_set_and_neighbour() -> None:
    found = blame.investigate(a_case(SYMPTOMS[:1], NEIGHBOUR), world(is_pair))
    page = blame_text.blame_to_markdown(found)
    assert page.startswith("## 1. Flask-Admin's: flask-admin 1.6.1, sqlalchemy 2.0.58")
    assert "flask-admin 1.6.1 (mended by 2.0.2); sqlalchemy 2.0.58 (mended by 1.4.54)" in page
    assert "Brought into `works`, which works, the set shows: the same failure" in page
    data = blame_text.blame_data(found[0])
    assert data["brought_into"] == {"cell": "works", "showed": "the same failure"}
