"""What the package index says: which releases there are, since when, and what they declare.

The index is the one that uv and pip would ask: their own environment variables name it. What it
does not say (some have no upload times, some releases no static metadata) is None, never a guess.
"""

from __future__ import annotations

import logging
import os
import tarfile
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.parser import Parser
from pathlib import Path
from types import MappingProxyType

import requests
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from pypi_simple import (
    ACCEPT_JSON_ONLY,
    PYPI_SIMPLE_ENDPOINT,
    DigestMismatchError,
    DistributionPackage,
    NoMetadataError,
    NoSuchProjectError,
    PyPISimple,
    UnsupportedContentTypeError,
    UnsupportedRepoVersionError,
    parse_links_stream_response,
)

from harness import store
from harness.errors import BadInput, RegistryUnreachable
from harness.releases import indexes, local
from harness.releases.indexes import Settings
from harness.releases.local import Local

for _talkative in ("urllib3", "charset_normalizer"):  # nox shows what any library logs
    logging.getLogger(_talkative).setLevel(logging.WARNING)

URL_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
"""Where uv and pip are told of another index, the first that is set counts."""
CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE")
_SECONDS = (10.0, 60.0)
"""To connect, and to wait for each part of an answer."""
_STATIC = Version("2.2")
"""The first metadata version in which an sdist says what it needs for certain (PEP 643)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """One release of a package, as the index tells it."""

    version: Version
    uploaded: datetime | None = None
    """When the first of its files came, in UTC; None where the index does not say."""
    yanked: bool = False
    """Whether all of its files are yanked (PEP 592)."""
    requires_python: SpecifierSet = field(default_factory=SpecifierSet)
    files: tuple[DistributionPackage, ...] = ()


class Index:
    """The package index of this machine; what it said of a release is kept in `cache`."""

    def __init__(
        self,
        cache: Path,
        environ: Mapping[str, str] = os.environ,
        settings: Settings = MappingProxyType({}),
    ) -> None:
        told = indexes.with_settings(indexes.for_uv(environ), settings)
        default = next(filter(None, map(told.get, URL_VARIABLES)), PYPI_SIMPLE_ENDPOINT)
        self._session = requests.Session()
        certificates = next(filter(None, map(told.get, CERTIFICATE_VARIABLES)), None)
        if certificates:
            self._session.verify = certificates
        self._session.proxies.update(_proxies(told, environ))
        self._session.mount("file://", Local())
        named = () if indexes.is_off(told) else dict.fromkeys((*indexes.urls(told), default))
        self._clients = tuple(PyPISimple(url, session=self._session) for url in named)
        self._download = PyPISimple(default, session=self._session)
        self._best_of_all = indexes.is_best_of_all(told)
        self._folders = indexes.folders(told)
        self._cache = cache
        self._pages: dict[str, tuple[Release, ...]] = {}

    def releases(self, name: str) -> tuple[Release, ...]:
        """Return every release of a package, yanked ones and pre-releases too, oldest first.

        Raises BadInput where the index has no such package, RegistryUnreachable where it does not
        answer.
        """
        key = canonicalize_name(name)
        if key not in self._pages:
            self._pages[key] = self._asked(key)
        return self._pages[key]

    def release(self, name: str, version: str) -> Release:
        """Return one release; raises BadInput where there is none of that version."""
        try:
            wanted = Version(version)
        except InvalidVersion as error:
            raise BadInput(f"{name}: {version!r} is no version") from error
        for one in self.releases(name):
            if one.version == wanted:
                return one
        raise BadInput(f"{name} has no release {version}")

    def requires(self, name: str, version: str) -> tuple[Requirement, ...] | None:
        """Return what a release declares to need (Requires-Dist), with its markers.

        None where the index has nothing that says it without building the release.
        """
        text = self._metadata(canonicalize_name(name), version)
        if text is None:
            return None
        found = []
        for line in Parser().parsestr(text, headersonly=True).get_all("Requires-Dist", []):
            with suppress(InvalidRequirement):  # legacy releases have lines that no standard knows
                found.append(Requirement(line))
        return tuple(found)

    # What follows speaks to the index ------------------------------------------------------------

    def _asked(self, name: str) -> tuple[Release, ...]:
        files: dict[str, tuple[DistributionPackage, datetime | None]] = {}
        is_known = False
        for client in self._clients:
            try:
                found = self._files(client, name)
            except NoSuchProjectError:
                continue
            except (requests.RequestException, *_SPOILT) as error:
                raise RegistryUnreachable(_told(error)) from error
            is_known = True
            for file, (one, time) in found.items():
                first, since = files.get(file, (one, None))
                # A copy elsewhere seldom has the day, and seldom knows that it was yanked.
                files[file] = (one if one.is_yanked else first, since or time)
            if not self._best_of_all:
                break
        files = {one.filename: (one, None) for one in local.files(self._folders, name)} | files
        if not (files or is_known):
            raise BadInput(f"{name} is not in the package index{self._what_is_asked}")
        by_version: dict[Version, list[DistributionPackage]] = {}
        for one, _ in files.values():
            with suppress(InvalidVersion):  # files of before PEP 440
                by_version.setdefault(Version(one.version or ""), []).append(one)
        times = {file: time for file, (_, time) in files.items()}
        return tuple(
            _release(version, by_version[version], times) for version in sorted(by_version)
        )

    @property
    def _what_is_asked(self) -> str:
        """What to add where something is not there, and it is not the one index of everybody."""
        if not self._clients:
            return ": no index is asked (PIP_NO_INDEX), and no folder has it"
        return f", nor in the {len(self._clients) - 1} beside it" if len(self._clients) > 1 else ""

    def _files(
        self, client: PyPISimple, name: str
    ) -> dict[str, tuple[DistributionPackage, datetime | None]]:
        """Return the files that one index has of a package, with their upload times."""
        page = client.get_project_page(name, timeout=_SECONDS)
        files = [one for one in page.packages if one.version is not None]
        times = {one.filename: one.upload_time for one in files}
        if files and not any(times.values()):
            times |= self._times(client, name)
        return {one.filename: (one, times.get(one.filename)) for one in files}

    def _times(self, client: PyPISimple, name: str) -> dict[str, datetime | None]:
        """Return the upload times of an index that has them in HTML, which no standard asks for."""
        headers = {"Accept": ACCEPT_JSON_ONLY}  # only then some mirrors add the times
        address = client.get_project_url(name)
        with self._session.get(address, headers=headers, timeout=_SECONDS, stream=True) as answer:
            if not answer.ok:  # it has nothing in this form, and has answered before
                return {}
            links = list(parse_links_stream_response(answer))
        return {one.text: _time(one.attrs.get("data-upload-time")) for one in links}

    def _metadata(self, name: str, version: str) -> str | None:
        """Return the METADATA of a release, kept once it was read."""
        kept = self._cache / f"{name}-{version}.metadata"
        with suppress(OSError, UnicodeDecodeError):
            return kept.read_text(encoding="utf-8")
        try:
            text = self._fetched(self.release(name, version))
        except (requests.RequestException, *_SPOILT) as error:
            raise RegistryUnreachable(_told(error)) from error
        if text is not None:
            store.write_text(kept, text)
        return text

    def _fetched(self, release: Release) -> str | None:
        ordered = sorted(release.files, key=lambda one: _RANK.get(one.package_type or "", 9))
        for one in ordered:
            if one.package_type not in _RANK:
                continue
            with suppress(NoMetadataError):
                if one.has_metadata:
                    known = bool(one.metadata_digests)
                    return self._download.get_package_metadata(one, verify=known, timeout=_SECONDS)
            file = self._cache / one.filename
            # Small indexes give no digests, which the package would insist on otherwise.
            known = bool(one.digests)
            self._download.download_package(one, file, verify=known, timeout=_SECONDS)
            try:
                text = _inside(file)
            finally:
                file.unlink(missing_ok=True)
            if text is not None:
                return text
        return None


_RANK = {"wheel": 0, "sdist": 1}
_SPOILT = (
    UnsupportedContentTypeError,
    UnsupportedRepoVersionError,
    UnicodeDecodeError,
    DigestMismatchError,
    zipfile.BadZipFile,
    tarfile.TarError,
)


def _proxies(told: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies that only pip was told of: requests reads the others, and when not to."""
    kinds = {kind: f"{kind.upper()}_PROXY" for kind in ("http", "https")}
    return {kind: told[name] for kind, name in kinds.items() if name in told.keys() - environ}


def _release(
    version: Version, files: list[DistributionPackage], times: Mapping[str, datetime | None]
) -> Release:
    uploaded = [found for one in files if (found := times.get(one.filename)) is not None]
    python = next((one.requires_python for one in files if one.requires_python), "")
    try:
        needed = SpecifierSet(python)
    except InvalidSpecifier:
        needed = SpecifierSet()
    return Release(
        version=version,
        uploaded=min(uploaded).astimezone(UTC) if uploaded else None,
        yanked=all(one.is_yanked for one in files),
        requires_python=needed,
        files=tuple(files),
    )


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _inside(file: Path) -> str | None:
    """Return the metadata in a wheel, or in an sdist that promises that they hold."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            names = [n for n in wheel.namelist() if n.endswith(".dist-info/METADATA")]
            return wheel.read(names[0]).decode("utf-8", "replace") if names else None
    if not tarfile.is_tarfile(file):
        return None
    with tarfile.open(file) as sdist:
        for member in sdist.getmembers():
            if member.name.count("/") == 1 and member.name.endswith("/PKG-INFO"):
                found = sdist.extractfile(member)
                text = found.read().decode("utf-8", "replace") if found else ""
                return text if _is_static(Parser().parsestr(text, headersonly=True)) else None
    return None


def _is_static(metadata: Message) -> bool:
    dynamic = {str(value).lower() for value in metadata.get_all("Dynamic", [])}
    try:
        new = Version(str(metadata.get("Metadata-Version", "1.0"))) >= _STATIC
    except InvalidVersion:
        return False
    return new and "requires-dist" not in dynamic


def _told(error: Exception) -> str:
    """Return the one line for an index that does not answer as an index does."""
    reason = getattr(getattr(error, "args", [None])[0] if error.args else None, "reason", None)
    words = str(reason or error).partition("(Caused by")[0]
    return f"the package index cannot be read: {type(error).__name__}: {words[:200]}"
