"""Where the datastore is: upstream's file /etc/calico/calicoctl.cfg or upstream's variables, never both."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

import yaml

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid, Problem

from .errors import CommandError

DEFAULT_FILE = pathlib.Path("/etc/calico/calicoctl.cfg")
_VARIABLES = {
    "etcdEndpoints": "ETCD_ENDPOINTS",
    "etcdUsername": "ETCD_USERNAME",
    "etcdPassword": "ETCD_PASSWORD",
    "etcdKeyFile": "ETCD_KEY_FILE",
    "etcdCertFile": "ETCD_CERT_FILE",
    "etcdCACertFile": "ETCD_CA_CERT_FILE",
    "datastoreType": "DATASTORE_TYPE",
    "etcdDiscoverySrv": "ETCD_DISCOVERY_SRV",
}
_INLINE = {"etcdKey": "etcdKeyFile", "etcdCert": "etcdCertFile", "etcdCACert": "etcdCACertFile"}


def config(environ: Mapping[str, str], path: pathlib.Path | None, default: pathlib.Path = DEFAULT_FILE) -> store.Config:
    """The store's configuration; ``path`` is a file that was asked for. Raises CommandError, Invalid."""
    if path is None and not default.exists():
        return _from_variables(_unprefixed(environ))
    return _from_variables(_from_file(path or default))


def _unprefixed(environ: Mapping[str, str]) -> dict[str, str]:
    """Each variable by its plain name; the one that starts with CALICO_ wins."""
    found = {}
    for name in _VARIABLES.values():
        value = environ.get(f"CALICO_{name}") or environ.get(name)
        if value:
            found[name] = value
    return found


def _from_file(path: pathlib.Path) -> dict[str, str]:
    try:
        document = yaml.safe_load(path.read_text())
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise CommandError(f"cannot read the configuration {path}: {error}") from error
    if not isinstance(document, Mapping) or document.get("kind") != "CalicoAPIConfig":
        raise CommandError(f"{path} is no configuration of calicoctl: it must be a document of kind CalicoAPIConfig")
    spec = document.get("spec") or {}
    if problems := list(_problems(spec)):
        raise Invalid(problem.under("spec") for problem in problems)
    return {_VARIABLES[name]: value for name, value in spec.items()}


def _problems(spec: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for name, value in spec.items():
        if name in _INLINE:
            problems.append(
                Problem(name, "...", f"is not supported: write it to a file and name that in {_INLINE[name]}")
            )
        elif name not in _VARIABLES:
            problems.append(Problem(name, value, f"no such field; known fields are {', '.join(_VARIABLES)}"))
        elif not isinstance(value, str):
            problems.append(Problem(name, value, "must be text"))
    return problems


def _from_variables(found: Mapping[str, str]) -> store.Config:
    kind = found.get("DATASTORE_TYPE", "etcdv3")
    if kind != "etcdv3":
        raise Invalid.of(kind, "must be etcdv3, the only datastore of plain Docker hosts", "datastoreType")
    if "ETCD_DISCOVERY_SRV" in found:
        raise Invalid.of(found["ETCD_DISCOVERY_SRV"], "is not supported: name the etcd endpoints", "etcdDiscoverySrv")
    if not found.get("ETCD_ENDPOINTS"):
        raise CommandError(f"no datastore: set ETCD_ENDPOINTS or write {DEFAULT_FILE}")
    return store.config_from_environment(found)
