"""Whose packets leave with an address of the host, and to where."""

from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder
from calico_node.calc import hosts
from tests.states import records


def pool(name: str, cidr: str, **spec: Any) -> records.Change:
    return records.raw("IPPool", name, {"cidr": cidr, **spec})


def found(*changes: records.Change) -> dict[int, tuple[list[str], list[str]]]:
    nat = hosts.calculate(snapshot_builder.build(changes, 1), "host1").nat
    return {version: ([*map(str, one.sources)], [*map(str, one.inside)]) for version, one in nat.items()}


NODE = records.raw("Node", "host2", {"bgp": {"ipv4Address": "192.0.2.12/24"}})


def test_pools_that_ask_for_it_to_what_is_in_no_pool_of_the_family() -> None:
    pools = pool("a", "10.65.0.0/16", natOutgoing=True), pool("b", "10.66.0.0/16"), pool("c", "fd65::/48")
    assert found(*pools, NODE) == {4: (["10.65.0.0/16"], ["10.65.0.0/16", "10.66.0.0/16"])}


def test_no_pool_asks_for_it() -> None:
    assert found(pool("a", "10.65.0.0/16"), NODE) == {}


def test_disabled_pools_count() -> None:
    pools = pool("a", "fd65::/48", natOutgoing=True, disabled=True), pool("b", "fd66::/48", disabled=True)
    assert found(*pools) == {6: (["fd65::/48"], ["fd65::/48", "fd66::/48"])}


def test_hosts_addresses_are_inside_if_the_configuration_says_so() -> None:
    changes = pool("a", "10.65.0.0/16", natOutgoing=True), NODE
    setting = records.felix(natOutgoingExclusions="IPPoolsAndHostIPs")
    assert found(*changes, setting)[4][1] == ["10.65.0.0/16", "192.0.2.12/32"]
    assert found(*changes)[4][1] == ["10.65.0.0/16"]
