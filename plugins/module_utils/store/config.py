"""Where etcd is and how to log in, from options or from upstream's environment variables."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import urllib.parse
from collections.abc import Iterable, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid, Problem

DEFAULT_TIMEOUT = 5.0
_HOST = re.compile(r"[A-Za-z0-9._:-]+")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """``timeout`` bounds every call, all members tried. Raises Invalid with every wrong setting."""

    endpoints: tuple[str, ...]
    ca_cert: str | None = None
    cert: str | None = None
    key: str | None = None
    username: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    timeout: float = DEFAULT_TIMEOUT

    def __post_init__(self) -> None:
        # By the names of the modules' options; the environment's differ only in case.
        if problems := [dataclasses.replace(problem, field=f"etcd_{problem.field}") for problem in self.problems()]:
            raise Invalid(problems)

    @property
    def secure(self) -> bool:
        """Whether the endpoints speak TLS."""
        return self.endpoints[0].startswith("https:")

    def problems(self) -> Iterable[Problem]:
        yield from self._endpoint_problems()
        yield from self._tls_problems()
        if bool(self.username) != bool(self.password):
            yield Problem("username", self.username, "give user name and password together")
        if self.timeout <= 0:
            yield Problem("timeout", self.timeout, "must be above 0 seconds")

    def _endpoint_problems(self) -> Iterable[Problem]:
        if not self.endpoints:
            yield Problem("endpoints", [], "name at least one, such as https://10.0.0.1:2379")
        for index, endpoint in enumerate(self.endpoints):
            if address_of(endpoint) is None:
                yield Problem(f"endpoints[{index}]", endpoint, "must be http://HOST:PORT or https://HOST:PORT")
        if len({endpoint.startswith("https:") for endpoint in self.endpoints}) > 1:
            yield Problem("endpoints", list(self.endpoints), "must be all http or all https")

    def _tls_problems(self) -> Iterable[Problem]:
        if bool(self.cert) != bool(self.key):
            yield Problem("cert", self.cert, "give the client's certificate and its key together")
        for name in ("ca_cert", "cert", "key"):
            path = getattr(self, name)
            if path and any(endpoint.startswith("http:") for endpoint in self.endpoints):
                yield Problem(name, path, "is of no use with http endpoints: write https://")
            elif path and not pathlib.Path(path).is_file():
                yield Problem(name, path, "there is no such file")


def from_environment(environ: Mapping[str, str]) -> Config:
    """The settings of upstream's variables ``ETCD_ENDPOINTS``, ``ETCD_CA_CERT_FILE`` and so on."""
    endpoints = environ.get("ETCD_ENDPOINTS", "").split(",")
    return Config(
        endpoints=tuple(stripped for endpoint in endpoints if (stripped := endpoint.strip())),
        ca_cert=environ.get("ETCD_CA_CERT_FILE") or None,
        cert=environ.get("ETCD_CERT_FILE") or None,
        key=environ.get("ETCD_KEY_FILE") or None,
        username=environ.get("ETCD_USERNAME") or None,
        password=environ.get("ETCD_PASSWORD") or None,
    )


def address_of(endpoint: str) -> tuple[str, int] | None:
    """Host and port of an endpoint; None if it is not one."""
    try:
        parts = urllib.parse.urlsplit(endpoint)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    plain = parts.scheme in ("http", "https") and parts.path in ("", "/") and "@" not in endpoint
    if not plain or not host or not port or parts.query or parts.fragment or not _HOST.fullmatch(host):
        return None
    return host, port
