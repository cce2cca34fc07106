"""`releases.indexes`: what pip was told of mirrors, proxies and certificates, in uv's words."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from harness.measure import resolve
from harness.measure.resolve import Lock
from harness.model import Cell, CellId
from harness.releases import indexes
from tests import packages

NONE = {"PIP_CONFIG_FILE": os.devnull}
MIRROR = "https://mirror.example/simple"


def told(**environ: str) -> dict[str, str]:
    """Return what is added for uv."""
    given = NONE | environ
    return {name: value for name, value in indexes.for_uv(given).items() if name not in given}


@pytest.mark.parametrize(
    ("given", "added"),
    [
        ({"PIP_INDEX_URL": MIRROR}, {"UV_DEFAULT_INDEX": MIRROR}),
        (
            {"PIP_EXTRA_INDEX_URL": "https://a.example\n https://b.example"},
            {
                "UV_INDEX": "https://a.example https://b.example",
                "UV_INDEX_STRATEGY": "unsafe-best-match",
            },
        ),
        ({"PIP_CERT": "own.pem"}, {"SSL_CERT_FILE": "own.pem"}),
        (
            {"PIP_PROXY": "http://proxy.example:3128"},
            dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://proxy.example:3128"),
        ),
        ({"PIP_TRUSTED_HOST": "a.example b.example"}, {"UV_INSECURE_HOST": "a.example b.example"}),
        (
            {"PIP_FIND_LINKS": "https://a.example/wheels"},
            {"UV_FIND_LINKS": "https://a.example/wheels"},
        ),
        ({"PIP_FIND_LINKS": "/no/such/folder"}, {}),
        ({"PIP_INDEX_URL": ""}, {}),
        ({"PIP_NO_INDEX": "1"}, {"UV_CONFIG_FILE": str(indexes.NO_INDEX)}),
        ({"PIP_NO_INDEX": "false"}, {}),
    ],
)
def test_a_variable_of_pip_is_said_to_uv(given: dict[str, str], added: dict[str, str]) -> None:
    assert told(**given) == added


@pytest.mark.parametrize(
    "given",
    [
        {"UV_DEFAULT_INDEX": "https://own.example", "PIP_INDEX_URL": MIRROR},
        {"UV_INDEX_URL": "https://own.example", "PIP_INDEX_URL": MIRROR},
        {"UV_INDEX": "https://own.example", "PIP_EXTRA_INDEX_URL": MIRROR},
        {"SSL_CERT_FILE": "uv.pem", "PIP_CERT": "pip.pem"},
        {"https_proxy": "http://uv.example", "PIP_PROXY": "http://pip.example"},
        {"UV_CONFIG_FILE": "own.toml", "PIP_NO_INDEX": "1"},
        {"UV_INSECURE_HOST": "a.example", "PIP_TRUSTED_HOST": "b.example"},
    ],
)
def test_what_uv_knows_already_stays(given: dict[str, str]) -> None:
    assert told(**given) == {}


@pytest.mark.parametrize(
    ("settings", "variable", "value"),
    [
        ({"index-url": MIRROR}, "UV_DEFAULT_INDEX", MIRROR),
        ({"extra-index-url": MIRROR}, "UV_INDEX", f"https://a.example {MIRROR}"),
        ({"extra-index-url": MIRROR}, "UV_INDEX_STRATEGY", "unsafe-best-match"),
        ({"find-links": "https://b.example"}, "UV_FIND_LINKS", "https://b.example"),
        ({"trusted-host": "b.example"}, "UV_INSECURE_HOST", "b.example"),
        ({"no-index": "1"}, "UV_CONFIG_FILE", str(indexes.NO_INDEX)),
        ({"pre": "1"}, "UV_PRERELEASE", "allow"),
    ],
)
def test_what_a_requirements_file_says_comes_in_the_place_of_the_index_or_beside(
    settings: dict[str, str], variable: str, value: str
) -> None:
    before = {"UV_DEFAULT_INDEX": "https://o.example", "UV_INDEX": "https://a.example"}
    assert indexes.with_settings(before, settings)[variable] == value


def test_pips_configuration_files_count_in_pips_order(tmp_path: Path) -> None:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "pip.conf").write_text(
        "[global]\nindex-url = https://old.example\ncert=a.pem\n"
    )
    named = tmp_path / "named.conf"
    named.write_text(f"[global]\nindex_url = https://x.example\n[install]\nindex-url = {MIRROR}\n")
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    environ["PIP_CONFIG_FILE"] = str(named)

    found = indexes.for_uv(environ)

    assert found["UV_DEFAULT_INDEX"] == MIRROR
    assert found["SSL_CERT_FILE"] == "a.pem"
    assert indexes.for_uv(environ | {"PIP_INDEX_URL": "https://v.example"})["UV_DEFAULT_INDEX"] == (
        "https://v.example"
    )


def test_pips_files_are_left_alone_where_uv_has_one(tmp_path: Path) -> None:
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "uv.toml").touch()
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "pip.conf").write_text(f"[global]\nindex-url = {MIRROR}\n")

    assert "UV_DEFAULT_INDEX" not in indexes.for_uv({"XDG_CONFIG_HOME": str(tmp_path)})


@pytest.mark.parametrize("text", ["no section\n", "[global]\nindex-url\n", "\xff"])
def test_a_file_that_pip_would_refuse_says_nothing(tmp_path: Path, text: str) -> None:
    named = tmp_path / "pip.conf"
    named.write_bytes(text.encode("latin-1"))
    environ = {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "PIP_CONFIG_FILE": str(named),
    }

    assert "UV_DEFAULT_INDEX" not in indexes.for_uv(environ)


def test_a_mirror_that_only_pip_was_told_of_is_asked(tmp_path: Path) -> None:
    packages.wheel(tmp_path, "own")
    with packages.index(tmp_path) as served:
        env = packages.env(tmp_path, PIP_INDEX_URL=served.url)
        cell = Cell(id=CellId("a"), combination={}, requirements=("own",), adapter="", library="")
        python = Path(sys.executable)
        found = resolve.lock(cell, python, folder=tmp_path, env=env, deadline_seconds=20)

    assert isinstance(found, Lock)
    assert "/simple/own/" in served.asked


def test_a_proxy_that_only_pip_was_told_of_is_used(tmp_path: Path) -> None:
    packages.wheel(tmp_path, "own")
    with packages.index(tmp_path) as served:
        proxy = served.url.removesuffix("/simple")
        index = "http://registry.invalid/simple"
        env = packages.env(tmp_path, PIP_INDEX_URL=index, PIP_PROXY=proxy)
        cell = Cell(id=CellId("a"), combination={}, requirements=("own",), adapter="", library="")
        python = Path(sys.executable)
        found = resolve.lock(cell, python, folder=tmp_path, env=env, deadline_seconds=20)

    assert isinstance(found, Lock)
    assert "http://registry.invalid/simple/own/" in served.asked
