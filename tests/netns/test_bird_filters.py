"""BGPFilters and communities between a host and a real router: what passes, and what it looks like at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from . import routers
from .routers import Rack
from .waiting import until

NET: dict[str, Any] = {"cidr": "192.0.2.0/24"}
IN = {**NET, "matchOperator": "In"}
BLOCKS = ["10.65.0.0/26", "fd65::/122"]
COMMUNITY = "bgp_community.add((64513, 7));"


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rack]:
    with routers.rack(tmp_path_factory.mktemp("filters"), 253, 254) as made:
        made.world.cable(made.host.space, "cali0", made.world.space("workload"), "eth0")
        made.host.space.ip("link set cali0 up")
        yield made


def configure(rack: Rack, *resources: dict[str, Any], number: int = 254, **rules: Any) -> None:
    """A session with a router, of either kind of rules in both families."""
    spec = {f"{way}V{version}": rules[way] for way in rules for version in (4, 6)}
    documents = [{"kind": "BGPFilter", "metadata": {"name": "f"}, "spec": spec}, *resources]
    rack.configure(*documents, *routers.peers(number, filters=["f"]), affinities={routers.HOST: BLOCKS})
    routers.established(rack, number)


def arrives(rack: Rack, *destinations: str) -> None:
    for destination in destinations:
        until(lambda wanted=destination: rack.host.route(wanted))


@pytest.mark.parametrize(
    ("rule", "passing", "rejected"),
    [
        pytest.param({**NET, "matchOperator": "Equal"}, "192.0.2.0/25", "192.0.2.0/24", id="Equal"),
        pytest.param({**NET, "matchOperator": "NotEqual"}, "192.0.2.0/24", "192.0.2.0/25", id="NotEqual"),
        pytest.param({**NET, "matchOperator": "In"}, "198.51.100.0/24", "192.0.2.0/25", id="In"),
        pytest.param({**NET, "matchOperator": "NotIn"}, "192.0.2.0/25", "198.51.100.0/24", id="NotIn"),
        pytest.param({**IN, "prefixLength": {"min": 25}}, "192.0.2.0/24", "192.0.2.0/25", id="a least length"),
        pytest.param({**IN, "prefixLength": {"min": 8, "max": 24}}, "192.0.0.0/16", "192.0.2.0/24", id="a short one"),
        pytest.param({"asPathPrefix": [64513, 65001]}, "192.0.2.0/24", "203.0.113.0/24", id="AS path"),
        pytest.param({"communities": {"values": ["65001:1"]}}, "192.0.2.0/24", "203.0.113.0/24", id="community"),
        pytest.param({"communities": {"values": ["1:2:3"]}}, "192.0.2.0/24", "203.0.113.0/24", id="large community"),
    ],
)  # fmt: skip
def test_import_rules(rule: dict[str, Any], passing: str, rejected: str, rack: Rack) -> None:
    """The routes of 203.0.113.0/24 come with a path and communities, the others without."""
    more = "if net ~ [ 203.0.113.0/24+ ] then { bgp_path.prepend(65001); bgp_community.add((65001, 1)); "
    more += "bgp_large_community.add((1, 2, 3)); }"
    routes = ["192.0.0.0/16", "192.0.2.0/24", "192.0.2.0/25", "198.51.100.0/24", "203.0.113.0/24"]
    rack.routers[254].configure(*routes, tell=more)
    spec = {"importV4": [{**rule, "action": "Reject"}]}
    rack.configure({"kind": "BGPFilter", "metadata": {"name": "f"}, "spec": spec}, *routers.peers(254, filters=["f"]))
    until(lambda: rack.host.route(passing) and not rack.host.route(rejected))


def test_an_interface_and_the_kind_of_peer(rack: Rack) -> None:
    rack.routers[254].configure("192.0.2.0/24", "198.51.100.0/24", "2001:db8:1::/48")
    for rule in ({"peerType": "iBGP"}, {"interface": "wlan*"}):
        configure(rack, **{"import": [{**rule, "action": "Reject"}]})
        arrives(rack, "192.0.2.0/24", "2001:db8:1::/48")
    for rule in ({"peerType": "eBGP"}, {"source": "RemotePeers"}):
        configure(rack, **{"import": [{**rule, "action": "Reject"}]})
        until(lambda: not rack.host.route("192.0.2.0/24") and not rack.host.route("2001:db8:1::/48"))


def test_what_an_import_rule_changes(rack: Rack) -> None:
    rack.routers[254].configure("192.0.2.0/24", "2001:db8:1::/48", tell=COMMUNITY)
    changes = [
        {"addCommunity": {"value": "64512:1"}},
        {"addCommunity": {"value": "64512:1:2"}},
        {"prependASPath": {"prefix": [65001, 65002]}},
        {"setPriority": {"value": 512}},
    ]
    configure(rack, **{"import": [{"action": "Accept", "operations": changes}]})
    for destination in ("192.0.2.0/24", "2001:db8:1::/48"):
        route = until(lambda wanted=destination: routers.routes(rack.host.bird, wanted), lambda text: "65002" in text)
        assert "BGP.as_path: 65001 65002 64513" in route
        assert "BGP.community: (64513,7) (64512,1)" in route
        assert "BGP.large_community: (64512, 1, 2)" in route
        # A raised priority is the kernel's metric, before the agent's 1024.
        until(lambda wanted=destination: (rack.host.route(wanted) or {}).get("metric") == 512)


def test_what_an_export_rule_changes_and_withholds(rack: Rack) -> None:
    rack.routers[254].configure()
    add = {"addCommunity": {"value": "64512:9"}}
    prepend = {"prependASPath": {"prefix": [64512, 64512]}}
    accept = {"action": "Accept", "operations": [add, prepend]}
    configure(rack, export=[{"source": "RemotePeers", "action": "Reject"}, accept])
    for block in BLOCKS:
        text = until(lambda wanted=block: rack.routers[254].route(wanted), lambda text: "(64512,9)" in text)
        assert "BGP.as_path: 64512 64512 64512" in text
    configure(rack, export=[{"action": "Reject"}])
    for block in BLOCKS:
        until(lambda wanted=block: not rack.routers[254].route(wanted))


def test_an_export_rule_hands_on_what_another_router_told_only_if_it_says_so(rack: Rack) -> None:
    """Decision 0010: a rule that accepts a pool must not make every host announce every block."""
    rack.routers[253].configure("10.65.9.0/26", as_number=64600)
    rack.routers[254].configure()
    learned = routers.peers(253, asNumber=64600)
    within = {"cidr": "10.65.0.0/16", "matchOperator": "In", "action": "Accept"}
    for rule, is_handed_on in ((within, False), ({**within, "source": "RemotePeers"}, True)):
        spec = {"exportV4": [rule, {"action": "Reject", "peerType": "iBGP"}]}
        filters = {"kind": "BGPFilter", "metadata": {"name": "f"}, "spec": spec}
        rack.configure(filters, *learned, *routers.peers(254, filters=["f"]), affinities={routers.HOST: BLOCKS})
        routers.established(rack, 253, 254)
        arrives(rack, "10.65.9.0/26")
        until(lambda: rack.routers[254].route("10.65.0.0/26"))
        until(lambda wanted=is_handed_on: bool(rack.routers[254].route("10.65.9.0/26")) is wanted)


def test_communities_of_what_is_announced(rack: Rack) -> None:
    rack.routers[254].configure()
    advertisements = [
        {"cidr": "10.65.0.0/16", "communities": ["blue", "64512:2"]},
        {"cidr": "10.65.0.0/25", "communities": ["64512:1:4294967295"]},
        {"cidr": "fd65::/48", "communities": ["blue"]},
    ]
    spec = {"communities": [{"name": "blue", "value": "64512:1"}], "prefixAdvertisements": advertisements}
    settings = {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": spec}
    affinities = {routers.HOST: [*BLOCKS, "10.65.1.0/26"]}
    rack.configure(settings, *routers.peers(254), affinities=affinities)
    rack.host.workload("10.65.7.7/32")
    wanted = {
        "10.65.0.0/26": ["(64512,1) (64512,2)", "(64512, 1, 4294967295)"],
        "10.65.1.0/26": ["(64512,1) (64512,2)"],
        "10.65.7.7/32": ["(64512,1) (64512,2)"],
        "fd65::/122": ["(64512,1)"],
    }
    for destination, texts in wanted.items():
        shown = until(lambda wanted=destination: rack.routers[254].route(wanted), lambda text: "(64512,1)" in text)
        assert all(text in shown for text in texts)
        assert ("large_community" in shown) == (destination == "10.65.0.0/26")


def test_a_pool_that_is_not_exported_is_announced_by_a_filter_only(rack: Rack) -> None:
    rack.routers[254].configure()
    hidden = {
        "kind": "IPPool",
        "metadata": {"name": "hidden"},
        "spec": {"cidr": "10.66.0.0/16", "disableBGPExport": True},
    }
    affinities = {routers.HOST: [*BLOCKS, "10.66.0.0/26"]}
    rack.configure(hidden, *routers.peers(254), affinities=affinities)
    routers.established(rack, 254)
    until(lambda: rack.routers[254].route("10.65.0.0/26"))
    assert not rack.routers[254].route("10.66.0.0/26")
    allowed = {"cidr": "10.66.0.0/16", "matchOperator": "In", "action": "Accept"}
    some = {"kind": "BGPFilter", "metadata": {"name": "f"}, "spec": {"exportV4": [allowed]}}
    rack.configure(hidden, some, *routers.peers(254, filters=["f"]), affinities=affinities)
    until(lambda: rack.routers[254].route("10.66.0.0/26"))
