"""Which pools serve whom, and how a pool is cut."""

import ipaddress
import itertools
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import ip_pools, nodes
from calico_node.ipam import errors, pools

NODE = nodes.Node.decode({"metadata": {"name": "host1", "labels": {"rack": "1"}}, "spec": {}})


def pool(name: str, cidr: str, **spec: Any) -> ip_pools.IPPool:
    return ip_pools.IPPool.decode({"metadata": {"name": name}, "spec": {"cidr": cidr, **spec}}, strict=True)


def test_automatic_pools_come_by_name_and_family() -> None:
    every = [pool("b", "10.66.0.0/16"), pool("a", "10.65.0.0/16"), pool("c", "fd65::/48")]
    assert [found.name for found in pools.automatic(every, 4, NODE)] == ["a", "b"]
    assert [found.name for found in pools.automatic(every, 6, NODE)] == ["c"]


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"disabled": True}, id="disabled"),
        pytest.param({"nodeSelector": 'rack == "2"'}, id="for other nodes"),
        pytest.param({"assignmentMode": "Manual"}, id="only by hand"),
        pytest.param({"allowedUses": ["Tunnel"]}, id="only for tunnels"),
        pytest.param({"namespaceSelector": "has(team)", "allowedUses": ["Workload"]}, id="for labelled namespaces"),
    ],
)
def test_a_pool_that_is_not_for_this_host_is_no_candidate(spec: dict[str, Any]) -> None:
    with pytest.raises(errors.NoPool, match="no IPv4 pool serves workloads on node host1"):
        pools.automatic([pool("a", "10.65.0.0/16", **spec)], 4, NODE)


def test_a_selected_node_is_served() -> None:
    assert pools.automatic([pool("a", "10.65.0.0/16", nodeSelector='rack == "1"')], 4, NODE)


@pytest.mark.parametrize(
    ("cidr", "text"),
    [
        pytest.param("10.64.0.0/14", r"is more than pool a \(10.65.0.0/16\): give the pool or a part", id="more"),
        pytest.param("10.99.0.0/16", r"the IPv4 pools are a \(10.65.0.0/16\)$", id="an unknown pool"),
        pytest.param("10.66.0.0/16", r"the IPv4 pools are a \(10.65.0.0/16\)$", id="a disabled pool"),
        pytest.param("fd99::/48", "the IPv6 pools are none", id="a family without pools"),
    ],
)
def test_a_subnet_that_is_in_no_pool_is_refused_with_the_pools_there_are(cidr: str, text: str) -> None:
    every = [pool("a", "10.65.0.0/16"), pool("b", "10.66.0.0/16", disabled=True)]
    with pytest.raises(errors.NoPool, match=text):
        pools.of_subnet(every, ipaddress.ip_network(cidr))


@pytest.mark.parametrize("uses", [["Tunnel"], ["LoadBalancer"]])
def test_a_named_pool_need_not_select_the_host_but_must_be_for_workloads(uses: list[str]) -> None:
    others = pool("a", "10.65.0.0/16", nodeSelector="has(gpu)", assignmentMode="Manual")
    for subnet in ("10.65.0.0/16", "10.65.4.0/24", "10.65.4.4/32"):
        assert pools.of_subnet([others], ipaddress.ip_network(subnet)) == others
    wrong = pool("a", "10.65.0.0/16", allowedUses=uses)
    with pytest.raises(errors.NoPool, match=rf"gives no addresses to workloads: its allowedUses are {uses[0]}"):
        pools.of_subnet([wrong], wrong.spec.cidr)


@pytest.mark.parametrize(
    ("selector", "serves"),
    [
        pytest.param("all()", True, id="every namespace"),
        pytest.param("!has(team)", True, id="namespaces without a label"),
        pytest.param('team != "a"', True, id="namespaces of others"),
        pytest.param("has(team)", False, id="namespaces with a label"),
        # Not even the name: upstream asks a Namespace, which only Kubernetes has.
        pytest.param('projectcalico.org/name == "libnetwork"', False, id="ours by name"),
    ],
)
def test_our_namespace_has_no_labels(selector: str, serves: bool) -> None:
    selective = pool("a", "10.65.0.0/16", namespaceSelector=selector, allowedUses=["Workload"])
    everybody = pool("b", "10.66.0.0/16")
    found = pools.automatic([selective, everybody], 4, NODE)
    assert [one.name for one in found] == (["a", "b"] if serves else ["b"])


def source(name: str, cidr: str, part: str = "") -> pools.Source:
    return pools.Source(pool(name, cidr), ipaddress.ip_network(part or cidr))


@pytest.mark.parametrize(
    ("part", "blocks"),
    [
        pytest.param("10.65.0.0/24", ["10.65.0.0/26", "10.65.0.128/26", "10.65.0.192/26", "10.65.0.64/26"], id="all"),
        pytest.param("10.65.0.128/25", ["10.65.0.128/26", "10.65.0.192/26"], id="a half"),
        pytest.param("10.65.0.64/26", ["10.65.0.64/26"], id="a block"),
        pytest.param("10.65.0.80/30", ["10.65.0.64/26"], id="less than a block"),
    ],
)
def test_every_block_of_a_part_comes_once(part: str, blocks: list[str]) -> None:
    for host in ("host1", "host2", "host3"):
        assert sorted(map(str, pools.blocks_from(source("a", "10.65.0.0/24", part), host))) == blocks


def test_reserved_blocks_of_a_part_do_not_come() -> None:
    reserved = [ipaddress.ip_network("10.65.0.0/25"), ipaddress.ip_network("10.65.0.200/32")]
    part = source("a", "10.65.0.0/16", "10.65.0.64/26")
    assert list(pools.blocks_from(part, "host1", reserved)) == []
    half = source("a", "10.65.0.0/16", "10.65.0.0/24")
    assert [str(cidr) for cidr in sorted(pools.blocks_from(half, "host1", reserved))] == [
        "10.65.0.128/26",
        "10.65.0.192/26",
    ]


def test_hosts_start_at_different_blocks() -> None:
    starts = {next(pools.blocks_from(source("a", "10.65.0.0/16"), f"host{number}")) for number in range(20)}
    assert len(starts) > 15


def test_a_pool_of_2_to_the_74_blocks_costs_nothing() -> None:
    huge = source("a", "fd00::/48")
    first = list(itertools.islice(pools.blocks_from(huge, "host1"), 3))
    assert all(block.prefixlen == 122 and block.subnet_of(huge.part) for block in first)
    assert len(set(first)) == 3


def test_the_block_of_an_address_follows_from_the_pool() -> None:
    assert str(pools.block_of(pool("a", "10.65.0.0/16"), ipaddress.ip_address("10.65.1.77"))) == "10.65.1.64/26"
