"""`measure.resolve`: what uv's words mean. The texts are uv 0.13's own, taken from real runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import process
from harness.errors import RegistryUnreachable
from harness.measure import resolve
from harness.measure.resolve import Lock, Unresolvable, Why, classify
from harness.model import Cell, CellId, Resolution
from harness.process import Finished

NO = "error: No solution found when resolving dependencies\n  cause: "
FAILED = "error: Request failed after 3 retries in 3.3s\n  cause: Failed to fetch: http://127.0.0.1:9/simple/flask/\n"

TABLE = {
    "a conflict": (
        NO + "Because flask-sqlalchemy-lite>=0.2.1 depends on flask[async]>=3.0.0 and you require"
        " flask==2.2.*, we can conclude that your requirements and flask-sqlalchemy-lite>=0.2.1 are"
        " incompatible.\n         And because you require flask-sqlalchemy-lite==0.2.1, we can"
        " conclude that your requirements are unsatisfiable.\n",
        ("flask==2.2.*", "flask-sqlalchemy-lite==0.2.1"),
        Why.CONFLICT,
        "flask-sqlalchemy-lite 0.2.1 depends on flask[async]>=3.0.0 and you require flask==2.2.*",
    ),
    "a conflict that uv tells the other way round": (
        NO + "Because flask-sqlalchemy>=3.1.1 depends on sqlalchemy>=2.0.16 and you require"
        " flask-sqlalchemy==3.1.1, we can conclude that you require sqlalchemy>=2.0.16.\n"
        "         And because you require sqlalchemy==1.4.*, we can conclude that your"
        " requirements are unsatisfiable.\n",
        ("flask-sqlalchemy==3.1.1", "sqlalchemy==1.4.*"),
        Why.CONFLICT,
        "flask-sqlalchemy 3.1.1 depends on sqlalchemy>=2.0.16 and you require sqlalchemy==1.4.*",
    ),
    "a conflict with a companion": (
        NO + "Because flask>=3.1.0 depends on werkzeug>=3.1 and you require flask>=3.1.dev0, we can"
        " conclude that you require werkzeug>=3.1.\n         And because you require"
        " werkzeug<2.3, we can conclude that your requirements are unsatisfiable.\n",
        ("flask==3.1.*", "werkzeug<2.3"),
        Why.CONFLICT,
        "flask>=3.1.0 depends on werkzeug>=3.1 and you require werkzeug<2.3",
    ),
    "requirements that contradict each other": (
        NO + "Because you require flask>=3 and flask<3, we can conclude that your requirements are"
        " unsatisfiable.\n",
        ("flask>=3", "flask<3"),
        Why.CONFLICT,
        "you require flask>=3 and flask<3",
    ),
    "an interpreter that is too old": (
        NO + "Because the current Python version (3.9.18) does not satisfy Python>=3.10 and"
        " flask-admin==2.2.1 depends on Python>=3.10, we can conclude that flask-admin==2.2.1"
        " cannot be used.\n         And because only flask-admin<=2.2.1 is available and you"
        " require flask-admin==2.2.1, we can conclude that your requirements are unsatisfiable.\n",
        ("flask-admin==2.2.1",),
        Why.CONFLICT,
        "flask-admin 2.2.1 needs Python>=3.10 and this is Python 3.9.18",
    ),
    "an interpreter that is too old, in several steps": (
        NO + "Because the current Python version (3.9.18) does not satisfy Python>=3.10 and"
        " sqlalchemy>=2.1.0b1,<=2.1.0b3 depends on Python>=3.10, we can conclude that"
        " sqlalchemy>=2.1.0b1,<=2.1.0b3 cannot be used.\n         And because only the following"
        " versions of sqlalchemy are available:\n             sqlalchemy<=2.1.0b3\n"
        "             sqlalchemy>=2.1.0rc1\n         we can conclude that"
        " sqlalchemy>=2.1.0b1,<2.1.0rc1 cannot be used. (1)\n\n         Because the current Python"
        " version (3.9.18) does not satisfy Python>=3.11 and sqlalchemy>=2.1.0rc1 depends on"
        " Python>=3.11, we can conclude that sqlalchemy>=2.1.0rc1 cannot be used.\n         And"
        " because we know from (1) that sqlalchemy>=2.1.0b1,<2.1.0rc1 cannot be used, we can"
        " conclude that sqlalchemy>=2.1.0b1 cannot be used.\n         And because only the"
        " following versions of sqlalchemy are available:\n             sqlalchemy<2.1.dev0\n"
        "             sqlalchemy>=2.1.0b1\n         and you require sqlalchemy>=2.1.dev0, we can"
        " conclude that your requirements are unsatisfiable.\n",
        ("sqlalchemy==2.1.*",),
        Why.CONFLICT,
        "sqlalchemy>=2.1.0rc1 needs Python>=3.11 and this is Python 3.9.18",
    ),
    "a version that does not exist": (
        NO + "Because there is no version of flask==9.9 and you require flask==9.9, we can conclude"
        " that your requirements are unsatisfiable.\n",
        ("flask==9.9",),
        Why.NO_SUCH_VERSION,
        "there is no version of flask==9.9 and you require flask==9.9",
    ),
    "a series that does not exist": (
        NO + "Because only flask<=3.1.3 is available and you require flask==9.9.*, we can conclude"
        " that your requirements are unsatisfiable.\n",
        ("flask==9.9.*",),
        Why.NO_SUCH_VERSION,
        "only flask<=3.1.3 is available and you require flask==9.9.*",
    ),
    "a package that does not exist": (
        NO + "Because flask-nonexisting-zzz was not found in the package registry and you require"
        " flask-nonexisting-zzz==1.0, we can conclude that your requirements are unsatisfiable.\n",
        (),
        Why.NO_SUCH_PACKAGE,
        "flask-nonexisting-zzz is not in the package index",
    ),
    "a derivation in words that nobody has met": (
        NO + "Reasons beyond us.\n",
        (),
        Why.CONFLICT,
        "No solution found when resolving dependencies: Reasons beyond us.",
    ),
    "a requirement that is none": (
        (
            "error: Couldn't parse requirement in `requirements.in` at position 0\n"
            "  cause: wildcards in versions must be at the end\n         flask==3.1.*bad\n"
        ),
        (),
        Why.MALFORMED,
        (
            "Couldn't parse requirement in `requirements.in` at position"
            " 0: wildcards in versions must"
            " be at the end: flask==3.1.*bad"
        ),
    ),
    "a folder that does not exist": (
        "error: Distribution not found at: file:///nope\n",
        (),
        Why.MALFORMED,
        "Distribution not found at: file:///nope",
    ),
    "a folder with another project": (
        (
            "error: Failed to build `flask-admin @ file:///good`\n"
            "  cause: Package metadata name `good-pkg` does not match given name `flask-admin`\n"
        ),
        (),
        Why.MALFORMED,
        (
            "Failed to build `flask-admin @ file:///good`: Package"
            " metadata name `good-pkg` does not"
            " match given name `flask-admin`"
        ),
    ),
    "a build that fails": (
        (
            "error: Failed to build `bad-pkg @ file:///bad`\n"
            "  cause: The build backend returned an error\n"
            "  cause: Call to"
            " `setuptools.build_meta:__legacy__.build_wheel` failed (exit status: 1)\n"
            "\n         [stderr]\n         Traceback (most recent call last):\n"
            '           File "<string>", line 1, in <module>\n'
            "         RuntimeError: this setup is broken on purpose\n"
            "\nhint: Build failures usually indicate a problem with the package\n"
        ),
        (),
        Why.BUILD_FAILED,
        "bad-pkg does not build here: RuntimeError: this setup is broken on purpose",
    ),
    "a build that says that it timed out": (
        (
            "error: Failed to build `a`\n  cause: The build backend returned an error\n\n"
            "         [stderr]\n         TimeoutError: compiling timed out\n"
        ),
        (),
        Why.BUILD_FAILED,
        "a does not build here: TimeoutError: compiling timed out",
    ),
    "a registry that refuses": (
        FAILED + "  cause: error sending request for url (http://127.0.0.1:9/simple/flask/)\n"
        "  cause: client error (Connect)\n  cause: tcp connect error\n"
        "  cause: Connection refused (os error 111)\n",
        (),
        Why.UNREACHABLE,
        "the package index cannot be reached: Connection refused (os error 111)",
    ),
    "a registry that nobody knows": (
        FAILED
        + "  cause: client error (Connect)\n  cause: dns error\n  cause: error resolving DNS\n"
        "  cause: failed to lookup address information: Name or service not known\n",
        (),
        Why.UNREACHABLE,
        (
            "the package index cannot be reached: failed to lookup address information: Name or"
            " service not known"
        ),
    ),
    "a registry that is down": (
        (
            "error: Request failed after 3 retries in 5.2s\n"
            "  cause: Failed to fetch: http://127.0.0.1:18503/simple/flask/\n"
            "  cause: HTTP status server error (503 Service Unavailable) for url"
            " (http://127.0.0.1:18503/simple/flask/)\n"
        ),
        (),
        Why.UNREACHABLE,
        "the package index cannot be reached: HTTP status server error (503 Service Unavailable)",
    ),
    "a registry that lets nobody in": (
        NO + "Because flask-admin was not found in the package registry and you require"
        " flask-admin==2.2.1, we can conclude that your requirements are unsatisfiable.\n\n"
        "hint: An index URL (http://127.0.0.1:18401/simple) could not be queried due to a lack of"
        " valid authentication credentials (401 Unauthorized)\n",
        (),
        Why.UNREACHABLE,
        (
            "the package index cannot be reached: An index URL could not"
            " be queried due to a lack of"
            " valid authentication credentials (401 Unauthorized)"
        ),
    ),
    "no index, and no folder": (
        NO + "Because own was not found in the provided package locations and you require own, we"
        " can conclude that your requirements are unsatisfiable.\n\nhint: Packages were unavailable"
        " because index lookups were disabled and no additional package locations were provided\n",
        (),
        Why.NO_SUCH_PACKAGE,
        "own is not in any folder, and no index is asked (PIP_NO_INDEX)",
    ),
    "another file than the one that was locked": (
        (
            "error: Failed to download `flask==3.1.3`\n"
            "  cause: Hash mismatch for `flask==3.1.3`\n\n"
            f"         Expected:\n           sha256:{64 * '0'}\n\n"
            f"         Computed:\n           sha256:{64 * 'f'}\n"
        ),
        (),
        Why.HASH_MISMATCH,
        (
            "flask 3.1.3 is not what was locked: the file for this Python has"
            " sha256:fffffffffffff..., not the hash that is given for it (sha256:0000000000000...);"
            " it was changed, or its hashes are those of another Python's or platform's files"
        ),
    ),
    "no Git": (
        (
            "error: Git operation failed\n"
            "  cause: Git executable not found. Ensure that Git is installed and available.\n"
        ),
        (),
        Why.UNREACHABLE,
        "Git is not installed on this machine, and a repository can be had by it only",
    ),
    "no such branch": (
        (
            "error: Failed to download and build `flask-admin @ git+file:///a@nope`\n"
            "  cause: Git operation failed\n  cause: failed to fetch into: /cache\n"
            "  cause: failed to fetch branch or tag `nope`\n"
            "  cause: process didn't exit successfully: `/usr/bin/git fetch --force 'file:///a'"
            " '+refs/tags/nope:refs/remotes/origin/tags/nope'` (exit status: 128)\n"
            "         --- stderr\n         fatal: couldn't find remote ref refs/tags/nope\n"
        ),
        (),
        Why.MALFORMED,
        "file:///a has no branch, tag or commit nope",
    ),
    "no such repository": (
        (
            "error: Git operation failed\n  cause: failed to clone into: /cache\n"
            "  cause: process didn't exit successfully: `/usr/bin/git fetch --force 'file:///a'"
            " '+HEAD:refs/remotes/origin/HEAD'` (exit status: 128)\n         --- stderr\n"
            "         fatal: '/a' does not appear to be a git repository\n"
        ),
        (),
        Why.MALFORMED,
        "there is no Git repository at file:///a",
    ),
    "a repository that is down": (
        (
            "error: Git operation failed\n  cause: failed to clone into: /cache\n"
            "  cause: process didn't exit successfully: `/usr/bin/git fetch --force 'ssh://git@a/x'"
            " '+HEAD:refs/remotes/origin/HEAD'` (exit status: 128)\n         --- stderr\n"
            "         ssh: connect to host a port 22: Connection refused\n"
            "         fatal: Could not read from remote repository.\n"
        ),
        (),
        Why.UNREACHABLE,
        (
            "the repository ssh://git@a/x cannot be read: ssh: connect to host a port 22:"
            " Connection refused"
        ),
    ),
    "nothing at all": ("", (), Why.UNKNOWN, "uv said nothing"),
    "something new": ("error: the disk is on fire\n", (), Why.UNKNOWN, "the disk is on fire"),
}


@pytest.mark.parametrize(("output", "wanted", "why", "message"), TABLE.values(), ids=[*TABLE])
def test_what_uv_says_becomes_a_reason_and_a_sentence(
    output: str, wanted: tuple[str, ...], why: Why, message: str
) -> None:
    assert classify(output, wanted) == (why, message)


@given(said=st.text() | st.lists(st.sampled_from([t[0] for t in TABLE.values()])).map(" ".join))
def test_whatever_uv_says_is_one_line_that_fits(said: str) -> None:
    _, message = classify(said)

    assert message
    assert "\n" not in message
    assert len(message) < 500


def test_only_what_names_nothing_or_another_file_is_bad_input() -> None:
    bad = {why for why in Why if why.is_bad_input}

    assert bad == {Why.NO_SUCH_VERSION, Why.NO_SUCH_PACKAGE, Why.MALFORMED, Why.HASH_MISMATCH}


def test_a_lock_knows_its_versions_and_what_it_builds() -> None:
    lines = "Flask==3.1.3\ntomli==2.0 ; python_version < '3.11'\nflask-admin @ file:///a==b\n../c\n"

    lock = resolve.make_lock(Finished(returncode=0, output=lines))

    assert lock.packages == {"flask": "3.1.3", "tomli": "2.0"}
    assert lock.from_source
    assert lock.text == lines


def locked(folder: Path, *requirements: str, **env: str) -> Lock | Unresolvable:
    cell = Cell(
        id=CellId("a"), combination={}, requirements=requirements, adapter="a", library="sqlalchemy"
    )
    return resolve.lock(
        cell, Path(sys.executable), folder=folder, env={**os.environ, **env}, deadline_seconds=60
    )


def test_a_registry_that_cannot_be_reached_is_no_result(tmp_path: Path) -> None:
    nobody = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}

    with pytest.raises(RegistryUnreachable, match="cannot be reached: Connection refused"):
        locked(tmp_path, "flask", **nobody, UV_CACHE_DIR=str(tmp_path / "cache"))


def test_a_registry_that_does_not_answer_is_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        process,
        "run",
        lambda *_, **__: Finished(returncode=-15, output="", timed_out=True),
    )

    with pytest.raises(
        RegistryUnreachable, match="not resolved in 60 s: the package index is slow"
    ):
        locked(tmp_path, "flask")


def test_a_folder_is_resolved_without_a_registry(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text('[project]\nname = "own"\nversion = "1.2"\n')

    lock = locked(tmp_path, f"own @ {project.as_uri()}", UV_OFFLINE="1")

    assert isinstance(lock, Lock)
    assert lock.from_source


@pytest.mark.network
@pytest.mark.parametrize(
    ("requirements", "why"),
    [
        (("flask==2.2.*", "flask-sqlalchemy-lite==0.2.1"), Why.CONFLICT),
        (("flask==9.9",), Why.NO_SUCH_VERSION),
        (("flask-admin==2.2.*", "sqlalchemy==99.*"), Why.NO_SUCH_VERSION),
    ],
)
def test_uv_still_says_it_in_these_words(
    requirements: tuple[str, ...], why: Why, tmp_path: Path
) -> None:
    found = locked(tmp_path, *requirements)

    assert isinstance(found, Unresolvable)
    assert found.why is why


@pytest.mark.network
def test_real_releases_are_locked(tmp_path: Path) -> None:
    lock = locked(tmp_path, "flask==3.1.3", "flask-admin==2.2.1")

    assert isinstance(lock, Lock)
    assert lock.packages["flask-admin"] == "2.2.1"
    assert not lock.from_source


@pytest.mark.network
def test_the_lowest_is_what_those_under_test_declare_and_no_more(tmp_path: Path) -> None:
    lines = ("flask==3.1.*", "flask-admin==2.2.1", "sqlalchemy==2.0.*", "flask-sqlalchemy==3.1.1")
    cell = Cell(
        id=CellId("py3.12-lowest"),
        combination={},
        requirements=lines,
        adapter="flask_sqlalchemy",
        library="flask-sqlalchemy",
        resolution=Resolution(lowest=True),
    )
    found = resolve.lock(
        cell, Path(sys.executable), folder=tmp_path, env=os.environ, deadline_seconds=120
    )
    assert isinstance(found, Lock)
    assert found.packages["sqlalchemy"] == "2.0.16"  # flask-sqlalchemy 3.1.1 declares it
    assert found.packages["wtforms"] == "2.3.0"  # flask-admin 2.2.1 declares it
    assert (
        found.packages["greenlet"] > "1"
    )  # sqlalchemy declares no floor, and is not asked for one


@pytest.mark.network
def test_a_release_of_later_is_told_with_the_day(tmp_path: Path) -> None:
    cell = Cell(
        id=CellId("early"),
        combination={},
        requirements=("flask==3.1.3",),
        adapter="",
        library="",
        resolution=Resolution(as_of="2024-03-01"),
    )
    found = resolve.lock(
        cell, Path(sys.executable), folder=tmp_path, env=os.environ, deadline_seconds=120
    )
    assert isinstance(found, Unresolvable)
    assert (found.why, found.message) == (
        Why.NO_SUCH_VERSION,
        "as of 2024-03-01, there is no version of flask==3.1.3 and you require flask==3.1.3",
    )
