"""A host's Docker engine as a member of a swarm, through the docker SDK. Private to this collection."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import docker_networks, docker_sdk, swarm_networks

with contextlib.suppress(ImportError):  # docker_sdk.require() tells
    import docker
    from docker import errors, types

_PATIENCE = 30.0  # seconds for a node to end the tasks of a service that was removed
_PAUSE = 0.5


class Engine:
    """One connection to the engine of this host."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client
        self._plugins: Any = client.plugins  # its types are not known

    def is_manager(self) -> bool | None:
        with docker_sdk.asked("tell its swarm"):
            swarm = self._client.info()["Swarm"]
        return bool(swarm.get("ControlAvailable")) if swarm.get("LocalNodeState") == "active" else None

    def plugin(self, name: str) -> Mapping[str, Any] | None:
        with docker_sdk.asked(f"look for plugin {name}"):
            try:
                attributes: dict[str, Any] = self._plugins.get(name).attrs
            except errors.NotFound:
                return None
            return attributes

    def create_plugin(self, name: str, directory: Path) -> None:
        with docker_sdk.asked(f"create plugin {name}"):
            self._plugins.create(name, str(directory))

    def enable_plugin(self, name: str) -> None:
        with docker_sdk.asked(f"enable plugin {name}, which needs calico-libnetwork.service"):
            self._plugins.get(name).enable(docker_sdk.TIMEOUT)

    def remove_plugin(self, name: str) -> None:
        with docker_sdk.asked(f"remove plugin {name}"):
            self._plugins.get(name).remove(force=True)

    def networks_of(self, driver: str) -> tuple[str, ...]:
        with docker_sdk.asked(f"look for networks of {driver}"):
            described = [network.attrs for network in self._client.networks.list()]
        return tuple(
            str(network["Name"])
            for network in described
            if driver in (network["Driver"], (network.get("IPAM") or {}).get("Driver"))
        )

    def network(self, name: str) -> Mapping[str, Any] | None:
        return docker_sdk.described_network(self._client, name)

    def create_config(self, network: docker_networks.Network) -> None:
        pools = [types.IPAMPool(subnet=subnet) for subnet in network.subnets]
        self._create(
            {
                "Name": network.name,
                "ConfigOnly": True,
                "EnableIPv6": network.ipv6,
                "IPAM": types.IPAMConfig(driver=network.ipam_driver, pool_configs=pools or None),
                "Labels": dict(network.labels),
                "Options": dict(network.options),
            }
        )

    def create_network(self, network: swarm_networks.Network) -> bool:
        settings = {
            "Name": network.name,
            "Scope": network.scope,
            "Driver": network.driver,
            "ConfigFrom": {"Network": network.config_from},
            "Attachable": network.attachable,
            "Internal": network.internal,
        }
        try:
            self._create(settings)
        except docker_sdk.EngineError:
            if self.network(network.name) is None:
                raise
            return False
        return True

    def remove_network(self, name: str) -> None:
        """Waits a bounded time while others take their settings from it: those end some moments after their tasks."""
        end = time.monotonic() + _PATIENCE
        with docker_sdk.asked(f"remove network {name}"):
            while True:
                try:
                    return self._client.networks.get(name).remove()
                except errors.APIError as error:
                    if "configuration network" not in str(error) or time.monotonic() > end:
                        raise
                time.sleep(_PAUSE)

    def _create(self, settings: Mapping[str, Any]) -> None:
        """By the API itself: the SDK knows neither networks of settings only nor those that use one."""
        api = self._client.api
        url = f"{api.base_url}/v{api.api_version}/networks/create"
        with docker_sdk.asked(f"create network {settings['Name']}"):
            answer = api.post(url, json=settings, timeout=docker_sdk.TIMEOUT)
            if not answer.ok:
                reason = answer.json()["message"]
                raise docker_sdk.EngineError(f"Docker could not create network {settings['Name']}: {reason}")


def connect(docker_host: str | None) -> Engine:
    """The engine at a URL, or the one that DOCKER_HOST or the default socket leads to."""
    return Engine(docker_sdk.connect(docker_host))
