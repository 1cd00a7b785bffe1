"""What the inventory says, and what is wrong with it; pure, used by the filters.

``hosts`` maps the name of a host to its variables, ``groups`` the name of a group to its hosts.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import errors, fields, ip_pools, schema

Vars = Mapping[str, Any]
Hosts = Mapping[str, Vars]
Groups = Mapping[str, Sequence[str]]
_VERSIONS = (4, 6)
_DOCKERS_BRIDGES = ("br-", "docker")  # as the agent and BIRD know them
_OF_THE_CLUSTER = {"calico_as_number": 64512, "calico_datastore_fence": True, "calico_pools": []}  # with the defaults


def default_address(facts: Vars, version: int) -> str:
    """The address, with prefix length, of the interface that the family's default route leads through, or ""."""
    found = facts.get(f"default_ipv{version}") or {}
    return f"{found['address']}/{found['prefix']}" if found.get("address") and found.get("prefix") else ""


def node_name(name: str, host: Vars) -> str:
    """The name of the Node of the host."""
    return str(host.get("calico_node_name") or name.lower())


def node_address(host: Vars, version: int) -> str:
    """The address of a host as its variables or else its facts say, or ""."""
    stated = host.get(f"calico_node_ipv{version}_address")
    return str(stated) if stated is not None else default_address(host.get("ansible_facts") or {}, version)


def etcd_address(host: Vars) -> str:
    """The address at which the etcd of the host serves, or ""."""
    stated = host.get("calico_etcd_address")
    return str(stated or (node_address(host, 4) or node_address(host, 6)).partition("/")[0])


def etcd_url(host: Vars, port: int, scheme: str = "http") -> str:
    """The URL of the etcd of the host; IPv6 addresses stand in brackets."""
    address = etcd_address(host)
    return f"{scheme}://{f'[{address}]' if ':' in address else address}:{port}"


def problems(hosts: Hosts, groups: Groups) -> list[str]:
    """All that is wrong, each with the host or group, the variable, its value and what is allowed."""
    nodes = {name: hosts[name] for name in groups.get("calico_node", ())}
    members = {name: hosts[name] for name in groups.get("etcd", ())}
    return [
        *_group_problems(groups),
        *_etcd_problems(members),
        *_loopback_problems(members, {**members, **nodes}),
        *_endpoint_problems(nodes),
        *_difference_problems(nodes),
        *_name_problems(nodes),
        *_address_problems(nodes),
        *_uplink_problems(nodes),
        *_pool_problems(nodes),
    ]


def _group_problems(groups: Groups) -> Iterator[str]:
    for name, purpose in (("etcd", "1 or 3 hosts of the datastore"), ("calico_node", "the Docker hosts")):
        if not groups.get(name):
            yield f"group {name}: is empty or missing, it must hold {purpose}"
    count = len(groups.get("etcd", ()))
    if count and count % 2 == 0:
        yield (
            f"group etcd: has {count} hosts, must have an odd number (1 or 3): "
            f"{count} survive no more failures than {count - 1}"
        )


def _etcd_problems(members: Hosts) -> Iterator[str]:
    for name, host in members.items():
        if address := etcd_address(host):
            yield from _problems_of(f"host {name}: calico_etcd_address", fields.ADDRESS, address)
        else:
            yield f"host {name}: calico_etcd_address: is not known: no answer from it, or no default route; set it"
    yield from _twins("calico_etcd_address", ((name, _canonical(etcd_address(host))) for name, host in members.items()))


def _loopback_problems(members: Hosts, all_hosts: Hosts) -> Iterator[str]:
    if len(all_hosts) < 2:  # one host alone may keep its datastore to itself
        return
    for name, host in members.items():
        address = etcd_address(host)
        if _is_loopback(address):
            yield (
                f"host {name}: calico_etcd_address: {address!r} is refused: "
                f"must be an address that the other hosts reach ({len(all_hosts)} hosts use it)"
            )


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:  # refused elsewhere
        return False


def _endpoint_problems(nodes: Hosts) -> Iterator[str]:
    for name, host in nodes.items():
        for endpoint in host.get("calico_etcd_endpoints") or ():
            if str(endpoint).startswith("https:"):
                yield (
                    f"host {name}: calico_etcd_endpoints: {endpoint!r} is refused: "
                    "TLS is not supported by role node yet, must begin with http://"
                )


def _difference_problems(nodes: Hosts) -> Iterator[str]:
    """What is one for the cluster is written once, as the first host has it."""
    for variable, default in _OF_THE_CLUSTER.items():
        stated = {name: host.get(variable, default) for name, host in nodes.items()}
        first = next(iter(stated), "")
        others = [name for name, value in stated.items() if str(value) != str(stated[first])]
        if others:
            yield (
                f"hosts {first}, {', '.join(others)}: {variable}: differs, must be the same on all hosts: "
                "state it once, for the group calico_node"
            )


def _name_problems(nodes: Hosts) -> Iterator[str]:
    names = {name: node_name(name, host) for name, host in nodes.items()}
    for host, name in names.items():
        yield from _problems_of(f"host {host}: calico_node_name", fields.NAME, name)
    yield from _twins("calico_node_name", names.items())


def _address_problems(nodes: Hosts) -> Iterator[str]:
    for version in _VERSIONS:
        variable = f"calico_node_ipv{version}_address"
        stated = {name: node_address(host, version) for name, host in nodes.items()}
        for name, value in stated.items():
            # A host without IPv6 is fine; BGP's router id makes IPv4 a must.
            if value or (version == 4 and _is_known(nodes[name])):
                yield from _problems_of(f"host {name}: {variable}", fields.interface(version), value)
        yield from _twins(variable, ((name, _canonical(value)) for name, value in stated.items() if value))


def _uplink_problems(nodes: Hosts) -> Iterator[str]:
    for name, host in nodes.items():
        found = host.get("ansible_facts") or {}
        defaults = (found.get(f"default_ipv{version}") or {} for version in _VERSIONS)
        for interface in sorted({str(default.get("interface") or "") for default in defaults}):
            if interface.startswith(_DOCKERS_BRIDGES):
                yield (
                    f"host {name}: interface of the default route: {interface!r} is refused: must not begin with br- "
                    "or docker, which are Docker's own bridges to us; rename it, for example to br0"
                )


def _canonical(address: str) -> str:
    try:
        return str(ipaddress.ip_interface(address).ip)
    except ValueError:  # refused elsewhere
        return address


def _is_known(host: Vars) -> bool:
    """Whether the host's facts were read; those of hosts outside of --limit are not."""
    return "default_ipv4" in (host.get("ansible_facts") or {}) or host.get("calico_node_ipv4_address") is not None


def _pool_problems(nodes: Hosts) -> Iterator[str]:
    # All hosts get the pools of group variables as a rule; each distinct list is looked at once.
    lists: list[Any] = []
    for host in nodes.values():
        if (pools := host.get("calico_pools") or []) not in lists:
            lists.append(pools)
    for pools in lists:
        decoded, refused = _read_pools(pools)
        yield from refused
        yield from (f"calico_pools: {problem}" for problem in ip_pools.overlap_problems(decoded))
        yield from _nodes_inside(decoded, nodes)


def _read_pools(pools: Iterable[Any]) -> tuple[list[ip_pools.IPPool], list[str]]:
    decoded, refused = [], []
    for index, pool in enumerate(pools):
        try:
            decoded.append(_pool(pool))
        except errors.Invalid as error:
            refused += [str(problem) for problem in error.under(f"calico_pools[{index}]")]
    return decoded, refused


def _pool(options: Any) -> ip_pools.IPPool:
    """A pool from the options of module ip_pool."""
    if not isinstance(options, Mapping):
        raise errors.Invalid.of(options, "must be a pool with at least name and cidr")
    names = {attribute: name for attribute, name, _form, _required in schema.members(ip_pools.IPPoolSpec)}
    if unknown := sorted(set(options) - set(names) - {"name"}):
        raise errors.Invalid.of(unknown[0], f"no such option; known are name, {', '.join(names)}")
    spec = {names[option]: value for option, value in options.items() if option != "name"}
    return ip_pools.IPPool.decode({"metadata": {"name": options.get("name")}, "spec": spec}, strict=True)


def _nodes_inside(pools: Sequence[ip_pools.IPPool], nodes: Hosts) -> Iterator[str]:
    for name, host in nodes.items():
        for version in _VERSIONS:
            try:
                address = ipaddress.ip_interface(node_address(host, version)).ip
            except ValueError:
                continue
            for pool in (pool for pool in pools if address in pool.spec.cidr):
                yield f"calico_pools: pool {pool.name} ({pool.spec.cidr}) holds the address {address} of host {name}"


def _twins(variable: str, values: Iterable[tuple[str, str]]) -> Iterator[str]:
    holders: dict[str, list[str]] = {}
    for host, value in values:
        holders.setdefault(value, []).append(host)
    for value, names in holders.items():
        if value and len(names) > 1:
            yield f"hosts {', '.join(names)}: {variable}: {value!r} is refused: must differ on each host"


def _problems_of(label: str, form: schema.Form[Any], value: str) -> Iterator[str]:
    try:
        form.decode(value, True)
    except errors.Invalid as error:
        yield from (str(problem) for problem in error.under(label))
