"""`harness.releases.index`: the releases of every place that uv and pip would look in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import BadInput, RegistryUnreachable
from harness.releases.index import Index
from tests import packages
from tests.packages import Served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The index of everybody, with one package."""
    folder = tmp_path / "everybody"
    folder.mkdir()
    packages.wheel(folder, "own")
    with packages.index(folder) as found:
        yield found


def test_a_copy_on_an_extra_index_does_not_hide_the_day(tmp_path: Path, served: Served) -> None:
    copy = tmp_path / "copy" / "own"
    copy.mkdir(parents=True)
    file = packages.wheel(copy, "own").name
    (copy / "index.html").write_text(f'<a href="{file}">{file}</a>')
    both = index(tmp_path, served, PIP_EXTRA_INDEX_URL=(tmp_path / "copy").as_uri())

    assert both.release("own", "1.0").uploaded is not None


def test_a_version_that_is_none_is_told(tmp_path: Path, served: Served) -> None:
    with pytest.raises(BadInput, match="own: 'newest' is no version"):
        index(tmp_path, served).release("own", "newest")


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A folder as PEP 503 has it: a newer release of the same package, and another one."""
    for name, version in (("own", "2.0"), ("other", "3.0")):
        folder = tmp_path / "private" / name
        folder.mkdir(parents=True)
        file = packages.wheel(folder, name, version, requires=("flask>=3",)).name
        (folder / "index.html").write_text(f'<a href="{file}">{file}</a>')
    return tmp_path / "private"


def index(folder: Path, served: Served, **environ: str) -> Index:
    none = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": served.url, "HOME": str(folder)}
    return Index(folder / "kept", none | environ)


def versions(of: Index, name: str) -> list[str]:
    return [str(one.version) for one in of.releases(name)]


def test_what_is_only_on_an_extra_index_of_pip_is_found(
    tmp_path: Path, served: Served, private: Path
) -> None:
    both = index(tmp_path, served, PIP_EXTRA_INDEX_URL=private.as_uri())

    assert versions(both, "own") == ["1.0", "2.0"], "pip takes the best of all"
    assert both.release("own", "1.0").uploaded is not None
    assert both.release("own", "2.0").uploaded is None, "a folder has no upload times"
    assert [str(one) for one in both.requires("other", "3.0") or ()] == ["flask>=3"]
    with pytest.raises(BadInput, match="none is not in the package index, nor in the 1 beside it"):
        both.releases("none")


def test_the_first_index_of_uv_that_has_a_package_is_the_only_one_for_it(
    tmp_path: Path, served: Served, private: Path
) -> None:
    both = index(tmp_path, served, UV_INDEX=f"mine={private.as_uri()}", UV_DEFAULT_INDEX=served.url)
    assert versions(both, "own") == ["2.0"]


def test_an_index_of_a_requirements_file_counts(
    tmp_path: Path, served: Served, private: Path
) -> None:
    none = {"PIP_CONFIG_FILE": os.devnull, "HOME": str(tmp_path), "PIP_INDEX_URL": served.url}
    both = Index(tmp_path / "kept", none, {"extra-index-url": private.as_uri()})
    assert versions(both, "other") == ["3.0"]


def test_without_an_index_only_folders_are_looked_in(
    tmp_path: Path, served: Served, private: Path
) -> None:
    links = str(private / "own")
    alone = index(tmp_path, served, PIP_NO_INDEX="1", PIP_FIND_LINKS=links)

    assert versions(alone, "own") == ["2.0"]
    with pytest.raises(BadInput, match=r"other is not .*: no index is asked"):
        alone.releases("other")
    assert served.asked == []


def test_an_extra_index_that_is_down_is_told(tmp_path: Path, served: Served) -> None:
    served.status = 503
    with pytest.raises(RegistryUnreachable, match="503"):
        index(tmp_path, served).releases("own")
