"""Where packages come from: pip's settings, said to uv in its own variables.

uv reads its own settings only. Whoever has told pip of a mirror, a proxy or a certificate has told
the harness too: from the environment, and from pip's configuration files. What is said to uv comes
first: where uv knows of an index, pip's are left alone.
"""

from __future__ import annotations

import configparser
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

Settings: TypeAlias = Mapping[str, str]
"""What a requirements file says of indexes, by the name of pip's option, without its dashes."""

NO_INDEX = Path(__file__).with_name("no-index.toml")
"""A configuration of uv: it has no variable for what pip calls `--no-index`."""
_UV_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_SECTIONS = ("global", "install")
"""The sections of pip's configuration that hold for an installation; the later one counts."""
_READ = ("index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "cert", "proxy")
_BEST = "unsafe-best-match"
_NAMED = re.compile(r"^[\w.-]+=(?=[a-z]+:)")
"""The name that uv lets an index have, before its address."""
_OFF = ("", "0", "false", "no", "off", "n", "f")
"""How pip's switches are turned off."""


def for_uv(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with pip's settings in uv's words, where uv has none of its own."""
    told = {**_from_files(environ), **_from_variables(environ)}
    return {**dict(environ), **_translated(told, environ)}


def with_settings(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Return the environment with what a requirements file says, as pip would take it.

    Its index takes the place of another, all else comes beside what is there.
    """
    new = dict(environ)

    def beside(variable: str, value: str, separator: str) -> None:
        new[variable] = separator.join(filter(None, (new.get(variable), value)))

    if "index-url" in settings:
        new["UV_DEFAULT_INDEX"] = settings["index-url"]
    if "extra-index-url" in settings:
        beside("UV_INDEX", settings["extra-index-url"], " ")
        new["UV_INDEX_STRATEGY"] = _BEST
    if "find-links" in settings:
        beside("UV_FIND_LINKS", ",".join(filter(_is_there, settings["find-links"].split())), ",")
    if "trusted-host" in settings:
        beside("UV_INSECURE_HOST", settings["trusted-host"], " ")
    if "no-index" in settings:
        new["UV_CONFIG_FILE"] = str(NO_INDEX)
    if "pre" in settings:
        new["UV_PRERELEASE"] = "allow"
    return new


def urls(told: Mapping[str, str]) -> tuple[str, ...]:
    """Return the indexes of an environment in uv's words, but its default one, in uv's order."""
    named = f"{told.get('UV_INDEX', '')} {told.get('UV_EXTRA_INDEX_URL', '')}".split()
    return tuple(_NAMED.sub("", one) for one in named)


def is_best_of_all(told: Mapping[str, str]) -> bool:
    """Whether all indexes count, and not only the first that has a package."""
    return told.get("UV_INDEX_STRATEGY", "").startswith("unsafe-")


def is_off(told: Mapping[str, str]) -> bool:
    """Whether no index is asked at all."""
    return told.get("UV_CONFIG_FILE") == str(NO_INDEX)


def folders(told: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the folders of this machine in which there are files besides the indexes."""
    places = told.get("UV_FIND_LINKS", "").split(",")
    paths = (Path(place.removeprefix("file://")) for place in places if place)
    return tuple(path for path in paths if path.is_dir())


def _from_variables(environ: Mapping[str, str]) -> dict[str, str]:
    names = {name: f"PIP_{name.upper().replace('-', '_')}" for name in _READ}
    return {name: environ[variable] for name, variable in names.items() if environ.get(variable)}


def _from_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what pip's configuration files say; nothing where uv has a file of its own."""
    if any(path.exists() for path in _uv_files(environ)):
        return {}
    found: dict[str, str] = {}
    for path in _pip_files(environ):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue  # pip would refuse it; whether it does is not the subject here
        for section in _SECTIONS:
            if parser.has_section(section):
                pairs = {key.replace("_", "-"): value for key, value in parser.items(section)}
                found |= {key: value for key, value in pairs.items() if key in _READ}
    return found


def _uv_files(environ: Mapping[str, str]) -> Iterable[Path]:
    yield _home(environ, "XDG_CONFIG_HOME", ".config") / "uv" / "uv.toml"
    yield Path("/etc/uv/uv.toml")
    if environ.get("UV_CONFIG_FILE"):
        yield Path(environ["UV_CONFIG_FILE"])


def _pip_files(environ: Mapping[str, str]) -> Iterable[Path]:
    """Yield pip's configuration files in its order: a later one counts more."""
    named = environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return
    for folder in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep):
        yield Path(folder) / "pip" / "pip.conf"
    yield Path("/etc/pip.conf")
    yield _home(environ, "", ".pip") / "pip.conf"
    yield _home(environ, "XDG_CONFIG_HOME", ".config") / "pip" / "pip.conf"
    yield Path(sys.prefix) / "pip.conf"
    if named:
        yield Path(named)


def _home(environ: Mapping[str, str], variable: str, otherwise: str) -> Path:
    home = Path(environ.get("HOME") or Path.home())
    return Path(environ.get(variable) or home / otherwise) if variable else home / otherwise


def _translated(told: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    new: dict[str, str] = {}
    if not any(environ.get(name) for name in _UV_INDEXES):
        new |= _indexes(told)
    if "find-links" in told and not environ.get("UV_FIND_LINKS"):
        places = [place for place in told["find-links"].split() if _is_there(place)]
        new |= {"UV_FIND_LINKS": ",".join(places)} if places else {}
    if told.get("no-index", "").lower() not in _OFF and not environ.get("UV_CONFIG_FILE"):
        new["UV_CONFIG_FILE"] = str(NO_INDEX)
    if "trusted-host" in told and not environ.get("UV_INSECURE_HOST"):
        new["UV_INSECURE_HOST"] = " ".join(told["trusted-host"].split())
    if "cert" in told and not environ.get("SSL_CERT_FILE"):
        new["SSL_CERT_FILE"] = told["cert"]
    has_proxy = any(environ.get(name) or environ.get(name.lower()) for name in _PROXIES)
    if "proxy" in told and not has_proxy:
        new |= {"HTTP_PROXY": told["proxy"], "HTTPS_PROXY": told["proxy"]}
    return new


def _indexes(told: Mapping[str, str]) -> dict[str, str]:
    new: dict[str, str] = {}
    if "index-url" in told:
        new["UV_DEFAULT_INDEX"] = told["index-url"].strip()
    if "extra-index-url" in told:
        new["UV_INDEX"] = " ".join(told["extra-index-url"].split())
        # pip takes the best release of all its indexes, uv the first index that has the package
        new["UV_INDEX_STRATEGY"] = _BEST
    return new


def _is_there(place: str) -> bool:
    """Whether uv can read it: unlike pip, it stops at a folder that does not exist."""
    return "://" in place or Path(place).exists()
