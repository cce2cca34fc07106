from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness import check, requirements
from harness.config import Spec
from harness.errors import BadInput, MissingInterpreter
from harness.model import PatternName, ScenarioId
from harness.options import parse_check
from harness.requirements import Wanted

ADAPTERS: Mapping[str, str] = {
    "sqlalchemy": "plain_sqlalchemy",
    "flask-sqlalchemy": "flask_sqlalchemy",
    "flask-sqlalchemy-lite": "flask_sqlalchemy_lite",
}


def read(folder: Path, *texts: str, files: tuple[str, ...] = ()) -> Wanted:
    paths = [Path(file) for file in files]
    return requirements.read(texts, paths, folder, project_name=check.project_name)


def test_pins_are_taken_as_they_are(tmp_path: Path) -> None:
    wanted = read(tmp_path, "Flask_Admin==2.2.1", "flask<3")
    assert wanted.lines == ("Flask_Admin==2.2.1", "flask<3")
    assert wanted.names == {"flask-admin", "flask"}


def test_a_file_is_read_with_what_it_includes(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "base.txt").write_text("flask==3.1.3  # why\n\n# nothing\n")
    (tmp_path / "all.txt").write_text(
        "-r more/base.txt\nsqlalchemy==2.0.58 \\\n    --hash=sha256:00 --hash=sha256:11\n"
    )
    assert read(tmp_path, files=("all.txt",)).lines == ("flask==3.1.3", "sqlalchemy==2.0.58")


def test_a_folder_is_its_project(tmp_path: Path) -> None:
    project = tmp_path / "flask-admin"
    project.mkdir()
    (project / "pyproject.toml").write_text('[project]\nname = "Flask-Admin"\n')
    wanted = read(tmp_path, "./flask-admin")
    assert wanted.names == {"flask-admin"}
    assert wanted.lines == (f"Flask-Admin @ {project.as_uri()}",)


def test_what_an_application_links_to_is_taken(tmp_path: Path) -> None:
    wanted = read(tmp_path, "flask-admin @ git+https://example.org/flask-admin@main")
    assert wanted.names == {"flask-admin"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flask=3", "is not a requirement"),
        ("./nowhere", "there is nothing at"),
        ("./empty", "is no Python project"),
        ("./odd.whl", "is no Python project"),
        ("git+https://example.org/x", "write the name before a repository"),
    ],
)
def test_what_is_no_requirement_is_told(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "odd.whl").write_bytes(b"")
    with pytest.raises(BadInput, match=message) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"-r all.txt\n", "includes itself"),
        (b"flask==3\n--index-url x\n", "all.txt:2: --index-url is not understood here"),
        (b"flask=3\n", "all.txt:1: 'flask=3' is not a requirement"),
        (b"\xff\xfe", "it is not text"),
        (b"-r gone.txt\n", "cannot read"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "all.txt").write_bytes(content)
    with pytest.raises(BadInput, match=message):
        read(tmp_path, files=("all.txt",))


def test_what_nobody_named_is_installed_in_its_newest_version(tmp_path: Path) -> None:
    wanted = read(tmp_path, "flask-admin==2.2.1", "flask-sqlalchemy")
    lines = requirements.complete(wanted, "flask-sqlalchemy")
    assert lines == ("flask-admin==2.2.1", "flask-sqlalchemy", "flask", "sqlalchemy")
    assert "flask-sqlalchemy-lite" in requirements.complete(wanted, "flask-sqlalchemy-lite")


@pytest.mark.parametrize(
    ("names", "asked", "library"),
    [
        ({"flask-sqlalchemy"}, None, "flask-sqlalchemy"),
        ({"flask-sqlalchemy", "flask-sqlalchemy-lite"}, "flask_sqlalchemy", "flask-sqlalchemy"),
        ({"flask"}, "sqlalchemy", "sqlalchemy"),
    ],
)  # fmt: skip
def test_the_library_is_the_one_among_the_requirements(
    names: set[str], asked: str | None, library: str
) -> None:
    wanted = Wanted(lines=(), names=frozenset(names))
    assert requirements.library_of(wanted, asked, ADAPTERS) == (library, ADAPTERS[library])


@pytest.mark.parametrize(
    ("names", "asked", "message"),
    [
        ({"flask-sqlalchemy", "flask-sqlalchemy-lite"}, None, "two session libraries"),
        ({"flask", "sqlalchemy"}, None, "no session library"),
        (set(), "peewee", "not known here"),
    ],
)
def test_an_unclear_library_is_bad_input(names: set[str], asked: str | None, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        requirements.library_of(Wanted(lines=(), names=frozenset(names)), asked, ADAPTERS)


def test_a_check_is_a_cell_of_its_own(spec: Spec, tmp_path: Path) -> None:
    asked = parse_check(["flask-admin==2.2.1", "flask-sqlalchemy-lite"])
    cell = check.cell(asked, spec, tmp_path, "3.12")
    assert cell.adapter == "flask_sqlalchemy_lite"
    assert cell.combination["flask-admin"] == "==2.2.1"
    assert cell.combination["flask"] == "newest"
    assert cell.id == check.cell(asked, spec, tmp_path, "3.12").id
    assert cell.id != check.cell(asked, spec, tmp_path, "3.13").id


def test_the_shipped_libraries_are_known(spec: Spec) -> None:
    assert check.adapters(spec) == ADAPTERS


def test_the_python_asked_for_has_to_be_there() -> None:
    here = {"3.11": Path("python3.11"), "3.12": Path("python3.12")}
    assert check.python("3.12", here, "3.11") == "3.12"
    assert check.python(None, here, "3.11") == "3.11"
    with pytest.raises(MissingInterpreter, match=r"no Python 3\.9 .*found: 3\.11, 3\.12"):
        check.python("3.9", here, "3.11")


def test_only_what_was_asked_for_is_selected() -> None:
    pairs = [
        (ScenarioId(scenario), PatternName(pattern))
        for scenario in ("a::x", "a::y")
        for pattern in ("db", "db-session")
    ]
    asked = parse_check(["x", "--pattern", "db", "--scenario", "a::y"])
    assert check.select(asked, pairs) == (("a::y", "db"),)
    with pytest.raises(BadInput, match="--scenario a::z: there is none"):
        check.select(parse_check(["x", "--scenario", "a::z"]), pairs)
