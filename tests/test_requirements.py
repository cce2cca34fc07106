"""`harness.requirements`: every way in which people write what they want to install."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.checks import check, requirements
from harness.checks.requirements import Wanted
from harness.errors import BadInput

ADAPTERS = {
    "sqlalchemy": "plain_sqlalchemy",
    "flask-sqlalchemy": "flask_sqlalchemy",
    "flask-sqlalchemy-lite": "flask_sqlalchemy_lite",
}


def read(folder: Path, *lines: str, files: tuple[str, ...] = ()) -> Wanted:
    return requirements.read(lines, map(Path, files), folder, project_name=check.project_name)


def from_file(folder: Path, text: str) -> Wanted:
    (folder / "r.txt").write_text(text, encoding="utf-8")
    return read(folder, files=("r.txt",))


def project(folder: Path, name: str = "My_Admin") -> Path:
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n', encoding="utf-8")
    return folder


def test_pins_on_the_command_line(tmp_path: Path) -> None:
    wanted = read(tmp_path, "Flask==3.1.*", "flask_admin[sqlalchemy]>=2", "sqlalchemy")
    assert wanted.lines == ("Flask==3.1.*", "flask_admin[sqlalchemy]>=2", "sqlalchemy")
    assert wanted.names == {"flask", "flask-admin", "sqlalchemy"}


def test_a_requirement_with_a_marker(tmp_path: Path) -> None:
    wanted = read(tmp_path, 'tomli==2.0; python_version < "3.11"')
    assert wanted.lines == ('tomli==2.0; python_version < "3.11"',)


def test_a_repository_with_a_name(tmp_path: Path) -> None:
    line = "flask-admin @ git+https://example.org/flask-admin.git@abc"
    assert read(tmp_path, line).names == {"flask-admin"}
    assert "git+https" in read(tmp_path, line).lines[0]


@pytest.mark.parametrize("end", ["tar.gz", "zip"])
def test_an_archive_at_an_address_with_a_name(tmp_path: Path, end: str) -> None:
    line = f"flask-admin @ https://example.org/flask_admin-2.2.1.{end}"
    assert read(tmp_path, line) == Wanted(lines=(line,), names=frozenset({"flask-admin"}))


def test_a_repository_without_a_name_is_told_how_to_write_it(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"NAME @ git\+https"):
        read(tmp_path, "git+https://example.org/flask-admin.git")


@pytest.mark.parametrize(
    "line", ["flask==", "flask=3.1", "==3.1", "flask 3.1", "a b c", "flask<<3"]
)
def test_what_is_no_requirement_is_one_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadInput, match="is not a requirement") as caught:
        read(tmp_path, line)
    assert "\n" not in str(caught.value)
    assert line in str(caught.value)


@pytest.mark.parametrize("written", ["./x", "x/../x/.", "{folder}/x", "file://{folder}/x"])
def test_a_folder_with_a_project(tmp_path: Path, written: str) -> None:
    folder = project(tmp_path / "x")
    line = written.format(folder=tmp_path)
    line = line if line.startswith((".", "/", "file:")) else f"./{line}"
    wanted = read(tmp_path, line)
    assert wanted.names == {"my-admin"}
    assert wanted.lines == (f"My_Admin @ {folder.resolve().as_uri()}",)


def test_the_folder_one_stands_in(tmp_path: Path) -> None:
    assert read(project(tmp_path / "x"), ".").names == {"my-admin"}


def test_a_folder_whose_name_has_a_space(tmp_path: Path) -> None:
    project(tmp_path / "a folder" / "x")
    wanted = read(tmp_path, "./a folder/x")
    assert "a%20folder" in wanted.lines[0]


def test_a_folder_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path / "home" / "x")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert read(tmp_path, "~/x").names == {"my-admin"}


@pytest.mark.parametrize("text", ["", "[project]\n", "[project]\nname = 3\n", "[tool.x\n", "\xff"])
def test_a_folder_without_a_project_is_refused(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "pyproject.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadInput, match="no Python project"):
        read(tmp_path, "./x")


def test_a_path_to_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is nothing at"):
        read(tmp_path, "./none")
    with pytest.raises(BadInput, match="there is nothing at"):
        read(tmp_path, "flask-3.1.0-py3-none-any.whl")


def test_comments_blank_lines_and_continued_lines(tmp_path: Path) -> None:
    text = "# all of it\n\n  flask==3.1.0  # why\nsqlalchemy \\\n  ==2.0.1\nflask-admin==2.2.1\n"
    wanted = from_file(tmp_path, text)
    assert wanted.lines == ("flask==3.1.0", "sqlalchemy==2.0.1", "flask-admin==2.2.1")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_may_end_as_on_windows(tmp_path: Path, newline: str) -> None:
    (tmp_path / "r.txt").write_bytes(f"flask==3.1.0{newline}sqlalchemy{newline}".encode())
    assert read(tmp_path, files=("r.txt",)).lines == ("flask==3.1.0", "sqlalchemy")


def test_a_byte_order_mark_is_not_part_of_a_name(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_bytes(b"\xef\xbb\xbfflask==3.1.0\n")
    assert read(tmp_path, files=("r.txt",)).names == {"flask"}


A, B = f"sha256:{64 * 'a'}", f"sha256:{64 * 'b'}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"Flask==3.1.0 --hash={A}\n", {"flask==3.1.0": (A,)}),
        (f"flask==3.1 --hash={A.upper()} --hash {B}\n", {"flask==3.1": (A, B)}),
        (
            f"flask==3.1.0 \\\n    --hash={A} \\\n    --hash={B}\n    # via -r in.txt\n",
            {"flask==3.1.0": (A, B)},
        ),
        (
            f"a @ https://x.example/a-1.tar.gz --hash={A}\n",
            {"a @ https://x.example/a-1.tar.gz": (A,)},
        ),
        (
            f"a==1 ; python_version < '3' --hash={A}\na==2 ; python_version > '3' --hash={B}\n",
            {"a==1": (A,), "a==2": (B,)},
        ),
    ],
)
def test_hashes_are_kept_by_the_pin_that_they_are_of(
    tmp_path: Path, text: str, found: dict[str, tuple[str, ...]]
) -> None:
    wanted = from_file(tmp_path, text)
    assert wanted.hashes == found
    assert not any("--hash" in line for line in wanted.lines)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("flask==3.1 --hash=sha256:0a", "sha256:0a is no hash: write sha256: and its 64 digits"),
        (f"flask>=3 --hash={A}", "flask>=3 has a hash, and no one version: pin it with =="),
        (f"a @ git+https://x.example/a --hash={A}", "a: a repository or a folder has no hash"),
    ],
)
def test_a_hash_that_cannot_be_verified_is_refused(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(BadInput, match=re.escape(message)):
        from_file(tmp_path, f"{line}\n")


def test_what_a_file_says_of_indexes_is_kept(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    text = "-i https://a.example\n--extra-index-url=https://b.example\n--pre\nflask\n"
    text += "--extra-index-url https://c.example\n--find-links wheels\n--no-index\n"
    assert from_file(tmp_path, text).settings == {
        "index-url": "https://a.example",
        "extra-index-url": "https://b.example https://c.example",
        "find-links": str(tmp_path / "wheels"),
        "pre": "1",
        "no-index": "1",
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("git+https://x.example/a@main", "a @ git+https://x.example/a@1234"),
        (
            "git+https://x.example/a#egg=B&subdirectory=c",
            "B @ git+https://x.example/a#subdirectory=c",
        ),
        ("https://x.example/a-1.tar.gz ; os_name == 'nt'", "a @ https://x.example/a-1.tar.gz"),
    ],
)
def test_an_address_alone_gets_its_name(tmp_path: Path, text: str, line: str) -> None:
    def named(address: str) -> str:
        return f"a @ {address.replace('main', '1234')}"

    name = check.project_name
    wanted = requirements.read([text], [], tmp_path, project_name=name, named=named)
    assert wanted.lines[0].partition(" ; ")[0] == line


@pytest.mark.parametrize("option", ["-r", "--requirement"])
def test_a_file_may_include_others_relative_to_itself(tmp_path: Path, option: str) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.txt").write_text(f"{option} b.txt\nflask\n", encoding="utf-8")
    (tmp_path / "deep" / "b.txt").write_text("sqlalchemy\n", encoding="utf-8")
    assert from_file(tmp_path, f"{option} deep/a.txt\n").lines == ("sqlalchemy", "flask")


@pytest.mark.parametrize("line", ["-rb.txt", "--requirement=b.txt"])
def test_other_spellings_of_an_inclusion_do_the_same(tmp_path: Path, line: str) -> None:
    (tmp_path / "b.txt").write_text("sqlalchemy\n", encoding="utf-8")
    assert from_file(tmp_path, f"{line}\n").lines == ("sqlalchemy",)


@pytest.mark.parametrize(
    "line", ["-c pins.txt", "-cpins.txt", "--constraint pins.txt", "--constraint=pins.txt"]
)
def test_constraints_hold_and_install_nothing(tmp_path: Path, line: str) -> None:
    (tmp_path / "pins.txt").write_text(f"werkzeug==3.0.6 --hash={A}\n", encoding="utf-8")
    wanted = from_file(tmp_path, f"flask\n{line}\n")
    assert wanted.lines == ("flask",)
    assert wanted.constraints == ("werkzeug==3.0.6",)
    assert wanted.names == {"flask"}
    assert wanted.hashes == {"werkzeug==3.0.6": (A,)}, "pip verifies those of constraints too"


def test_constraints_of_the_command_line_may_name_further_ones(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("-c b.txt\nwerkzeug<3\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("wtforms<3.2\n", encoding="utf-8")
    name = check.project_name
    wanted = requirements.read(
        ["flask"], [], tmp_path, project_name=name, constraints=[Path("a.txt")]
    )
    assert (wanted.lines, wanted.constraints) == (("flask",), ("wtforms<3.2", "werkzeug<3"))


def test_constraints_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot read .*pins\.txt"):
        from_file(tmp_path, "flask\n-c pins.txt\n")


def test_that_hashes_are_required_changes_no_release(tmp_path: Path) -> None:
    assert from_file(tmp_path, "--require-hashes\nflask==3.1.0\n").lines == ("flask==3.1.0",)


@pytest.mark.parametrize("line", ["-r r.txt", "-r ./r.txt", "-r x/../r.txt"])
def test_a_file_that_includes_itself_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(BadInput, match="includes itself"):
        from_file(tmp_path, f"{line}\n")


def test_files_that_include_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("-r r.txt\n", encoding="utf-8")
    with pytest.raises(BadInput, match="includes itself"):
        from_file(tmp_path, "-r a.txt\n")


def test_the_same_file_twice_is_no_circle(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("flask\n", encoding="utf-8")
    assert from_file(tmp_path, "-r a.txt\n-r a.txt\n").names == {"flask"}


@pytest.mark.parametrize("option", ["-e", "--editable"])
def test_an_editable_project_is_installed_as_it_stands(tmp_path: Path, option: str) -> None:
    project(tmp_path / "x")
    wanted = from_file(tmp_path, f"{option} ./x\n")
    assert wanted.names == {"my-admin"}
    assert wanted.lines[0].startswith("My_Admin @ file:///")


@pytest.mark.parametrize("line", ["-i", "--only-binary :all:", "--no-binary :all:"])
def test_what_is_not_a_requirement_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadInput, match=r"r\.txt:2: .* is not understood here") as caught:
        from_file(tmp_path, f"flask\n{line}\n")
    assert line.split(maxsplit=1)[0] in str(caught.value)


def test_a_bad_line_is_told_with_its_number(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"r\.txt:3: 'flask==' is not a requirement"):
        from_file(tmp_path, "sqlalchemy\n\nflask==\n")


def test_the_number_counts_the_lines_of_the_file_also_after_a_continued_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"r\.txt:3: "):
        from_file(tmp_path, "sqlalchemy \\\n  ==2.0.1\nflask==\n")


def test_a_bad_editable_is_told_with_its_number(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"r\.txt:2: "):
        from_file(tmp_path, "sqlalchemy\n-e ./none\n")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot read .*none\.txt: No such file"):
        read(tmp_path, files=("none.txt",))
    with pytest.raises(BadInput, match=r"cannot read .*: Is a directory"):
        read(tmp_path, files=(".",))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="it is not text"):
        read(tmp_path, files=("r.txt",))


def test_what_nobody_named_is_added_unpinned() -> None:
    wanted = Wanted(lines=("flask==3.1.0",), names=frozenset({"flask"}))
    lite = requirements.complete(wanted, "flask-sqlalchemy-lite")
    assert lite == ("flask==3.1.0", "flask-admin", "sqlalchemy", "flask-sqlalchemy-lite")
    assert requirements.complete(wanted, "sqlalchemy") == lite[:-1]


def test_what_was_named_is_not_added_again() -> None:
    names = frozenset({"flask", "flask-admin", "sqlalchemy", "flask-sqlalchemy"})
    assert requirements.complete(Wanted(lines=("a",), names=names), "flask-sqlalchemy") == ("a",)


def library(names: set[str], asked: str | None = None) -> tuple[str, str]:
    return requirements.library_of(Wanted(lines=(), names=frozenset(names)), asked, ADAPTERS)


def test_the_library_is_the_one_that_is_named() -> None:
    assert library({"flask", "sqlalchemy", "flask-sqlalchemy"})[1] == "flask_sqlalchemy"


def test_a_library_can_be_asked_for_by_any_spelling() -> None:
    assert library(set(), "Flask_SQLAlchemy.Lite")[1] == "flask_sqlalchemy_lite"
    assert library({"flask-sqlalchemy"}, "sqlalchemy")[1] == "plain_sqlalchemy"


@pytest.mark.parametrize(
    ("names", "asked", "message"),
    [
        (
            {"flask-sqlalchemy", "flask-sqlalchemy-lite"},
            None,
            "two session libraries are there.* --lib",
        ),
        ({"flask", "sqlalchemy"}, None, "no session library.*add one of.*--library sqlalchemy"),
        ({"flask-sqlalchemy-lte"}, None, "did you mean flask-sqlalchemy-lite.*: add one of"),
        (set(), "peewee", "--library peewee: not known here; choose from flask-sqlalchemy"),
    ],
)
def test_a_library_that_is_not_clear_is_asked_for(
    names: set[str], asked: str | None, message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        library(names, asked)
