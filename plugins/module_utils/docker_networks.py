"""Docker networks with Calico's driver: what one is, and how it becomes so. Private to this collection."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from ansible_collections.calico.docker.plugins.module_utils.model import errors, fields, profiles, schema

DRIVER = "calico"  # of the network and of its addresses
SUBNETS: schema.Form[tuple[fields.Network, ...]] = fields.sequence(fields.NETWORK)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The settings of a network, all of which Docker fixes when it creates it."""

    name: str
    driver: str = DRIVER
    ipam_driver: str = DRIVER
    ipv6: bool = False
    internal: bool = False
    subnets: tuple[str, ...] = ()
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "subnets": list(self.subnets)}


class Engine(Protocol):
    """What is asked of Docker; raises an error whose text names what failed."""

    def inspect(self, name: str) -> Mapping[str, Any] | None:
        """Docker's description of the network, or None."""

    def create(self, network: Network) -> None: ...

    def remove(self, name: str) -> None: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """Whether something changed, or in check mode would; the settings before and after."""

    changed: bool
    before: Network | None
    after: Network | None


def wanted(parameters: Mapping[str, Any]) -> Network:
    """The network of a module's parameters. Raises Invalid with everything that is wrong with it."""
    problems: list[errors.Problem] = []
    name: str = parameters["name"]
    try:
        profiles.for_network(name)  # its profile has its name
    except errors.Invalid as error:
        problems += [dataclasses.replace(problem, field="name") for problem in error.problems[:1]]
    try:
        networks = SUBNETS.decode(parameters["subnets"], True)
    except errors.Invalid as error:
        problems += error.under("subnets")
        networks = ()
    problems += _subnet_problems(networks, ipv6=parameters["ipv6"])
    if problems:
        raise errors.Invalid(problems)
    return Network(
        name=name,
        ipv6=parameters["ipv6"],
        internal=parameters["internal"],
        subnets=tuple(sorted(map(str, networks))),
        labels=_texts(parameters["labels"]),
        options=_texts(parameters["options"]),
    )


def described(document: Mapping[str, Any]) -> Network:
    """The settings that Docker's description of a network tells."""
    ipam = document.get("IPAM") or {}
    return Network(
        name=document["Name"],
        driver=document["Driver"],
        ipam_driver=ipam.get("Driver") or "default",
        ipv6=bool(document.get("EnableIPv6")),
        internal=bool(document.get("Internal")),
        subnets=tuple(sorted(_named_subnets(ipam.get("Config") or ()))),
        labels=document.get("Labels") or {},
        options=document.get("Options") or {},
    )


def converge(engine: Engine, name: str, target: Network | None, *, force: bool, check_mode: bool) -> Outcome:
    """Make the network what ``target`` is, or absent.

    Raises Invalid where only ``force`` could make it so, and for a network to remove that is not of Calico's driver.
    """
    document = engine.inspect(name)
    before = None if document is None else described(document)
    if before == target:
        return Outcome(False, before, target)
    if before is not None and target is None:
        refuse_to_remove(name, before.driver, unless=DRIVER)
    if before is not None and target is not None and not force:
        raise errors.Invalid(_differences(before, target))
    if not check_mode:
        if before is not None:
            engine.remove(name)
        if target is not None:
            engine.create(target)
    return Outcome(True, before, target)


def refuse_to_remove(name: str, driver: str, *, unless: str) -> None:
    """Somebody else's network may have the name of ours. Raises Invalid, unless it has this driver."""
    if driver != unless:
        allowed = (
            f"the network of this name has driver {driver}, and only one of driver {unless} is removed: correct the "
            "name, use module network for driver calico and swarm_network for calico-swarm, "
            f"or run docker network rm {name}"
        )
        raise errors.Invalid.of(name, allowed, "name")


def _subnet_problems(networks: Sequence[fields.Network], *, ipv6: bool) -> Iterable[errors.Problem]:
    versions = [network.version for network in networks]
    if len(set(versions)) < len(versions):
        yield errors.Problem("subnets", [str(network) for network in networks], "at most one of each IP version")
    if 6 in versions and not ipv6:
        yield errors.Problem("ipv6", False, "must be true with an IPv6 subnet")


def _differences(before: Network, target: Network) -> Iterable[errors.Problem]:
    have, want = before.shown(), target.shown()
    for name, value in want.items():
        if have[name] != value:
            allowed = f"network {target.name} has {have[name]!r} and Docker cannot change it; force makes a new network"
            yield errors.Problem(name, value, allowed)


def _named_subnets(configurations: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """The subnets that somebody asked for; 0.0.0.0/0 and ::/0 stand for a choice left to the driver."""
    for configuration in configurations:
        subnet = configuration.get("Subnet")
        if subnet and ipaddress.ip_network(subnet, strict=False).prefixlen > 0:
            yield str(ipaddress.ip_network(subnet, strict=False))


def _texts(values: Mapping[str, Any] | None) -> Mapping[str, str]:
    """Docker keeps text only; YAML's booleans as Docker's tools write them."""
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in (values or {}).items()}
