"""Networks of a swarm with Calico's driver: settings on each node, the network itself on managers. Private.

The driver's scope is local, so each engine asks its own driver for pools and addresses. With what settings, it reads
from a network of its own that is nothing else (``--config-only``), which the swarm's network names (``--config-from``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol

from ansible_collections.calico.docker.plugins.module_utils import docker_networks, swarm_plugin
from ansible_collections.calico.docker.plugins.module_utils.model import errors

_NO_DRIVER = "null"  # Docker's name for that of a network of settings
_SCOPE = "swarm"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What a swarm's network itself says; the rest is in the configuration."""

    name: str
    config_from: str
    scope: str = _SCOPE
    driver: str = swarm_plugin.DRIVER
    attachable: bool = True
    internal: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """Both parts of a network."""

    config: docker_networks.Network
    network: Network


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """What there is of a network on this host."""

    config: docker_networks.Network | None = None
    network: Network | None = None

    def shown(self) -> dict[str, Any]:
        network = {} if self.network is None else dataclasses.asdict(self.network)
        return {"network": network, "config": {} if self.config is None else self.config.shown()}


class Engine(Protocol):
    """What is asked of Docker; raises an error whose text names what failed."""

    def is_manager(self) -> bool | None:
        """None if the engine is in no swarm."""

    def network(self, name: str) -> Mapping[str, Any] | None:
        """Docker's description of the network, or None."""

    def create_config(self, network: docker_networks.Network) -> None: ...

    def create_network(self, network: Network) -> bool:
        """False if there is one of the name already: another manager may just have made it."""

    def remove_network(self, name: str) -> None: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """Whether something changed, or in check mode would; what there was before and is after."""

    changed: bool
    before: Found
    after: Found


def config_of(name: str) -> str:
    """The name of a network's configuration."""
    return f"{name}.config"


def wanted(parameters: Mapping[str, Any]) -> Wanted:
    """The network of a module's parameters. Raises Invalid with everything that is wrong with it."""
    plain = docker_networks.wanted(parameters)
    name = config_of(plain.name)
    driver = swarm_plugin.DRIVER
    config = dataclasses.replace(plain, name=name, driver=_NO_DRIVER, ipam_driver=driver, internal=False)
    attachable = bool(parameters["attachable"])
    return Wanted(config, Network(name=plain.name, config_from=name, attachable=attachable, internal=plain.internal))


def described(document: Mapping[str, Any]) -> Network:
    """The settings that Docker's description of a network tells."""
    return Network(
        name=document["Name"],
        config_from=(document.get("ConfigFrom") or {}).get("Network") or "",
        scope=document["Scope"],
        driver=document["Driver"],
        attachable=bool(document.get("Attachable")),
        internal=bool(document.get("Internal")),
    )


def converge(engine: Engine, name: str, target: Wanted | None, *, check_mode: bool) -> Outcome:
    """Make this host's parts what ``target`` is, or absent.

    Raises Invalid for what Docker cannot change, and for what to remove is not of Calico's driver.
    """
    manager = engine.is_manager()
    if target is not None and manager is None:
        raise errors.Invalid.of(name, "this engine is in no swarm: docker swarm init or docker swarm join comes first")
    there = _found(engine, name)
    if target is not None and (problems := _differences(there, target)):
        raise errors.Invalid(problems)
    # The network itself is the managers'. Others know of it only while they run a task of it.
    before = there if manager else dataclasses.replace(there, network=None)
    after = Found() if target is None else Found(target.config, target.network if manager else None)
    if target is None:
        _refuse_others(before)
    changed = before != after
    if changed and not check_mode:
        changed = _remove(engine, before) if target is None else _make(engine, before, after)
    return Outcome(changed, before, after)


def _found(engine: Engine, name: str) -> Found:
    config, network = engine.network(config_of(name)), engine.network(name)
    if config is not None and not config.get("ConfigOnly"):
        raise errors.Invalid.of(config["Name"], "a network of this name is not one of settings only: remove it")
    return Found(
        None if config is None else docker_networks.described(config),
        None if network is None else described(network),
    )


def _refuse_others(before: Found) -> None:
    """Before a part is removed both are looked at. Settings have no driver of their own, but that of addresses."""
    if before.network is not None:
        docker_networks.refuse_to_remove(before.network.name, before.network.driver, unless=swarm_plugin.DRIVER)
    if before.config is not None:
        docker_networks.refuse_to_remove(before.config.name, before.config.ipam_driver, unless=swarm_plugin.DRIVER)


def _make(engine: Engine, before: Found, after: Found) -> bool:
    made = False
    if before.config is None and after.config is not None:
        engine.create_config(after.config)
        made = True
    if before.network is None and after.network is not None:
        made = engine.create_network(after.network) or made
    return made


def _remove(engine: Engine, before: Found) -> bool:
    for part in (before.network, before.config):
        if part is not None:
            engine.remove_network(part.name)
    return True


def _differences(there: Found, target: Wanted) -> list[errors.Problem]:
    """What Docker would have to change."""
    problems = []
    for before, after in ((there.config, target.config), (there.network, target.network)):
        have = {} if before is None else dataclasses.asdict(before)
        for name, value in dataclasses.asdict(after).items():
            if have.get(name, value) != value:
                allowed = (
                    f"network {after.name} has {have[name]!r} and Docker cannot change it: remove it, on managers first"
                )
                problems.append(errors.Problem(name, value, allowed))
    return problems
