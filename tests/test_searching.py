"""`harness.named`, `harness.searching`: what an error names, and moving that to where it works."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from harness import config, options
from harness.checks import checking, named, searching
from harness.inquiries.experiment import Experiment, Finding, Laboratory
from harness.model import Cell, Control, Error, JudgedCell, Outcome, Party
from harness.project import Project
from harness.releases.index import Index, Release
from tests import builders
from tests.conftest import ROOT

OWNERS = {
    "flask": "flask",
    "flask_admin": "flask-admin",
    "jinja2": "jinja2",
    "markupsafe": "markupsafe",
    "PIL": "pillow",
    "werkzeug": "werkzeug",
    "wtforms": "wtforms",
}
SOFT = Error(
    type="ImportError",
    message="cannot import name 'soft_unicode' from 'markupsafe' (markupsafe/__init__.py)",
    traceback='  File "flask/__init__.py", line 14\n  File "jinja2/filters.py", line 13\n',
)
TUPLE = Error(
    type="AttributeError",
    message="'tuple' object has no attribute 'items'",
    traceback=(
        '  File "flask/app.py", line 1\n  File "flask_admin/form.py", line 2\n'
        '  File "wtforms/fields/core.py", line 3\n  File "wtforms/fields/core.py", line 4\n'
        "\nThe above exception was the direct cause of the following exception:\n\n"
        '  File "werkzeug/test.py", line 5\n'
    ),
)
THUMBNAIL = Error(
    type="AttributeError", message="module 'PIL.Image' has no attribute 'ANTIALIAS'", traceback=""
)


@pytest.mark.parametrize(
    ("error", "names"),
    [
        (SOFT, ("markupsafe", "jinja2", "flask")),
        (TUPLE, ("wtforms", "flask-admin")),
        (THUMBNAIL, ("pillow",)),
        (replace(SOFT, message="No module named 'werkzeug.old'"), ("werkzeug", "jinja2", "flask")),
        (replace(SOFT, message="no", traceback='  File "scenarios/world.py", line 1\n'), ()),
    ],
)
def test_what_an_error_names(error: Error, names: tuple[str, ...]) -> None:
    assert named.packages([error], OWNERS) == names


def test_what_is_said_comes_before_whose_code_it_was() -> None:
    assert named.packages([TUPLE, SOFT], OWNERS)[0] == "markupsafe"
    assert named.packages([TUPLE, THUMBNAIL], OWNERS, said_only=True) == ("pillow",)


def release(version: str, *, yanked: bool = False, python: str = "") -> Release:
    return Release(version=Version(version), yanked=yanked, requires_python=SpecifierSet(python))


KNOWN = (
    *map(release, ("1.1.0", "1.1.1", "2.0.0", "2.0.1", "2.1.4", "2.1.5", "3.0.2", "3.1.0")),
    release("2.2.0", yanked=True),
    release("2.3.0a1"),
    release("4.0.0", python=">=3.99"),
)


def asked(*requirements: str, within: tuple[str, ...] = ()) -> Cell:
    cell = replace(builders.cell(), requirements=requirements)
    return replace(cell, resolution=replace(cell.resolution, within=within))


@pytest.mark.parametrize(
    ("installed", "cell", "tried"),
    [
        ("3.0.2", asked(), ("2.1.5", "2.0.1", "1.1.1", "3.1.0")),
        ("3.0.2", asked("markupsafe==3.0.2"), ("2.1.5", "2.0.1", "1.1.1", "3.1.0")),
        ("3.0.2", asked("MarkupSafe>=2.0.1"), ("2.1.5", "2.0.1", "3.1.0")),
        ("3.0.2", asked(within=("markupsafe<3.1,>=2",)), ("2.1.5", "2.0.1")),
        ("1.1.1", asked(), ("2.0.1", "2.1.5", "3.0.2", "3.1.0")),
    ],
)
def test_which_releases_are_tried(installed: str, cell: Cell, tried: tuple[str, ...]) -> None:
    assert named.releases("markupsafe", installed, KNOWN, cell) == tried


# The search ---------------------------------------------------------------------------------------

HAVE = {"flask": "1.1.4", "flask-admin": "1.5.8", "markupsafe": "3.0.2", "sqlalchemy": "1.4.54"}
PASSES = (*builders.caught(), builders.observation())


def judged(*observations: object, error: Error | None = None, soft: str = "3.0.2") -> JudgedCell:
    """Return a cell in which Flask cannot be imported for this error, or which shows this."""
    cell = replace(builders.cell(), library="flask-sqlalchemy", requirements=("flask==1.1.4",))
    found = builders.judged(
        *observations,  # type: ignore[arg-type]  # observations of the builders
        cell=cell,
        environment=builders.environment(packages=HAVE | {"markupsafe": soft}),
    )
    if error is None:
        return found
    control = Control(
        name="import flask", party=Party.ENVIRONMENT, outcome=Outcome.FAILED, error=error
    )
    failed = (*builders.caught(), builders.failed(pattern="db"))
    broken = builders.judged(*failed, cell=cell, environment=found.result.environment)
    return replace(broken, result=replace(broken.result, controls=(control,), observations=()))


@pytest.fixture
def search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> searching.Search:
    spec = config.load((ROOT / "harness" / "matrix.toml").read_text(encoding="utf-8"))
    here = Project(root=tmp_path, spec=spec, pythons={"3.12": Path(sys.executable)})
    bench = checking.Bench(
        here=here, asked=options.parse_check(["flask==1.1.4"]), folder=tmp_path, workers=1
    )
    monkeypatch.setattr(searching, "owners_in", lambda *_: OWNERS)
    monkeypatch.setattr(Index, "releases", lambda *_: KNOWN)
    return searching.Search(
        bench=bench,
        checked=checking.Checked(judged=judged(error=SOFT)),
        read_table=builders.matrix,
        day="2026-11-26",
        tell=lambda _text: None,
    )


def runs(
    monkeypatch: pytest.MonkeyPatch, shows: Mapping[str, JudgedCell], *forbidden: str
) -> list[str]:
    """Let releases of MarkupSafe show what is said; return which were run."""
    tried: list[str] = []

    def version(experiment: Experiment) -> str:
        return next((x for x in experiment.requirements if "markup" in x), "").partition("==")[2]

    def finding(_self: Laboratory, experiment: Experiment) -> Finding:
        tried.append(version(experiment))
        return Finding(experiment=experiment, judged=shows.get(tried[-1], judged(error=SOFT)))

    monkeypatch.setattr(Laboratory, "allows", lambda _, one: version(one) not in forbidden)
    monkeypatch.setattr(Laboratory, "finding", finding)
    return tried


def test_the_package_that_the_error_names_is_moved_first(
    search: searching.Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = runs(monkeypatch, {"1.1.1": judged(*PASSES, soft="1.1.1")}, "2.0.1")

    assert search.answer() == (
        "markupsafe==1.1.1 (was 3.0.2); measured today: 1 check passes (under db)"
    )
    assert tried == ["2.1.5", "1.1.1"], "2.0.1 is forbidden"


def test_what_was_tried_in_vain_is_told_by_name(
    search: searching.Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "owners_in", lambda *_: {"markupsafe": "markupsafe"})
    runs(monkeypatch, {}, "2.0.1")

    assert search.answer() == (
        "not found: none of the sets that were run works here: markupsafe==2.1.5;"
        " markupsafe==1.1.1; markupsafe==3.1.0 (the error names it); 1 more is forbidden"
    )


def test_what_came_nearer_is_told(
    search: searching.Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = (*builders.caught(), builders.failed(pattern="db"))
    runs(monkeypatch, {"2.1.5": judged(*failed, soft="2.1.5")})

    assert search.answer().endswith(
        "; with markupsafe==2.1.5 (was 3.0.2) the error that names it is gone: no checks pass,"
        " 1 fails"
    )
