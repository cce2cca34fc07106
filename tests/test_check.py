"""`harness.check`: any set of pins as a cell of its own."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from harness import options
from harness.checks import check
from harness.config import Spec
from harness.errors import BadInput, MissingInterpreter
from harness.model import Cell, PatternName, ScenarioId
from harness.options import CheckOptions
from harness.patterns import PATTERNS
from tests.conftest import ROOT

PAIRS = tuple(
    (ScenarioId(scenario), pattern) for scenario in ("a::one", "b::two") for pattern in PATTERNS
)
PYTHONS = {"3.11": Path("python3.11"), "3.12": Path("python3.12")}


def asked(*arguments: str) -> CheckOptions:
    return options.parse_check(arguments)


def cell(spec: Spec, *arguments: str, python: str = "3.12", folder: Path = ROOT) -> Cell:
    return check.cell(asked(*arguments), spec, folder, python)


def test_every_session_library_of_the_matrix_is_known_with_an_adapter_that_exists(
    spec: Spec,
) -> None:
    known = check.adapters(spec)
    assert known == {
        "sqlalchemy": "plain_sqlalchemy",
        "flask-sqlalchemy": "flask_sqlalchemy",
        "flask-sqlalchemy-lite": "flask_sqlalchemy_lite",
        "alchemical": "alchemical",
        "sqlmodel": "sqlmodel",
        "flask-sqlalchemy-compat": "flask_sqlalchemy_compat",
        "advanced-alchemy": "advanced_alchemy",
        "flask-sqlalchemy-session2024": "flask_sqlalchemy_session",
    }
    for adapter in known.values():
        assert (ROOT / "scenarios" / "adapters" / f"{adapter}.py").is_file()


def test_the_lowest_of_what_nobody_bounds_is_the_oldest_level(spec: Spec) -> None:
    made = cell(spec, "--lowest", "flask-admin==2.2.0", "flask-sqlalchemy", "wtforms")
    assert made.requirements == (
        "flask-admin==2.2.0",
        "flask-sqlalchemy>=2.5.1",
        "wtforms",
        "flask>=2.2",
        "sqlalchemy>=1.4",
    )
    assert cell(spec, "flask-admin", "flask-sqlalchemy").requirements[0] == "flask-admin"


def test_a_cell_says_what_was_pinned_and_what_was_not(spec: Spec) -> None:
    made = cell(spec, "flask-admin==2.2.1", "Flask_SQLAlchemy==3.1.1")
    assert made.combination == {
        "python": "3.12",
        "flask": check.NEWEST,
        "flask-admin": "==2.2.1",
        "sqlalchemy": check.NEWEST,
        "library": "flask-sqlalchemy",
        "database": "sqlite",
    }
    assert (made.adapter, made.library) == ("flask_sqlalchemy", "flask-sqlalchemy")
    assert set(made.requirements) >= {"flask-admin==2.2.1", "flask", "sqlalchemy"}
    assert made.companions == ()


ADAPTER = "class Library:\n" + "".join(
    f"    def {name}(self, *arguments): ...\n" for name in check.ADAPTER_METHODS
)


def test_an_adapter_of_the_users_own_makes_any_package_a_library(
    spec: Spec, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(ADAPTER, encoding="utf-8")
    made = cell(spec, "--adapter-file", "mine.py", "My_Session==1", "flask", folder=tmp_path)
    assert (made.adapter, made.library) == ("mine.py", "my-session")
    assert made.id != cell(spec, "flask", "--library", "sqlalchemy").id


@pytest.mark.parametrize(
    ("arguments", "library"),
    [
        (("flask-admin==2.2.0",), "sqlalchemy"),
        (("my-session", "flask-babel", "--library", "my-session"), "my-session"),
        (("flask-admin", "--library", "My.Session"), "my-session"),
        (("flask-sqlalchemy==3.1.1",), "flask-sqlalchemy"),
    ],
)
def test_what_an_adapter_of_the_users_own_is_about(
    spec: Spec, tmp_path: Path, arguments: tuple[str, ...], library: str
) -> None:
    (tmp_path / "mine.py").write_text(ADAPTER, encoding="utf-8")
    made = cell(spec, "--adapter-file", "mine.py", *arguments, folder=tmp_path)
    assert made.library == library
    assert any(line.startswith(library) for line in made.requirements)


def test_an_adapter_for_one_of_two_packages_asks_which(spec: Spec, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(ADAPTER, encoding="utf-8")
    with pytest.raises(BadInput, match="--library flask-babel or --library my-session"):
        cell(spec, "--adapter-file", "mine.py", "my-session", "flask-babel", folder=tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("mine.py", "def library() -> None: ...\n", "mine.py has no class `Library`"),
        ("mine.py", "print(Library)\n", "mine.py has no class `Library`"),
        ("mine.py", ADAPTER.replace("engine", "motor"), "class `Library` has no engine"),
        ("mine.py", "class Library\n", r"mine.py is not Python: .*line 1"),
        ("mine.py", "\0", r"mine.py is not Python"),
        ("mine.txt", ADAPTER, "an adapter is a .py file"),
        ("other.py", ADAPTER, r"cannot read .*mine.py: No such file"),
    ],
)
def test_a_file_that_is_no_adapter_is_bad_input(
    spec: Spec, tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    asked_for = name if name.startswith("mine") else "mine.py"
    with pytest.raises(BadInput, match=message):
        cell(spec, "--adapter-file", asked_for, "flask", folder=tmp_path)


def test_an_adapter_may_take_its_library_from_elsewhere(spec: Spec, tmp_path: Path) -> None:
    text = "from elsewhere import Session as Library\n"
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    assert cell(spec, "--adapter-file", "mine.py", "flask", folder=tmp_path).adapter == "mine.py"


def test_a_package_from_a_folder_is_named_by_its_address(spec: Spec, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "flask-admin"\n', encoding="utf-8")
    made = cell(spec, ".", "--library", "sqlalchemy", folder=tmp_path)
    assert made.combination["flask-admin"] == tmp_path.resolve().as_uri()


def test_the_id_depends_on_all_that_is_installed(spec: Spec) -> None:
    pins = ("flask==3.1.0", "flask-sqlalchemy==3.1.1")
    made = [
        cell(spec, *pins),
        cell(spec, *pins, python="3.11"),
        cell(spec, *pins, "--library", "sqlalchemy"),
        cell(spec, "flask==3.1.1", pins[1]),
    ]
    assert len({one.id for one in made}) == len(made)
    assert cell(spec, *pins, "--pattern", "db").id == made[0].id
    assert all(one.id.startswith("check-") for one in made)


def test_the_python_is_the_one_asked_for_else_the_running_one() -> None:
    assert check.python("3.11", PYTHONS, "3.12") == "3.11"
    assert check.python(None, PYTHONS, "3.12") == "3.12"


@pytest.mark.parametrize(("wanted", "running"), [("2.7", "3.12"), (None, "3.10")])
def test_a_python_that_is_not_here_is_named(wanted: str | None, running: str) -> None:
    name = wanted or running
    with pytest.raises(MissingInterpreter, match=rf"no Python {name}.*found: 3\.11, 3\.12"):
        check.python(wanted, PYTHONS, running)


def test_everything_is_selected_where_nothing_is_named() -> None:
    assert check.select((), (), PAIRS) == PAIRS


def test_patterns_and_scenarios_narrow_each_other() -> None:
    assert check.select(("db", "db@context"), ("b::two",), PAIRS) == (
        (ScenarioId("b::two"), PatternName("db")),
        (ScenarioId("b::two"), PatternName("db@context")),
    )


@pytest.mark.parametrize(
    ("option", "name", "known"),
    [("--pattern", "dbsession", "db-session"), ("--scenario", "a::ones", "a::one, b::two")],
)
def test_an_unknown_name_is_told_with_the_known_ones(option: str, name: str, known: str) -> None:
    chosen = asked("flask", option, name)
    with pytest.raises(BadInput, match=f"{option} {name}: there is none; choose from .*{known}"):
        check.select(chosen.patterns, chosen.scenarios, PAIRS)


def test_of_many_names_only_the_nearest_are_told() -> None:
    pairs = [(ScenarioId(f"a::number_{n}"), PatternName("db")) for n in range(40)]
    with pytest.raises(
        BadInput, match="there is none; of 40, the nearest are a::number_7,"
    ) as told:
        check.select((), ("a::nunber_7",), pairs)
    assert str(told.value).count("a::number") == 5


def test_the_name_of_a_project_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "X"\n', encoding="utf-8")
    assert check.project_name(tmp_path) == "X"


def test_the_name_of_an_unpacked_sdist_of_before_pyproject(tmp_path: Path) -> None:
    (tmp_path / "PKG-INFO").write_text("Metadata-Version: 1.1\nName: Flask-Admin\n\nName: no\n")
    assert check.project_name(tmp_path) == "Flask-Admin"


@pytest.mark.parametrize("metadata", [None, "Metadata-Version: 1.1\n\n", ""])
def test_a_folder_that_is_no_project_has_no_name(tmp_path: Path, metadata: str | None) -> None:
    if metadata is not None:
        (tmp_path / "PKG-INFO").write_text(metadata)
    assert check.project_name(tmp_path) is None


def test_the_name_of_a_wheel_and_of_an_sdist(tmp_path: Path) -> None:
    wheel = tmp_path / "flask_admin-2.2.1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("flask_admin/__init__.py", "")
    sdist = tmp_path / "flask_admin-2.2.1.tar.gz"
    sdist.touch()
    assert check.project_name(wheel) == "flask-admin"
    assert check.project_name(sdist) == "flask-admin"


def test_a_wheel_can_be_checked(spec: Spec, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "flask_sqlalchemy-3.1.1-py3-none-any.whl", "w") as archive:
        archive.writestr("flask_sqlalchemy/__init__.py", "")
    made = cell(spec, "flask_sqlalchemy-3.1.1-py3-none-any.whl", folder=tmp_path)
    assert made.library == "flask-sqlalchemy"


@pytest.mark.parametrize("name", ["x-1-py3-none-any.whl", "x.whl", "nothing.tar.gz"])
def test_a_file_that_is_no_package_is_bad_input(spec: Spec, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("not an archive")
    with pytest.raises(BadInput):
        cell(spec, f"./{name}", "--library", "sqlalchemy", folder=tmp_path)


def test_a_wheel_whose_name_is_malformed_is_bad_input(spec: Spec, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as archive:
        archive.writestr("x/__init__.py", "")
    with pytest.raises(BadInput, match=r"x\.whl"):
        cell(spec, "./x.whl", "--library", "sqlalchemy", folder=tmp_path)


def test_a_module_and_a_name_without_its_parameter_stand_for_all_of_theirs() -> None:
    known = tuple(map(ScenarioId, ("a::one", "a::two[x]", "a::two[y]", "b::one")))

    assert check.scenarios(["a"], known) == known[:3]
    assert check.scenarios(["a::two", "b::one"], known) == known[1:]
    assert check.scenarios(["a::two[y]"], known) == known[2:3]
    assert check.scenarios(["c", "a::one", "a"], known) == ("c", *known[:3])
