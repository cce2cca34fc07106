from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config import Spec
from harness.errors import BadInput
from harness.inquiries import since_text
from harness.inquiries.experiment import Experiment
from harness.inquiries.ranges import Kind
from harness.inquiries.since_run import Inquiry
from harness.model import CellResult, Resolution
from harness.project import Project
from tests.rehearsal import (
    DAY,
    Chooses,
    Rehearsal,
    Shelf,
    Shows,
    breaks,
    forbidden,
    pins,
    release,
    works,
)

SHELF = Shelf(
    {
        "flask-admin": [release("1.6.1", "2023-02-09")],
        "forms": [
            release(f"3.{minor}.{patch}", f"20{22 + minor}-0{patch + 1}-01")
            for minor in range(4)
            for patch in range(3)
        ],
        "flask": [release("2.2.0", "2022-08-01"), release("3.1.0", "2024-11-13")],
        "extra": [release("1", "2022-01-01"), release("2", "2025-01-01")],
    },
    {"flask 3.1.0": ["extra>=2"]},
)
THEN = {"flask-admin": "1.6.1", "flask": "2.2.0", "forms": "3.0.1", "extra": "1"}
NOW = {"flask-admin": "1.6.1", "flask": "3.1.0", "forms": "3.3.2", "extra": "2"}
ASKED = Experiment(
    python="3.12",
    requirements=("flask-admin==1.6.1", "flask"),
    library="sqlalchemy",
    adapter="plain_sqlalchemy",
)


def chooses(experiment: Experiment) -> Mapping[str, str]:
    resolution = experiment.resolution
    free = THEN if resolution.as_of or resolution.lowest else NOW
    return {**free, **pins(experiment)}


def laboratory(folder: Path, spec: Spec, shows: Shows, choice: Chooses = chooses) -> Rehearsal:
    here = Project(root=folder, spec=spec, pythons={"3.12": Path("python3.12")})
    lab = Rehearsal(here=here, day=DAY, shows=shows, chooses=choice)
    resolutions = [
        Resolution(),
        Resolution(lowest=True),
        Resolution(as_of="2023-02-10T00:00:00Z"),
    ]
    lab.foresee(replace(ASKED, resolution=one) for one in resolutions)
    forms = [str(one.version) for one in SHELF.releases("forms")]
    held = ("extra==1", "flask==2.2.0")
    lab.foresee(
        replace(ASKED, requirements=("flask-admin==1.6.1", f"forms=={version}", *held))
        for version in forms
    )
    return lab


def inquiry(lab: Rehearsal, experiment: Experiment = ASKED) -> Inquiry:
    return Inquiry(laboratory=lab, index=SHELF, experiment=experiment, told=lambda _: None)


def told(lab: Rehearsal) -> since_text.Since:
    asked = inquiry(lab)
    tried = asked.tried()
    return since_text.Since(
        requirements=ASKED.requirements,
        pins=asked.pins,
        python="3.12",
        library="sqlalchemy",
        patterns=(),
        scenarios=(),
        planned=120,
        tried=tried,
        culprit=asked.culprit(tried),
        generated="2026-11-21T06:00:00Z",
        tool={},
        command="nox -s since -- flask-admin==1.6.1",
    )


def since_forms(*broken: str) -> Shows:
    """What breaks with some releases of forms."""

    def shows(experiment: Experiment) -> CellResult:
        chosen = {**chooses(experiment), **pins(experiment)}
        return breaks() if chosen["forms"] in broken else works()

    return shows


def test_the_companion_and_its_first_breaking_release_are_named(tmp_path: Path, spec: Spec) -> None:
    broken = ("3.2.0", "3.2.1", "3.2.2", "3.3.0", "3.3.1", "3.3.2")
    lab = laboratory(tmp_path, spec, since_forms(*broken))
    found = told(lab)
    assert list(since_text.sentences(found)) == [
        "flask-admin 1.6.1 works with its time's packages and breaks with today's",
        "flask-admin 1.6.1 works with forms up to 3.1.2, breaks from 3.2.0: TypeError: gone",
    ]
    assert since_text.counts(found) == "11 releases of forms: 8 run, 3 inferred"


def test_good_bad_good_bad_is_told_as_it_is(tmp_path: Path, spec: Spec) -> None:
    lab = laboratory(tmp_path, spec, since_forms("3.1.0", "3.3.0", "3.3.1", "3.3.2"))
    assert list(since_text.sentences(told(lab)))[1:] == [
        (
            "flask-admin 1.6.1 works with forms 3.0.1 to 3.0.2"
            " and 3.1.1 to 3.2.2 (1 of 5 inferred); breaks with forms 3.1.0"
            " and 3.3.0 to 3.3.2 (1 of 3 inferred): TypeError: gone"
        ),
        "the first release of forms that breaks it is 3.1.0, from 3.3.0 on none works",
    ]


def test_todays_error_is_told_apart_from_an_earlier_one(tmp_path: Path, spec: Spec) -> None:
    def shows(experiment: Experiment) -> CellResult:
        chosen = {**chooses(experiment), **pins(experiment)}
        if chosen["forms"] == "3.3.0":
            return breaks("another", kind="ImportError")
        return breaks() if chosen["forms"] > "3.3.0" else works()

    assert list(since_text.sentences(told(laboratory(tmp_path, spec, shows))))[2] == (
        "the first release of forms that breaks it is 3.3.0, today's error is there from 3.3.1"
    )


def test_two_that_break_it_together_are_both_named(tmp_path: Path, spec: Spec) -> None:
    def shows(experiment: Experiment) -> CellResult:
        chosen = {**chooses(experiment), **pins(experiment)}
        both = chosen["forms"] == "3.3.2" and chosen["extra"] == "2"
        return breaks() if both else works()

    found = told(laboratory(tmp_path, spec, shows))
    assert list(since_text.sentences(found))[1] == (
        "these break it together, no single one does: extra 1 to 2, forms 3.0.1 to 3.3.2"
    )


def test_another_failure_on_the_way_is_not_taken_for_todays(tmp_path: Path, spec: Spec) -> None:
    def shows(experiment: Experiment) -> CellResult:
        chosen = {**chooses(experiment), **pins(experiment)}
        if chosen["forms"] == "3.3.2":
            return breaks()
        return breaks("another") if chosen["flask"] == "3.1.0" else works()

    found = told(laboratory(tmp_path, spec, shows)).culprit
    assert found is not None
    assert found.smallest.names == {"forms"}


def test_what_works_today_has_no_culprit(tmp_path: Path, spec: Spec) -> None:
    found = told(laboratory(tmp_path, spec, lambda _: works()))
    assert found.culprit is None
    assert list(since_text.sentences(found)) == [
        (
            "flask-admin 1.6.1 works with the other packages of today and of its time"
            " and of lowest allowed"
        )
    ]


def test_what_never_worked_is_said_to_tell_nothing(tmp_path: Path, spec: Spec) -> None:
    def shows(experiment: Experiment) -> CellResult:
        return forbidden() if experiment.resolution.lowest else breaks()

    found = told(laboratory(tmp_path, spec, shows))
    assert found.culprit is None
    said = list(since_text.sentences(found))
    assert said[:2] == ["today: breaks: TypeError: gone", "its time: breaks: TypeError: gone"]
    assert said[2].startswith("lowest allowed: is not allowed")


def test_without_a_pin_there_is_no_time(tmp_path: Path, spec: Spec) -> None:
    asked = inquiry(laboratory(tmp_path, spec, lambda _: works()), replace(ASKED, requirements=()))
    with pytest.raises(BadInput, match="no release is pinned"):
        asked.tried()


def test_every_form_tells_the_same(tmp_path: Path, spec: Spec) -> None:
    found = told(laboratory(tmp_path, spec, since_forms("3.3.0", "3.3.1", "3.3.2")))
    sentence = "flask-admin 1.6.1 works with forms up to 3.2.2, breaks from 3.3.0: TypeError: gone"
    assert sentence in since_text.to_terminal(found, 100)
    assert sentence in since_text.to_markdown(found)
    content = json.loads(since_text.to_json(found))
    assert content["told"][1] == sentence
    assert content["culprit"]["packages"] == ["forms"]
    assert [one["standing"] for one in content["culprit"]["with"]] == [Kind.WORKS, Kind.BROKEN]


def test_what_only_drags_the_culprit_along_is_not_named(tmp_path: Path, spec: Spec) -> None:
    """Like greenlet: an old SQLAlchemy needs it, so that it cannot go without SQLAlchemy moving."""
    then = {"flask-admin": "1.6.1", "flask": "2.2.0", "aid": "1", "zeal": "1"}
    now = {"flask-admin": "1.6.1", "flask": "3.1.0", "zeal": "2"}
    shelf = Shelf(
        {
            "flask-admin": [release("1.6.1", "2023-02-09")],
            "flask": [release("2.2.0", "2022-08-01"), release("3.1.0", "2024-11-13")],
            "aid": [release("1", "2022-01-01")],
            "zeal": [release("1", "2022-01-01"), release("2", "2025-01-01")],
        },
        {"flask 2.2.0": ["aid"]},
    )

    def choice(experiment: Experiment) -> Mapping[str, str]:
        free = then if experiment.resolution.as_of or experiment.resolution.lowest else now
        return {**free, **pins(experiment)}

    def shows(experiment: Experiment) -> CellResult:
        return breaks() if choice(experiment)["flask"] == "3.1.0" else works()

    lab = laboratory(tmp_path, spec, shows, choice)
    for lines in (("aid==1", "zeal==1"), ("zeal==1",)):
        lab.foresee(
            replace(ASKED, requirements=("flask-admin==1.6.1", f"flask=={version}", *lines))
            for version in ("2.2.0", "3.1.0")
        )
    asked = replace(inquiry(lab), index=shelf)
    culprit = asked.culprit(asked.tried())
    assert culprit is not None
    assert culprit.smallest.names == {"flask"}
    assert not culprit.along
