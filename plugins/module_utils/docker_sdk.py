"""The docker SDK: is it there, a client of a host's engine, its errors in our words. Private to this collection."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

_MISSING: str | None = None  # why the SDK is not there
try:
    import docker
    import requests
    from docker import errors
except ImportError:
    _MISSING = traceback.format_exc()

TIMEOUT = 120  # Docker itself waits up to a minute for a plugin that is down


class EngineError(Exception):
    """Docker could not do it; the text says what was asked and what it answered."""


def require(module: AnsibleModule) -> None:
    """End the module where the SDK is missing."""
    if _MISSING:
        module.fail_json(msg=missing_required_lib("docker"), exception=_MISSING)


def connect(docker_host: str | None = None, *, timeout: int = TIMEOUT) -> docker.DockerClient:
    """A client of the engine at a URL, or of the one that DOCKER_HOST or the default socket leads to."""
    with asked("connect"):
        client = docker.DockerClient(docker_host, timeout=timeout) if docker_host else docker.from_env(timeout=timeout)
        client.ping()
        return client


@contextlib.contextmanager
def asked(what: str) -> Iterator[None]:
    """Raises EngineError for what the SDK raises while Docker is asked to do this."""
    try:
        yield
    except (errors.DockerException, requests.RequestException) as error:
        raise EngineError(f"Docker could not {what}: {error}") from error


def described_network(client: docker.DockerClient, name: str) -> Mapping[str, Any] | None:
    """What Docker says of the network of this name, None without one."""
    with asked(f"look for network {name}"):
        # Docker finds by parts of names, and may hold several of one name.
        found = [network for network in client.networks.list(names=[name]) if network.name == name]
        if len(found) > 1:
            raise EngineError(f"Docker has {len(found)} networks named {name}: remove all but one by their ids")
        if not found:
            return None
        found[0].reload()
        attributes: dict[str, Any] = found[0].attrs
        return attributes
