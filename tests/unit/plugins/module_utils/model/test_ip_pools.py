"""IPPool: defaults, what is refused, overlaps and what never changes."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import ip_pools

from .refusals import accepted, refused

V4 = {"cidr": "10.65.0.0/16"}
V6 = {"cidr": "fd65::/48"}


def pool(cidr: str, name: str = "x", **spec: Any) -> ip_pools.IPPool:
    found: ip_pools.IPPool = accepted(ip_pools.IPPool, {"cidr": cidr, **spec}, name)
    return found


def test_defaults_are_written_out() -> None:
    assert pool("10.65.0.0/16").encode()["spec"] == {
        "cidr": "10.65.0.0/16",
        "blockSize": 26,
        "ipipMode": "Never",
        "vxlanMode": "Never",
        "nodeSelector": "all()",
        "allowedUses": ["Workload", "Tunnel"],
        "assignmentMode": "Automatic",
    }
    assert pool("fd65::/48").spec.block_size == 122


@pytest.mark.parametrize(
    ("spec", "fields"),
    [
        ({}, ["spec.cidr"]),
        ({"cidr": "10.65.0.0"}, ["spec.cidr"]),
        ({"cidr": "10.65.0.1/16"}, ["spec.cidr"]),
        ({"cidr": "10.65.0.0/33"}, ["spec.cidr"]),
        ({"cidr": 10}, ["spec.cidr"]),
        ({"cidr": "10.65.0.0/27"}, ["spec.cidr"]),
        ({"cidr": "169.254.1.0/24"}, ["spec.cidr"]),
        ({"cidr": "0.0.0.0/0"}, ["spec.cidr"]),
        ({"cidr": "fe80::/64"}, ["spec.cidr"]),
        ({**V4, "blockSize": 19}, ["spec.blockSize"]),
        ({**V4, "blockSize": 33}, ["spec.blockSize"]),
        ({**V4, "blockSize": "26"}, ["spec.blockSize"]),
        ({**V4, "blockSize": True}, ["spec.blockSize"]),
        ({**V6, "blockSize": 115}, ["spec.blockSize"]),
        ({**V6, "blockSize": 129}, ["spec.blockSize"]),
        ({**V4, "ipipMode": "never"}, ["spec.ipipMode"]),
        ({**V4, "ipipMode": "Always", "vxlanMode": "Always"}, ["spec.vxlanMode"]),
        ({**V6, "ipipMode": "Always"}, ["spec.ipipMode"]),
        ({**V4, "natOutgoing": "yes"}, ["spec.natOutgoing"]),
        ({**V4, "nodeSelector": "rack = 1"}, ["spec.nodeSelector"]),
        ({**V4, "allowedUses": ["Workload", "Pod"]}, ["spec.allowedUses[1]"]),
        ({**V4, "allowedUses": "Workload"}, ["spec.allowedUses"]),
        ({**V4, "assignmentMode": "Never"}, ["spec.assignmentMode"]),
        ({**V4, "namespaceSelector": "has(a)"}, ["spec.allowedUses"]),
        ({**V4, "blocksize": 26}, ["spec.blocksize"]),
        ({**V4, "allowedUses": ["LoadBalancer", "Workload"]}, ["spec.allowedUses"]),
        (
            {**V4, "allowedUses": ["LoadBalancer"], "vxlanMode": "Always", "nodeSelector": "has(a)"},
            ["spec.vxlanMode", "spec.nodeSelector"],
        ),
        ({**V4, "allowedUses": ["LoadBalancer"], "disableBGPExport": True}, ["spec.disableBGPExport"]),
    ],
)
def test_what_is_refused(spec: dict[str, Any], fields: list[str]) -> None:
    assert refused(ip_pools.IPPool, spec) == fields


@pytest.mark.parametrize(
    "spec",
    [
        {"cidr": "10.65.0.0/26"},
        {"cidr": "10.65.0.0/32", "blockSize": 32},
        {"cidr": "10.65.0.0/28", "disabled": True},
        {**V4, "blockSize": 20},
        {**V6, "blockSize": 116},
        {**V6, "vxlanMode": "CrossSubnet"},
        {**V4, "namespaceSelector": "has(a)", "allowedUses": ["Workload"]},
        {**V4, "allowedUses": ["LoadBalancer"]},
        {**V4, "allowedUses": []},
    ],
)
def test_what_is_accepted(spec: dict[str, Any]) -> None:
    accepted(ip_pools.IPPool, spec)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("10.65.0.0/16", "10.65.255.0/24", True),
        ("10.65.0.0/16", "10.66.0.0/16", False),
        ("10.65.0.0/16", "10.64.0.0/12", True),
        ("10.65.0.0/16", "fd65::/48", False),
        ("fd65::/48", "fd65:0:0:1::/64", True),
    ],
)
def test_pools_that_share_addresses_overlap(one: str, other: str, shared: bool) -> None:
    problems = list(ip_pools.overlap_problems([pool(one, "one"), pool(other, "other")]))
    assert [problem.field for problem in problems] == ["spec.cidr"] * shared


def test_every_pair_that_overlaps_is_named() -> None:
    pools = [pool("10.0.0.0/8", "a"), pool("10.65.0.0/16", "b"), pool("10.65.0.0/24", "c")]
    texts = [problem.allowed.partition(" (")[0] for problem in ip_pools.overlap_problems(pools)]
    assert texts == ["pool b overlaps pool a", "pool c overlaps pool a", "pool c overlaps pool b"]


def test_range_and_block_size_never_change() -> None:
    before = pool("10.65.0.0/16", natOutgoing=True)
    assert list(ip_pools.change_problems(before, pool("10.65.0.0/16"))) == []
    problems = ip_pools.change_problems(before, pool("10.66.0.0/16", blockSize=28))
    assert [problem.field for problem in problems] == ["spec.cidr", "spec.blockSize"]
    for used in (["LoadBalancer"], ["Workload"]):
        after = pool("10.65.0.0/16", allowedUses=used)
        changed = [problem.field for problem in ip_pools.change_problems(before, after)]
        assert changed == ["spec.allowedUses"] * (used == ["LoadBalancer"])
