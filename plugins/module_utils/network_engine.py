"""Networks in a host's Docker engine, through the docker SDK. Private to this collection."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import docker_networks, docker_sdk

with contextlib.suppress(ImportError):  # docker_sdk.require() tells
    import docker
    from docker import types


class Engine:
    """One connection to the engine of this host."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client

    def inspect(self, name: str) -> Mapping[str, Any] | None:
        return docker_sdk.described_network(self._client, name)

    def create(self, network: docker_networks.Network) -> None:
        pools = [types.IPAMPool(subnet=subnet) for subnet in network.subnets]
        with docker_sdk.asked(f"create network {network.name}"):
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
        with docker_sdk.asked(f"remove network {name}"):
            self._client.networks.get(name).remove()


def connect(docker_host: str | None) -> Engine:
    """The engine at a URL, or the one that DOCKER_HOST or the default socket leads to."""
    return Engine(docker_sdk.connect(docker_host))
