"""Routes to the blocks of others: missing, leading elsewhere, or as designed though they look wrong."""

from typing import Any

import pytest

from tests.unit.plugins.plugin_utils.verify import fleet

HOST, NEAR, FAR = "rack1-host1", "10.65.0.64/26", "10.65.0.128/26"
NEAR6 = "fd65::40/122"
ASK = "whose session brings it? calicoctl node status"


def told(preset: str | None, block: str, route: dict[str, Any] | None, **more: Any) -> list[str]:
    """Complaints when the route to a block is another one, or none."""
    hosts = fleet.healthy(preset)
    others = [one for one in fleet.routes(HOST, preset or "mesh") if one["dst"] != block]
    hosts[HOST] |= {"verify_routes": fleet.kernel(*others, *([{"dst": block, **route}] if route else [])), **more}
    return fleet.complaints(hosts)


def test_a_missing_route_is_told_with_its_block_and_owner() -> None:
    (text,) = told(None, FAR, None)
    assert text.startswith(f"{HOST}: routes to blocks: block {FAR} of rack2-host1: no route; ")
    assert text.endswith("does rack2-host1 announce it, and are the sessions up?")


@pytest.mark.parametrize(
    ("preset", "block", "wanted"),
    [
        pytest.param(None, NEAR, "172.31.1.12", id="a neighbour"),
        pytest.param("mesh", FAR, "172.31.1.254", id="behind the default route"),
        pytest.param("tor_ebgp", FAR, "172.31.1.254", id="the rack's router"),
        pytest.param("tor_ibgp", NEAR, "172.31.1.12 or 172.31.1.254", id="a neighbour or the rack's router"),
    ],
)
def test_a_wrong_next_hop_is_told_with_the_right_one(preset: str | None, block: str, wanted: str) -> None:
    (text,) = told(preset, block, {"gateway": "172.31.1.99", "dev": "eth0"})
    assert f"block {block} of" in text
    assert text.endswith(f": leads to 172.31.1.99, must lead to {wanted}; {ASK}")


def test_of_several_next_hops_each_must_be_right() -> None:
    right, wrong = {"gateway": "172.31.1.254", "dev": "eth0"}, {"gateway": "172.31.1.99", "dev": "eth0"}
    assert told("tor_ebgp", FAR, {"nexthops": [right]}) == []
    (text,) = told("tor_ebgp", FAR, {"nexthops": [right, wrong]})
    assert "leads to 172.31.1.254 and 172.31.1.99" in text


@pytest.mark.parametrize("kind", ["blackhole", "unreachable"])
def test_a_block_that_leads_nowhere_is_told(kind: str) -> None:
    (text,) = told(None, FAR, {"type": kind})
    assert f"leads to {kind}, must lead to 172.31.1.254" in text


def test_the_route_that_the_kernel_uses_counts() -> None:
    hosts = fleet.healthy()
    better = {"dst": FAR, "gateway": "172.31.1.99", "dev": "eth0", "metric": 100}
    hosts[HOST]["verify_routes"] = fleet.kernel(*fleet.routes(HOST, "mesh"), better)
    (text,) = fleet.complaints(hosts)
    assert "leads to 172.31.1.99" in text


def test_a_host_without_a_way_to_the_other_says_so() -> None:
    hosts = fleet.healthy()
    lost = [one for one in fleet.routes(HOST, "mesh") if one["dst"] not in ("0.0.0.0/0", FAR)]
    stale = {"dst": FAR, "gateway": "172.31.1.254", "dev": "eth0"}
    hosts[HOST]["verify_routes"] = fleet.kernel(*lost, stale)
    (text,) = fleet.complaints(hosts)
    assert "must lead to a way that this host does not have" in text


def test_without_a_preset_a_router_that_is_a_peer_may_be_the_next_hop() -> None:
    route = {"gateway": "172.31.1.253", "dev": "eth0"}
    assert len(told(None, FAR, route)) == 1
    sessions = fleet.printed(*map(fleet.session, [*fleet.peers(HOST, "mesh"), "172.31.1.253"]))
    assert told(None, FAR, route, verify_sessions=sessions) == []
    assert len(told("mesh", FAR, route, verify_sessions=sessions)) == 1


def test_a_link_local_next_hop_stands_for_who_has_its_link_layer_address() -> None:
    route = {"gateway": "fe80::12", "dev": "eth0"}
    known = '[{"dst": "fe80::12", "lladdr": "%s"}, {"dst": "fd31:0:0:1::12", "lladdr": "02::12"}, {"dst": "fe80::f"}]'
    same, other = ({"rc": 0, "stdout": known % mac} for mac in ("02::12", "02::99"))
    assert told(None, NEAR6, route, verify_neighbours=same) == []
    (text,) = told(None, NEAR6, route, verify_neighbours=other)
    assert "leads to fe80::12, must lead to fd31:0:0:1::12" in text


def test_a_link_local_next_hop_of_whom_the_kernel_has_forgotten_is_believed() -> None:
    assert told(None, NEAR6, {"gateway": "fe80::12", "dev": "eth0"}, verify_neighbours={"rc": 0, "stdout": ""}) == []


@pytest.mark.parametrize(
    ("mode", "block", "gateway", "device", "complaints"),
    [
        pytest.param("Always", FAR, "10.65.0.129", "vxlan.calico", 0, id="tunnelled"),
        pytest.param("Always", NEAR, "172.31.1.12", "eth0", 1, id="should be tunnelled"),
        pytest.param("CrossSubnet", FAR, "10.65.0.129", "vxlan.calico", 0, id="across subnets"),
        pytest.param("CrossSubnet", NEAR, "172.31.1.12", "eth0", 0, id="straight to a neighbour"),
        pytest.param("CrossSubnet", NEAR, "10.65.0.65", "vxlan.calico", 1, id="a tunnel to a neighbour"),
    ],
)
def test_a_pool_with_tunnels_needs_them_where_its_mode_says(
    mode: str, block: str, gateway: str, device: str, complaints: int
) -> None:
    hosts = fleet.healthy()
    stored = fleet.resources()
    stored[0]["spec"] |= {"vxlanMode": mode}
    for name in fleet.HOSTS:
        hosts[name]["verify_resources"] = {"results": [{"item": "rack1-host1", "resources": stored}]}
    tunnelled = {FAR: ("10.65.0.129", "vxlan.calico")}
    tunnelled |= {NEAR: ("10.65.0.65", "vxlan.calico") if mode == "Always" else ("172.31.1.12", "eth0")}
    tunnelled[block] = (gateway, device)
    others = [one for one in fleet.routes(HOST, "mesh") if one["dst"] not in tunnelled]
    changed = [{"dst": one, "gateway": hop, "dev": dev} for one, (hop, dev) in tunnelled.items()]
    hosts[HOST]["verify_routes"] = fleet.kernel(*others, *changed)
    assert len([text for text in fleet.complaints(hosts) if text.startswith(HOST)]) == complaints


def test_blocks_of_a_pool_that_is_not_announced_need_no_route() -> None:
    hosts = fleet.healthy()
    stored = fleet.resources()
    stored[0]["spec"] |= {"disableBGPExport": True}
    for name in fleet.HOSTS:
        hosts[name]["verify_resources"] = {"results": [{"item": "rack1-host1", "resources": stored}]}
        own = [one for one in fleet.routes(name, "mesh") if not one["dst"].startswith("10.65.")]
        hosts[name]["verify_routes"] = fleet.kernel(*own)
    assert fleet.complaints(hosts) == []


def test_an_ip_that_fails_is_no_host_without_routes() -> None:
    hosts = fleet.healthy()
    broken = {"rc": 127, "stdout": "", "stderr": "ip: not found"}
    hosts[HOST]["verify_routes"] = {"results": [broken, broken]}
    assert fleet.complaints(hosts) == [f"{HOST}: routes to blocks: ip route failed: ip: not found"]
