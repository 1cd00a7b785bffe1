"""Networks in a host's Docker engine, through the docker SDK. Private to this collection."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import docker_networks

MISSING: str | None = None  # why the SDK is not there
try:
    import docker
    import requests
    from docker import errors, types
except ImportError:
    MISSING = traceback.format_exc()

_TIMEOUT = 120  # Docker itself waits up to a minute for a plugin that is down


class EngineError(Exception):
    """Docker could not do it; the text says what was asked and what it answered."""


class Engine:
    """One connection to the engine of this host."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client

    def inspect(self, name: str) -> Mapping[str, Any] | None:
        with _asked(f"look for network {name}"):
            # Docker finds by parts of names, and may hold several of one name.
            found = [network for network in self._client.networks.list(names=[name]) if network.name == name]
            if len(found) > 1:
                raise EngineError(f"Docker has {len(found)} networks named {name}: remove all but one by their ids")
            if not found:
                return None
            found[0].reload()
            attributes: dict[str, Any] = found[0].attrs
            return attributes

    def create(self, network: docker_networks.Network) -> None:
        pools = [types.IPAMPool(subnet=subnet) for subnet in network.subnets]
        with _asked(f"create network {network.name}"):
            self._client.networks.create(
                network.name,
                driver=network.driver,
                ipam=types.IPAMConfig(driver=network.ipam_driver, pool_configs=pools or None),
                enable_ipv6=network.ipv6,
                internal=network.internal,
                labels=dict(network.labels),
                options=dict(network.options),
            )

    def remove(self, name: str) -> None:
        with _asked(f"remove network {name}"):
            self._client.networks.get(name).remove()


def connect(docker_host: str | None) -> Engine:
    """The engine at a URL, or the one that DOCKER_HOST or the default socket leads to."""
    with _asked("connect"):
        client = (
            docker.DockerClient(docker_host, timeout=_TIMEOUT) if docker_host else docker.from_env(timeout=_TIMEOUT)
        )
        client.ping()
        return Engine(client)


@contextlib.contextmanager
def _asked(what: str) -> Iterator[None]:
    try:
        yield
    except (errors.DockerException, requests.RequestException) as error:
        raise EngineError(f"Docker could not {what}: {error}") from error
