"""`nox -s discover`: what an index has against what the matrix has, and the file it makes."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any

import pytest

from harness import config
from harness.config import Spec
from harness.errors import BadInput, RegistryUnreachable
from harness.model import CellId
from harness.plan import cell_from_id
from harness.releases import discover, rewrite
from harness.sessions import discover as session
from tests.test_policy import releases

MATRIX = """# The matrix.
schema = 1

[axes.python]
prefix = "py"
levels = ["3.12"]

[axes.flask]
prefix = "flask"
levels = ["3.0"] # lines

[axes.flask-admin]
prefix = "admin"
levels = ["1.6.1", "2.2.0"]

[axes.sqlalchemy]
prefix = "sa"
levels = ["2.0"]

[axes.library]
levels = [
  { id = "lite0.1.0", adapter = "lite", packages = ["lite==0.1.0"] },
  # The one that people use.
  { id = "lite0.2.1",  adapter = "lite", packages = ["lite==0.2.1"] },
  { id = "lite0.2.1+fsa3.1.1", adapter = "lite", packages = ["lite==0.2.1", "fsa==3.1.1"] },
  { id = "fss2024-3.0.0", adapter = "fss", packages = ["fss2024==3.0.0"] },
  { id = "plain", adapter = "plain", packages = [] },
]

[discover.flask]
policy = "newest patch of each minor"

[discover.flask-admin]
policy = "newest patch of each minor"

# Why.
[[companions]]
requirement = "werkzeug<3.1"
when = { flask = "<3.1" }
reason = "a reason"
source = "a source"
"""
INDEX = {
    "flask": ("3.0.0@2023-09-30", "3.0.1@2024-01-18", "3.1.0@2024-11-13", "3.2.0rc1@2026-01-01"),
    "flask-admin": ("1.6.1@2023-02-20", "2.2.0@2026-05-07", "2.2.1@2026-09-21", "2.3.0!"),
    "sqlalchemy": ("2.0.0", "2.0.1"),
    "lite": ("0.1.0", "0.2.1", "0.2.2@2026-11-01", "0.3.0!"),
    "fss2024": ("3.0.0", "3.1.0"),
    "fsa": ("3.1.1", "3.2.0"),
    "werkzeug": ("3.0.0", "3.1.0@2024-10-31"),
}


def found(other: discover.Index | None = None, *, spec: Spec | None = None) -> str:
    """Give all that is printed."""
    known = {name: releases(*texts) for name, texts in INDEX.items()}
    every = discover.found(spec or config.load(MATRIX), {**known, **(other or {})})
    return "\n".join(line for one in every for line in discover.told(one, written=False))


def added(*, pre: bool = False) -> list[discover.Added]:
    known = {name: releases(*texts) for name, texts in INDEX.items()}
    every = discover.found(config.load(MATRIX), known, pre_releases=pre)
    return [level for one in every for level in one.added]


def test_every_package_that_the_matrix_names_is_asked_for() -> None:
    named = discover.packages(config.load(MATRIX))
    assert set(named) == set(INDEX)
    assert named[:3] == ("flask", "flask-admin", "sqlalchemy")


def test_a_new_series_and_a_new_patch_become_levels_as_their_axis_writes_them() -> None:
    assert [(one.axis, one.id) for one in added()] == [
        ("flask", "3.1"),
        ("flask-admin", "2.2.1"),
        ("library", "lite0.2.2"),
        ("library", "fss2024-3.1.0"),
    ]


def test_what_is_added_is_told_with_its_day_and_what_would_go_with_its_reason() -> None:
    told = found()
    assert "would add flask 3.1: flask 3.1.0, of 2024-11-13" in told
    assert "would drop flask-admin 2.2.0: 2.2.1 came after it (2026-09-21); it stays" in told
    assert "would add library fss2024-3.1.0: fss2024 3.1.0, of day not known" in told
    assert "lite0.2.1+fsa3.1.1" in told
    assert "werkzeug: the newest is 3.1.0 (2024-10-31); a companion, werkzeug<3.1" in told
    assert "fsa: the newest is 3.2.0 (day not known); lite0.2.1+fsa3.1.1 has 3.1.1" in told


def test_without_a_written_policy_nothing_would_be_dropped() -> None:
    assert "would drop library" not in found()
    written = config.load(MATRIX + '\n[discover.lite]\npolicy = "newest"\n')
    assert "would drop library lite0.1.0: the policy does not ask" in found(spec=written)
    kept = config.load(MATRIX + '\n[discover.lite]\nkeep = ["0.1.0"]\n')
    assert "lite0.1.0" not in found(spec=kept)


def test_a_level_that_was_withdrawn_is_told() -> None:
    told = found({"flask-admin": releases("1.6.1", "2.2.0!", "2.2.1")})
    assert "would drop flask-admin 2.2.0: it is yanked" in told
    gone = found({"flask-admin": releases("1.6.1", "2.2.1")})
    assert "would drop flask-admin 2.2.0: the index has no such release" in gone


def test_a_package_that_the_index_lacks_keeps_its_levels() -> None:
    told = found({"lite": None, "fss2024": []})
    assert "lite is not in the index: its levels stay" in told
    assert "fss2024 has no release in the index" in told


def test_a_pre_release_is_a_level_only_where_it_is_asked_for() -> None:
    assert "3.2.0rc1" not in [one.id for one in added()]
    assert "3.2.0rc1" in [one.id for one in added(pre=True)]
    again = config.load(rewrite.with_levels(MATRIX, added(pre=True)))
    assert again.level("flask", "3.2.0rc1").requirements == ("flask==3.2.0rc1",)
    # ... and does not change how its axis writes the levels to come
    known = {"flask": releases(*INDEX["flask"], "3.3.0")}
    more = [level.id for one in discover.found(again, known) for level in one.added]
    assert more == ["3.3"]


def test_the_file_gets_the_levels_and_keeps_every_other_character() -> None:
    made = rewrite.with_levels(MATRIX, added())
    before, after = MATRIX.splitlines(), made.splitlines()
    assert [line for line in after if line not in before] == [
        'levels = ["3.0", "3.1"] # lines',
        'levels = ["1.6.1", "2.2.0", "2.2.1"]',
        '  { id = "lite0.2.2",  adapter = "lite", packages = ["lite==0.2.2"] },',
        '  { id = "fss2024-3.1.0", adapter = "fss", packages = ["fss2024==3.1.0"] },',
    ]
    levels = {"levels = "}
    assert [one for one in before if one not in after] == [
        one for one in before if any(map(one.startswith, levels)) and ("3.0" in one or "1.6" in one)
    ]
    assert after.index("  # The one that people use.") == before.index(
        "  # The one that people use."
    )


def test_what_was_added_is_not_added_again(shipped: str) -> None:
    made = rewrite.with_levels(MATRIX, added())
    known = {name: releases(*texts) for name, texts in INDEX.items()}
    assert not [level for one in discover.found(config.load(made), known) for level in one.added]
    assert rewrite.with_levels(shipped, []) == shipped


def test_several_new_levels_of_a_library_stand_in_their_order() -> None:
    text = MATRIX + '\n[discover.lite]\npolicy = "every release"\n'
    known = {"lite": releases("0.1.0", "0.2.1", "0.2.2", "0.3.0")}
    more = [level for one in discover.found(config.load(text), known) for level in one.added]
    ids = re.findall(r'id = "(lite[^"+]*)"', rewrite.with_levels(text, more))
    assert ids == ["lite0.1.0", "lite0.2.1", "lite0.2.2", "lite0.3.0"]


def test_cells_of_new_levels_can_be_told_by_their_ids() -> None:
    spec = config.load(rewrite.with_levels(MATRIX, added(pre=True)))
    name = CellId("py3.12-flask3.2.0rc1-admin2.2.1-sa2.0-fss2024-3.1.0")
    assert cell_from_id(spec, name).id == name


def test_rules_take_a_pre_release_for_what_it_announces(spec: Spec, shipped: str) -> None:
    text = shipped.replace('["1.4", "2.0", "2.1"]', '["1.4", "2.0", "2.1", "2.2.0b1"]')
    level = config.load(text).level("sqlalchemy", "2.2.0b1")
    rule = next(one for one in spec.constraints if one.when.get("sqlalchemy") == (">=2.1",))
    assert rule.meets(level)
    assert level.requirements == ("sqlalchemy==2.2.0b1",)


def test_a_policy_for_what_is_no_package_of_the_matrix_is_refused() -> None:
    with pytest.raises(BadInput, match=r"discover\.flsk: unknown key \(did you mean flask"):
        config.load(MATRIX.replace("[discover.flask]", "[discover.flsk]"))
    with pytest.raises(BadInput, match=r"discover\.flask\.polcy: unknown key"):
        config.load(MATRIX.replace("policy =", "polcy =", 1))


# The command, against an index of this machine ----------------------------------------------------


@contextmanager
def served(pages: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Serve a package index, as PEP 691 has it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path.rstrip("/").rpartition("/")[2])
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
            self.end_headers()
            self.wfile.write(json.dumps(page or {}).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingTCPServer(("127.0.0.1", 0), Handler)  # HTTPServer would look up a name
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/simple/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def page(name: str) -> Mapping[str, Any]:
    files = []
    for text in INDEX[name]:
        version, _, day = text.removesuffix("!").partition("@")
        file = {
            "filename": f"{name.replace('-', '_')}-{version}-py3-none-any.whl",
            "url": "x.whl",
            "hashes": {},
            "yanked": text.endswith("!"),
            "upload-time": f"{day or '2020-01-01'}T00:00:00Z",
        }
        files.append(file)
    return {"meta": {"api-version": "1.1"}, "name": name, "files": files}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness" / "matrix.toml").write_text(MATRIX, encoding="utf-8")
    return tmp_path


def matrix(root: Path) -> str:
    return (root / "harness" / "matrix.toml").read_text(encoding="utf-8")


def test_the_file_is_written_only_where_that_is_asked_for(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served({name: page(name) for name in INDEX if name != "fss2024"}) as address:
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        assert session.released(root, []) == 0
        assert matrix(root) == MATRIX
        told = capsys.readouterr().out
        assert "would add flask 3.1: flask 3.1.0, of 2024-11-13" in told
        assert "fss2024 is not in the index" in told
        assert "3 levels: add --write" in told
        assert session.released(root, ["--write", "flask"]) == 0
        assert '["3.0", "3.1"] # lines' in matrix(root)
        assert "lite0.2.2" not in matrix(root)
        assert "added flask 3.1" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--offline"], ["--offline", "--write"], ["--write"]])
def test_where_the_index_is_not_asked_or_does_not_answer_nothing_changes(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    with served({}) as address:
        pass  # nobody is there any more
    monkeypatch.setenv("UV_DEFAULT_INDEX", address)
    assert session.released(root, arguments) == RegistryUnreachable.status
    assert matrix(root) == MATRIX
    (line,) = capsys.readouterr().err.splitlines()
    assert "harness/matrix.toml stays as it is" in line


def test_a_package_that_is_not_in_the_matrix_is_refused(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert session.released(root, ["djang"]) == BadInput.status
    assert "djang is no package of the matrix; it has flask" in capsys.readouterr().err
