"""What is left to say beside tests/golden/bird: what is reported, and what no record may bring about."""

import ipaddress

from calico_node.calc import bgp
from tests.golden import stores

HOSTILE = next(case for case in stores.BIRD if case.name == "hostile")


def test_what_has_no_effect_is_reported() -> None:
    spec = {
        "ignoredInterfaces": ['"; evil'],
    }
    resources = [
        {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": spec},
        {"kind": "IPPool", "metadata": {"name": "far"}, "spec": {"cidr": "10.67.0.0/16", "ipipMode": "Always"}},
    ]
    assert bgp.configuration(stores.snapshot({"resources": resources}), "a").problems == (
        "IPPool far: tunnels are not supported by this version, so other hosts do not reach its addresses",
        "BGPConfiguration default: spec.ignoredInterfaces: '\"; evil' is no name or pattern",
    )


def test_a_host_announces_blocks_inside_pools_only() -> None:
    content = stores.read(HOSTILE / "store.yaml")
    found = bgp.configuration(stores.snapshot(content), content["host"])
    assert found.blocks == (ipaddress.ip_network("10.65.0.0/26"),)


def test_router_ids_without_ipv4_differ_and_stay() -> None:
    empty = stores.snapshot({"resources": []})
    ids = [bgp.configuration(empty, name).router_id for name in ("a", "b", "a")]
    assert ids[0] == ids[2] != ids[1]
