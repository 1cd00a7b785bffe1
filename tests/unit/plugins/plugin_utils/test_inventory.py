"""What the inventory says, and what is refused of it."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.plugin_utils import inventory


def facts(v4: str | None, v6: str | None = None) -> dict[str, Any]:
    return {
        "ansible_facts": {
            "default_ipv4": {"address": v4, "prefix": "24"} if v4 else {},
            "default_ipv6": {"address": v6, "prefix": "64"} if v6 else {},
        }
    }


def rack(**changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    hosts = {f"host{number}": facts(f"172.31.1.{number}", f"fd31::{number}") for number in (1, 2, 3)}
    for name, variables in changes.items():
        hosts[name] = {**hosts[name], **variables}
    return hosts


GROUPS = {"etcd": ["host1", "host2", "host3"], "calico_node": ["host1", "host2", "host3"]}


def pools(*options: Any) -> dict[str, dict[str, Any]]:
    return {name: {"calico_pools": list(options)} for name in ("host1", "host2", "host3")}


def test_a_right_inventory_has_no_problems() -> None:
    given = pools({"name": "v4", "cidr": "10.65.0.0/16", "block_size": 26}, {"name": "v6", "cidr": "fd65::/48"})
    assert inventory.problems(rack(**given), GROUPS) == []


@pytest.mark.parametrize(("interface", "is_refused"), [("br-lan", True), ("docker0", True), ("br0", False)])
def test_an_uplink_that_looks_like_a_bridge_of_dockers_is_refused(interface: str, is_refused: bool) -> None:
    hosts = rack()
    for family in hosts["host2"]["ansible_facts"].values():
        family["interface"] = interface
    found = inventory.problems(hosts, GROUPS)
    assert [f"{interface!r} is refused" in problem for problem in found] == [True] * is_refused


def test_a_host_without_ipv6_is_fine() -> None:
    assert inventory.problems(rack(host1=facts("172.31.1.1")), GROUPS) == []


def test_one_host_may_keep_the_datastore_to_itself() -> None:
    alone = {"host1": {**facts("172.31.1.1"), "calico_etcd_address": "127.0.0.1"}}
    assert inventory.problems(alone, {"etcd": ["host1"], "calico_node": ["host1"]}) == []


def test_the_default_stated_on_one_host_is_no_difference() -> None:
    assert inventory.problems(rack(host2={"calico_as_number": "64512"}), GROUPS) == []


def test_a_host_outside_of_the_limit_whose_facts_were_not_read_is_passed_over() -> None:
    assert inventory.problems({**rack(), "host3": {}}, {**GROUPS, "etcd": ["host1"]}) == []


@pytest.mark.parametrize(
    ("changes", "groups", "problem"),
    [
        pytest.param(
            {}, {"calico_node": ["host1"]},
            "group etcd: is empty or missing, it must hold 1 or 3 hosts of the datastore",
            id="no etcd group",
        ),
        pytest.param(
            {}, {**GROUPS, "calico_node": []}, "group calico_node: is empty or missing, it must hold the Docker hosts",
            id="an empty node group",
        ),
        pytest.param(
            {}, {**GROUPS, "etcd": ["host1", "host2"]},
            "group etcd: has 2 hosts, must have an odd number (1 or 3): 2 survive no more failures than 1",
            id="an even number of etcd hosts",
        ),
        pytest.param(
            {"host2": {"calico_node_ipv4_address": "172.31.1.1/24"}}, {**GROUPS, "etcd": ["host1"]},
            "hosts host1, host2: calico_node_ipv4_address: '172.31.1.1' is refused: must differ on each host",
            id="two hosts of one address",
        ),
        pytest.param(
            {"host2": {"calico_node_ipv6_address": "fd31:0::1/64"}}, GROUPS,
            "hosts host1, host2: calico_node_ipv6_address: 'fd31::1' is refused: must differ on each host",
            id="two hosts of one IPv6 address, spelled differently",
        ),
        pytest.param(
            {"host3": {"calico_node_name": "host1"}}, GROUPS,
            "hosts host1, host3: calico_node_name: 'host1' is refused: must differ on each host",
            id="two hosts of one name",
        ),
        pytest.param(
            {"host3": {"calico_etcd_address": "172.31.1.1"}}, GROUPS,
            "hosts host1, host3: calico_etcd_address: '172.31.1.1' is refused: must differ on each host",
            id="two members of one address",
        ),
        pytest.param(
            {"host3": {"calico_etcd_address": "etcd.example.com"}}, GROUPS,
            "host host3: calico_etcd_address: 'etcd.example.com' is refused: "
            "must be an IP address such as 10.0.0.1 or fd00::1",
            id="a member with a name for an address",
        ),
        pytest.param(
            {"host1": {"calico_etcd_address": "127.0.0.1"}}, {**GROUPS, "etcd": ["host1"]},
            "host host1: calico_etcd_address: '127.0.0.1' is refused: "
            "must be an address that the other hosts reach (3 hosts use it)",
            id="a datastore that only its own host reaches",
        ),
        pytest.param(
            {"host2": {"calico_etcd_endpoints": ["http://172.31.1.1:2379", "https://172.31.1.2:2379"]}}, GROUPS,
            "host host2: calico_etcd_endpoints: 'https://172.31.1.2:2379' is refused: "
            "TLS is not supported by role node yet, must begin with http://",
            id="TLS",
        ),
        pytest.param(
            {"host2": {"calico_as_number": 64513}}, GROUPS,
            "hosts host1, host2: calico_as_number: differs, must be the same on all hosts: "
            "state it once, for the group calico_node",
            id="two AS numbers",
        ),
        pytest.param(
            {"host3": {"calico_pools": [{"name": "v4", "cidr": "10.65.0.0/16"}]}}, GROUPS,
            "hosts host1, host3: calico_pools: differs, must be the same on all hosts: "
            "state it once, for the group calico_node",
            id="pools on one host only",
        ),
        pytest.param(
            {"host3": {"ansible_facts": {}, "calico_node_ipv4_address": None}}, GROUPS,
            "host host3: calico_etcd_address: is not known: no answer from it, or no default route; set it",
            id="a member that does not answer",
        ),
        pytest.param(
            {"host2": facts(None)}, {**GROUPS, "etcd": ["host1"]},
            "host host2: calico_node_ipv4_address: '' is refused: "
            "must be an IPv4 address with prefix length, such as 10.0.0.1/24",
            id="a host without a default route",
        ),
        pytest.param(
            {"host2": {"calico_node_ipv4_address": "172.31.1.300/24"}}, {**GROUPS, "etcd": ["host1"]},
            "host host2: calico_node_ipv4_address: '172.31.1.300/24' is refused: "
            "must be an IPv4 address with prefix length, such as 10.0.0.1/24",
            id="a malformed address",
        ),
        pytest.param(
            pools({"name": "a", "cidr": "10.65.0.0/16"}, {"name": "b", "cidr": "10.65.3.0/24"}), GROUPS,
            "calico_pools: spec.cidr: '10.65.3.0/24' is refused: pool b overlaps pool a (10.65.0.0/16)",
            id="overlapping pools",
        ),
        pytest.param(
            pools({"name": "a", "cidr": "10.65.0.0/33"}), GROUPS,
            "calico_pools[0].spec.cidr: '10.65.0.0/33' is refused: must be a CIDR such as 10.65.0.0/16 or fd65::/48",
            id="a malformed CIDR",
        ),
        pytest.param(
            pools({"name": "a", "cidr": "10.65.0.0/16", "blocksize": 26}), GROUPS,
            "calico_pools[0]: 'blocksize' is refused: no such option; known are name, cidr, block_size, ipip_mode, "
            "vxlan_mode, nat_outgoing, disabled, disable_bgp_export, node_selector, namespace_selector, allowed_uses, "
            "assignment_mode",
            id="a misspelled option of a pool",
        ),
        pytest.param(
            pools("10.65.0.0/16"), GROUPS,
            "calico_pools[0]: '10.65.0.0/16' is refused: must be a pool with at least name and cidr",
            id="a pool that is only a CIDR",
        ),
        pytest.param(
            pools({"name": "a", "cidr": "172.31.0.0/16"}), {**GROUPS, "calico_node": ["host2"]},
            "calico_pools: pool a (172.31.0.0/16) holds the address 172.31.1.2 of host host2",
            id="a pool that holds the address of a host",
        ),
    ],
)  # fmt: skip
def test_a_wrong_inventory_is_refused_with_what_is_wrong(
    changes: dict[str, dict[str, Any]], groups: dict[str, list[str]], problem: str
) -> None:
    assert inventory.problems(rack(**changes), groups) == [problem]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        pytest.param(facts("172.31.1.1"), "http://172.31.1.1:2379", id="the address of the default route"),
        pytest.param(
            {**facts("172.31.1.1"), "calico_node_ipv4_address": "10.0.0.1/24"}, "http://10.0.0.1:2379",
            id="the node's address",
        ),
        pytest.param({"calico_etcd_address": "10.0.0.9"}, "http://10.0.0.9:2379", id="the member's own address"),
        pytest.param(facts(None, "fd31::1"), "http://[fd31::1]:2379", id="IPv6 in brackets"),
    ],
)  # fmt: skip
def test_the_url_of_a_member(host: dict[str, Any], url: str) -> None:
    assert inventory.etcd_url(host, 2379) == url
