"""Endpoints that no rule tells apart, before or after, in groups; and the same for addresses of nobody.

A group is of one family: an endpoint with addresses of both is in two. What is not there both before and after, with
the same address, is in none: its coming or going is no change of policy.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import fields, workload_endpoints
from ansible_collections.calico.docker.plugins.module_utils.model.verdict import Oracle, hosts, peers, rules

from .regions import ROOTS, Networks

# With a space in it, unlike the names of profiles.
OUTSIDE = "the outside"


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """What a container's own policy depends on, in one of the snapshots."""

    peer: peers.Peer
    profiles: tuple[str, ...]
    host: hosts.Host


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Container:
    """An endpoint that is there before and after; those whose ``kind`` is equal are guarded alike."""

    key: str
    addresses: tuple[fields.Address, ...]
    guards: tuple[Guard, Guard]
    kind: Hashable


@dataclasses.dataclass(slots=True, eq=False)
class Group:
    """``sides`` and ``guards``, before and after, are those of its first member; nobody guards what is no container.

    ``inside`` is the innermost network of those that rules name. ``base`` is its name as far as that goes, ``labels``
    and ``detail`` tell it from others of that name.
    """

    base: str
    address: fields.Address
    inside: fields.Network
    sides: tuple[rules.Side, rules.Side]
    guards: tuple[Guard, Guard] | None = None
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    detail: str = ""
    members: list[str] = dataclasses.field(default_factory=list)

    @property
    def moved(self) -> bool:
        """Whether rules may see something else in it than before."""
        return _alike(self.sides[0]) != _alike(self.sides[1])


def containers(before: Oracle, after: Oracle) -> tuple[Container, ...]:
    """All that can be compared."""
    settings: dict[hosts.Host, Hashable] = {}
    return tuple(
        _container(key, before, after, settings) for key in after.peers.workloads if key in before.peers.workloads
    )


def of_family(
    family: int, before: Oracle, after: Oracle, known: Iterable[Container], rule_nets: Iterable[fields.Network]
) -> tuple[Group, ...]:
    """All groups of a family."""
    named = Networks(family, rule_nets)
    oracles = (before, after)
    found: dict[Hashable, Group] = {}
    for container in known:
        for address in container.addresses:
            if address.version == family:
                _put(found, container, address, named, oracles)
    for base, address, detail in _others(family, oracles, named):
        inside, sides = named.innermost(address), _sides(address, oracles)
        found.setdefault((base, inside, *map(_alike, sides)), Group(base, address, inside, sides, detail=detail))
    return tuple(found.values())


def _container(key: str, before: Oracle, after: Oracle, settings: dict[hosts.Host, Hashable]) -> Container:
    earlier, endpoint = before.snapshot.endpoints[key], after.snapshot.endpoints[key]
    addresses = tuple(net.network_address for net in endpoint.spec.ip_networks if net in earlier.spec.ip_networks)
    guards = (_guard(before, earlier, key), _guard(after, endpoint, key))
    kind = tuple((guard.peer.kind, guard.profiles, _encapsulation(guard.host, settings)) for guard in guards)
    return Container(key, addresses, guards, kind)


def _encapsulation(host: hosts.Host, known: dict[hosts.Host, Hashable]) -> Hashable:
    """Which packets containers of a host may not send."""
    if host not in known:
        stated = host.settings
        known[host] = (
            stated.allow_vxlan_packets_from_workloads,
            stated.allow_ipip_packets_from_workloads,
            stated.vxlan_port,
        )
    return known[host]


def _guard(oracle: Oracle, endpoint: workload_endpoints.WorkloadEndpoint, key: str) -> Guard:
    return Guard(oracle.peers.workloads[key], endpoint.spec.profiles, oracle.host(oracle.peers.places[key]))


def _put(
    found: dict[Hashable, Group],
    container: Container,
    address: fields.Address,
    named: Networks,
    oracles: tuple[Oracle, Oracle],
) -> None:
    """Put one address of a container into its group."""
    inside, sides = named.innermost(address), _sides(address, oracles)
    alike = (inside, *map(_alike, sides), container.kind)
    group = found.get(alike)
    if group is None:
        labels, base = container.guards[1].peer.labels, _base(container)
        group = found[alike] = Group(base, address, inside, sides, container.guards, labels, _detail(inside))
    group.members.append(container.key)


def _others(family: int, oracles: tuple[Oracle, Oracle], named: Networks) -> Iterator[tuple[str, fields.Address, str]]:
    """(name, address, detail): hosts at their expected addresses, and one address for each kind of outsider."""
    taken = {*oracles[0].peers.addresses, *oracles[1].peers.addresses}
    for name, endpoint in oracles[1].snapshot.host_endpoints.items():
        for address in endpoint.spec.expected_ips:
            if address.version == family and address in oracles[0].peers.addresses:
                yield f"host {endpoint.spec.node}", address, name
    sets = [*map(_sets, oracles)]
    every = Networks(family, [*named.all(), *sets[0], *sets[1]])
    for address in every.samples(taken):
        titles = {title for found in sets for net in every.around(address) for title in found.get(net, ())}
        base = f"network set {'+'.join(sorted(titles))}" if titles else OUTSIDE
        yield base, address, _detail(every.innermost(address))


def _detail(network: fields.Network) -> str:
    """What tells addresses of one name apart."""
    return "other addresses" if network == ROOTS[network.version] else str(network)


def _sets(oracle: Oracle) -> Mapping[fields.Network, list[str]]:
    """The names of the network sets that have a network."""
    found: dict[fields.Network, list[str]] = {}
    for known in (oracle.snapshot.global_network_sets, oracle.snapshot.network_sets):
        for name, network_set in known.items():
            for net in network_set.spec.nets:
                found.setdefault(net, []).append(name)
    return found


def _base(container: Container) -> str:
    """What people call a container's place: its networks, which are its profiles."""
    return "+".join(container.guards[1].profiles) or f"namespace {container.key.partition('/')[0]}"


def _sides(address: fields.Address, oracles: tuple[Oracle, Oracle]) -> tuple[rules.Side, rules.Side]:
    before, after = oracles
    first = rules.Side(int(address), None, before.peers.at(address))
    same = before.peers is after.peers
    return first, first if same else rules.Side(int(address), None, after.peers.at(address))


def _alike(side: rules.Side) -> Hashable:
    """What selectors and named ports see of an address."""
    if len(side.peers) == 1:
        return (side.peers[0].kind, side.peers[0].ports)
    return frozenset((peer.kind, peer.ports) for peer in side.peers)
