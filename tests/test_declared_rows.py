"""The experiments of `nox -s declared` and `nox -s floors`, in a laboratory that is made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness import config, plan
from harness.allowed import Answer
from harness.errors import BadInput
from harness.inquiries import declared, declared_rows, floors_run, forbids, symptom
from harness.inquiries.blame import Blame, Member, Whose
from harness.inquiries.bounds import Bound, End
from harness.inquiries.experiment import Experiment, Finding, Laboratory
from harness.inquiries.floors import Standing
from harness.inquiries.inquiry import Inquiry
from harness.inquiries.symptom import Shown
from harness.model import Cell, CellId, EnvironmentStatus, JudgedCell, Observation
from harness.project import Project
from harness.releases.index import Index, Release
from tests.builders import caught, environment, error, failed, judged, observation
from tests.conftest import ROOT

MATRIX = """
schema = 1
[axes.python]
prefix = "py"
levels = ["3.12"]
[axes.flask]
prefix = "flask"
levels = ["2.2", "3.1"]
[axes.flask-admin]
prefix = "admin"
levels = ["2.2.1"]
[axes.sqlalchemy]
prefix = "sa"
levels = ["1.4", "2.0", "2.1"]
[axes.library]
levels = [{ id = "lite", adapter = "x", packages = ["flask-sqlalchemy-lite==0.2.1"] }]
[[companions]]
requirement = "werkzeug<3.1"
when = { flask = "<2.3" }
reason = "the client"
source = "seen"
"""
RELEASED = {
    "flask": ("2.2.5", "3.1.0", "3.1.3"),
    "flask-admin": ("2.2.0", "2.2.1"),
    "sqlalchemy": ("1.4.54", "2.0.0", "2.0.30", "2.0.31", "2.0.58", "2.1.0", "2.1.9"),
    "flask-sqlalchemy-lite": ("0.2.1",),
    "werkzeug": ("3.0.6", "3.1.8"),
    "wtforms": ("2.3.0", "2.3.3", "3.0.0", "3.3.2"),
}
DECLARES = {
    "flask-sqlalchemy-lite": ("sqlalchemy[asyncio]>=2.0.31",),
    "flask-admin": ("wtforms>=2.3", "sqlalchemy>=1.4; extra == 'sqlalchemy'"),
}
TAKES_ALONG: dict[tuple[str, str], tuple[str, str]] = {}
"""Which release a release takes down with it, where nothing else is asked for."""
LOST = error("AssertionError", "the form has no field for ratio")


class MadeUpIndex(Index):
    """Knows a handful of releases and asks nobody."""

    def __init__(self) -> None:
        """Ask nobody for anything."""

    def releases(self, name: str) -> tuple[Release, ...]:
        when = datetime(2026, 1, 1, tzinfo=UTC)
        found = RELEASED[canonicalize_name(name)]
        return tuple(Release(version=Version(one), uploaded=when) for one in found)

    def requires(self, name: str, version: str) -> tuple[Requirement, ...]:
        assert version
        return tuple(map(Requirement, DECLARES.get(name, ())))


Breaks = Callable[[Mapping[str, str]], bool]


@dataclass(frozen=True, kw_only=True)
class MadeUpLaboratory(Laboratory):
    """Chooses the newest releases that are allowed; what they show is a function of them."""

    breaks: Breaks
    asked: list[Experiment] = field(default_factory=list)

    def finding(self, experiment: Experiment) -> Finding:
        self.asked.append(experiment)
        return Finding(experiment=experiment, judged=shown(experiment, self.breaks))


def chosen(lines: tuple[str, ...]) -> dict[str, str]:
    """Return the newest of each package that the lines allow."""
    read = map(Requirement, lines)
    wanted: dict[str, SpecifierSet] = {canonicalize_name(x.name): x.specifier for x in read}
    names = [*RELEASED] if "flask-sqlalchemy-lite" in wanted else [*RELEASED][:3]
    found = {
        name: str(max(v for v in map(Version, RELEASED[name]) if v in wanted.get(name, every)))
        for name in names
    }
    for package, (other, version) in TAKES_ALONG.items():
        if package in found.items() and version in wanted.get(other, every):
            found[other] = version
    return found


every = SpecifierSet()


def shown(experiment: Experiment, breaks: Breaks) -> JudgedCell:
    packages = chosen(experiment.requirements)
    lifted = Version(packages["sqlalchemy"]) < Version("2.0.31")
    if lifted and not experiment.resolution.against:
        none = environment(EnvironmentStatus.UNRESOLVABLE, message="lite needs sqlalchemy>=2.0.31")
        return judged(cell=experiment.cell, environment=none)
    return measured(experiment.cell, packages, breaks)


def measured(cell: Cell, packages: Mapping[str, str], breaks: Breaks) -> JudgedCell:
    seen: Observation = failed(error=LOST) if breaks(packages) else observation()
    return judged(seen, *caught(), cell=cell, environment=environment(packages=packages))


def inquiry(breaks: Breaks, tmp_path: Path, *levels: tuple[str, str]) -> Inquiry:
    spec = config.load(MATRIX)
    here = replace_root(spec, tmp_path)
    table = []
    for flask, sqlalchemy in levels:
        cell = plan.cell(spec, ("3.12", flask, "2.2.1", sqlalchemy, "lite"))
        packages = chosen((*cell.requirements, *cell.companions))
        table.append(measured(cell, packages, breaks))
    lab = MadeUpLaboratory(here=here, day="2026-11-21", breaks=breaks)
    return Inquiry(here=here, index=MadeUpIndex(), lab=lab, table=tuple(table), say=lambda _: None)


def inquiry_of(asked: Inquiry, kind: type[MadeUpLaboratory]) -> Inquiry:
    lab = asked.lab
    assert isinstance(lab, MadeUpLaboratory)
    return replace(asked, lab=kind(here=lab.here, day=lab.day, breaks=lambda _: True))


def replace_root(spec: config.Spec, root: Path) -> Project:
    (root / "scenarios").symlink_to(ROOT / "scenarios")
    return Project(root=root, spec=spec, pythons={"3.12": Path("python")})


def is_old(packages: Mapping[str, str]) -> bool:
    return Version(packages["sqlalchemy"]) < Version("2")


def test_what_is_forbidden_is_installed_against_the_metadata(tmp_path: Path) -> None:
    asked = inquiry(is_old, tmp_path, ("3.1", "2.0"))
    found = forbids.forbidden(asked.here.spec, asked.metadata)
    rows = [
        one
        for one in declared_rows.forbidden_rows(asked, found)
        if one.name.startswith("flask-sqlalchemy-lite")
    ]
    assert [(one.name, one.answer) for one in rows] == [
        ("flask-sqlalchemy-lite 0.2.1 with sqlalchemy 2.0.30", Answer.LIFTABLE),
        ("flask-sqlalchemy-lite 0.2.1 with sqlalchemy 2.0.0", Answer.LIFTABLE),
        ("flask-sqlalchemy-lite 0.2.1 with sqlalchemy 1.4.54", Answer.RIGHT),
    ]
    assert rows[0].against == ("sqlalchemy[asyncio]==2.0.30",)
    assert rows[2].covers == ("library lite with sqlalchemy 1.4",)


def test_nothing_is_told_where_nothing_works_that_is_allowed(tmp_path: Path) -> None:
    asked = inquiry(lambda _: True, tmp_path, ("3.1", "2.0"))
    rows = list(declared_rows.forbidden_rows(asked, ()))
    assert {one.answer for one in rows} == {Answer.UNKNOWN}
    assert "nothing works with flask-sqlalchemy-lite 0.2.1" in rows[-1].cause[0]


def test_a_companion_is_left_out_to_see_what_it_hides(tmp_path: Path) -> None:
    def is_client(packages: Mapping[str, str]) -> bool:
        return packages["flask"] == "2.2.5" and packages["werkzeug"] == "3.1.8"

    asked = inquiry(is_client, tmp_path, ("2.2", "2.0"), ("3.1", "2.0"))
    ((row, cell),) = declared_rows.without_companions(asked)
    assert row.name.endswith("without werkzeug<3.1")
    assert row.answer is Answer.UNDECLARED
    assert cell.result.environment.packages["werkzeug"] == "3.1.8"


def test_an_undeclared_incompatibility_is_found_with_the_release_where_it_begins(
    tmp_path: Path,
) -> None:
    def is_new(packages: Mapping[str, str]) -> bool:
        return Version(packages["sqlalchemy"]) >= Version("2.1")

    asked = inquiry(is_new, tmp_path, ("3.1", "2.0"), ("3.1", "2.1"))
    (found,) = declared_rows.incompatibilities(asked)
    assert found.pair.subject == ("flask-admin", "2.2.1")
    assert found.line == "sqlalchemy<2.1.0"
    assert found.blame.whose is Whose.FLASK_ADMIN
    assert found.cells == (CellId("py3.12-flask3.1-admin2.2.1-sa2.1-lite"),)
    assert found.versions == ("2.2.1",)
    assert [one.told for one in found.blame.harmless][:2] == ["flask-admin 2.2.0", "werkzeug 3.0.6"]


@pytest.mark.parametrize(
    ("mended_by", "together", "is_known"),
    [(("2.0.58",), False, True), (("2.0.58",), True, False), (("",), False, False)],
)
def test_where_it_begins_is_asked_only_of_what_mends_it_alone(
    mended_by: tuple[str, ...],
    together: bool,  # noqa: FBT001 - a row of the table above
    is_known: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    asked = inquiry(lambda one: Version(one["sqlalchemy"]) >= Version("2.1"), tmp_path)
    cell = plan.cell(asked.here.spec, ("3.12", "3.1", "2.2.1", "2.1", "lite"))
    judged = measured(cell, chosen(cell.requirements), lambda _: True)
    member = Member(package="sqlalchemy", version="2.1.9", mended_by=mended_by)
    found = Blame(
        cell=cell.id,
        pins={"python": "3.12", **judged.result.environment.packages},
        symptoms=symptom.symptoms(judged),
        members=(member,),
        harmless=(),
        whose=Whose.FLASK_ADMIN,
        why="",
        together=together,
    )
    edge = asked.edge(judged, found, member)
    assert (edge and (edge.works, edge.fails)) == (("2.0.58", "2.1.0") if is_known else None)


@pytest.mark.parametrize(
    ("version", "seen"),
    [("2.0.58", Shown.GONE), ("2.1.0", Shown.SAME), ("2.0.30", Shown.UNKNOWN)],
)
def test_a_failure_that_goes_where_nobody_allows_it_mends_nothing(
    version: str, seen: Shown, tmp_path: Path
) -> None:
    asked = inquiry(lambda one: Version(one["sqlalchemy"]) >= Version("2.1"), tmp_path)
    cell = plan.cell(asked.here.spec, ("3.12", "3.1", "2.2.1", "2.1", "lite"))
    judged = measured(cell, chosen(cell.requirements), lambda _: True)
    pins = {"python": "3.12", **judged.result.environment.packages, "sqlalchemy": version}
    told = asked.look(judged, pins, symptom.symptoms(judged))
    assert set(told.values()) == {seen}


def test_a_false_floor_gets_the_lowest_release_that_works(tmp_path: Path) -> None:
    def is_two(packages: Mapping[str, str]) -> bool:
        return Version(packages["wtforms"]) < Version("3")

    asked = inquiry(is_two, tmp_path, ("3.1", "2.0"))
    (found,) = floors_run.tested(asked, "flask-admin", "2.2.1")
    assert (found.at, found.standing, found.line) == ("2.3.0", Standing.FALSE, "wtforms>=3.0.0")
    assert found.cause == ("AssertionError: the form has no field for ratio",)


def test_what_fails_with_the_newest_as_well_is_no_finding_about_a_floor(tmp_path: Path) -> None:
    def is_new(packages: Mapping[str, str]) -> bool:
        return Version(packages["sqlalchemy"]) >= Version("2.1")

    asked = inquiry(is_new, tmp_path, ("3.1", "2.0"))
    (found,) = floors_run.tested(asked, "flask-admin", "2.2.1")
    assert found.standing is Standing.HOLDS


def test_nothing_is_known_of_a_floor_where_nothing_is_known_of_the_newest(tmp_path: Path) -> None:
    class Crashing(MadeUpLaboratory):
        def finding(self, experiment: Experiment) -> Finding:
            if any(line.startswith("wtforms==") for line in experiment.requirements):
                return super().finding(experiment)
            none = environment(EnvironmentStatus.UNKNOWN, message="it needs a compiler")
            return Finding(
                experiment=experiment, judged=judged(cell=experiment.cell, environment=none)
            )

    asked = inquiry(lambda one: one["wtforms"] == "2.3.0", tmp_path, ("3.1", "2.0"))
    broken = inquiry_of(asked, Crashing)
    (found,) = floors_run.tested(broken, "flask-admin", "2.2.1")
    assert (found.standing, found.line) == (Standing.UNKNOWN, "")
    assert found.cause[0].endswith("everything else newest: it needs a compiler")


def test_a_floor_that_another_package_lifts_is_tested_against_it(tmp_path: Path) -> None:
    asked = inquiry(is_old, tmp_path, ("3.1", "2.0"))
    (found,) = floors_run.tested(asked, "flask-sqlalchemy-lite", "0.2.1")
    assert (found.at, found.standing, found.lifted_by) == ("2.0.31", Standing.HOLDS, "")


@pytest.mark.parametrize(("culprit", "standing"), [("flask", "holds"), ("wtforms", "false")])
def test_a_floor_is_not_blamed_for_what_it_takes_along(
    culprit: str, standing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TAKES_ALONG, ("wtforms", "2.3.0"), ("flask", "2.2.5"))
    old = {"flask": "2.2.5", "wtforms": "2.3.0"}

    def breaks(packages: Mapping[str, str]) -> bool:
        return packages[culprit] == old[culprit]

    asked = inquiry(breaks, tmp_path, ("3.1", "2.0"))
    (found,) = floors_run.tested(asked, "flask-admin", "2.2.1")
    assert found.standing == standing
    assert found.along.startswith("as declared it takes flask 2.2.5 along, where AssertionError")


@pytest.mark.parametrize(
    ("control", "lifted", "excused"),
    [
        ("import library", False, True),
        ("import flask", True, True),
        ("import flask", False, False),
        ("import sqlalchemy", True, True),
        ("import flask-admin", True, False),
    ],
)
def test_a_package_that_fails_by_itself_says_nothing_of_another_one_s_floor(
    control: str,
    lifted: bool,  # noqa: FBT001 - a row of the table above
    excused: bool,  # noqa: FBT001
) -> None:
    wtforms = Bound(
        package="flask-admin",
        version="2.2.1",
        requirement="wtforms>=2.3",
        dependency="wtforms",
        end=End.FLOOR,
        limit="2.3",
    )
    libraries = ("flask-sqlalchemy-lite",)
    assert floors_run.is_of_another(control, wtforms, libraries, lifted=lifted) is excused
    flask = replace(wtforms, dependency="flask")
    if control == "import flask":
        assert not floors_run.is_of_another(control, flask, libraries, lifted=lifted)
    of_it = replace(wtforms, package="flask-sqlalchemy-lite")
    assert not floors_run.is_of_another("import library", of_it, libraries, lifted=lifted)


def test_releases_are_named_with_a_version_and_are_of_the_matrix(tmp_path: Path) -> None:
    asked = inquiry(is_old, tmp_path, ("3.1", "2.0"))
    assert floors_run.releases(asked, ["Flask-Admin==2.2.0"]) == (("flask-admin", "2.2.0"),)
    assert ("flask", "3.1.3") in floors_run.releases(asked, [])
    for text in ("flask-admin", "wtforms==3.0.0", "flask-admin==9"):
        with pytest.raises(BadInput):
            floors_run.releases(asked, [text])
    assert declared.frame(asked.table, ("library", "lite"), ("3.12",), config.AXES)
