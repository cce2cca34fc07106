"""Packages in folders of this machine: an index that is a folder (PEP 503), and loose files."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import requests
from packaging.utils import canonicalize_name
from pypi_simple import DistributionPackage, UnparsableFilenameError, parse_filename
from requests.adapters import BaseAdapter


class Local(BaseAdapter):
    """Answers for `file://` as a server would for the same folder."""

    def send(  # type: ignore[override]  # a file needs nothing of what else is said
        self, request: requests.PreparedRequest, **_settings: object
    ) -> requests.Response:
        """Return the file, or the `index.html` of the folder."""
        path = Path(url2pathname(urlsplit(request.url or "").path))
        file = path / "index.html" if path.is_dir() else path
        answer = requests.Response()
        answer.request, answer.url = request, request.url or ""
        try:
            answer.raw = io.BytesIO(file.read_bytes())
            answer.status_code = HTTPStatus.OK
        except OSError as error:
            answer.raw = io.BytesIO()
            answer.status_code = HTTPStatus.NOT_FOUND
            answer.reason = os.strerror(error.errno or 0)
        kind = "text/html" if file.suffix == ".html" else "application/octet-stream"
        answer.headers["Content-Type"] = kind
        return answer

    def close(self) -> None:
        """Do nothing: nothing is held open."""


def files(folders: Iterable[Path], name: str) -> Iterator[DistributionPackage]:
    """Yield the files of a package that lie in folders, as pip's `--find-links` has them."""
    for folder in folders:
        for path in sorted(folder.iterdir()):
            try:
                project, version, kind = parse_filename(path.name, name)
            except UnparsableFilenameError:
                continue
            if canonicalize_name(project) == name:
                yield DistributionPackage(
                    filename=path.name,
                    project=project,
                    version=version,
                    package_type=kind,
                    url=path.resolve().as_uri(),
                    digests={},
                    requires_python=None,
                    has_sig=None,
                )
