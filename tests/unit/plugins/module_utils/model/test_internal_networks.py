"""Who reaches whom in an internal network, by the verdict: whatever else is open."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import internal_networks, profiles, verdict
from tests.states import records

from .verdict import words

OPEN = {"ingress": [{"action": "Allow"}], "egress": [{"action": "Allow"}]}
# Endpoint 1 and 2 are in the internal network, 3 is in another; 4 is in the same on a host where it is open.
INSIDE = {"calico.docker/network": "db", "calico.docker/internal": "db"}
EVERYTHING = [
    words.endpoint(1, labels=INSIDE, profiles=["db"]),
    words.endpoint(2, labels=INSIDE, profiles=["db"]),
    words.endpoint(3, labels={"calico.docker/network": "web"}, profiles=["web"]),
    words.endpoint(4, labels={"calico.docker/network": "db"}, profiles=["db"]),
    records.of(internal_networks.tier()),
    records.of(internal_networks.policy("db")),
    records.profile("web", **OPEN),
]
USUAL = [records.of(profiles.for_network("db"))]
OPENED = [records.profile("db", **OPEN), records.policy("everything", order=1, types=["Ingress", "Egress"], **OPEN)]


def passes(changes: list[records.Change], direction: str, packet: str) -> bool:
    snapshot = words.snapshot(*EVERYTHING, *changes)
    return verdict.at_endpoint(snapshot, words.key(1), direction, words.packet(packet)).allowed


@pytest.mark.parametrize("others", [USUAL, OPENED], ids=["as usual", "all open"])
@pytest.mark.parametrize(
    ("direction", "packet", "wanted"),
    [
        pytest.param("egress", "tcp 10.65.0.1#1000 > 10.65.0.2#80", True, id="to a container of the network"),
        pytest.param("egress", "tcp fd65::1#1000 > fd65::2#80", True, id="to it, IPv6"),
        pytest.param("egress", "tcp 10.65.0.1#1000 > 10.65.0.4#80", True, id="to one where the network is open"),
        pytest.param("egress", "tcp 10.65.0.1#1000 > 10.65.0.3#80", False, id="to another network"),
        pytest.param("egress", "tcp fd65::1#1000 > fd65::3#80", False, id="to another network, IPv6"),
        pytest.param("egress", "udp 10.65.0.1#1000 > 192.0.2.53#53", False, id="outside"),
        pytest.param("egress", "icmp 10.65.0.1 > 172.31.1.11 8/0", False, id="to a host"),
        pytest.param("ingress", "tcp 10.65.0.2#1000 > 10.65.0.1#80", True, id="from a container of the network"),
        pytest.param("ingress", "tcp 10.65.0.3#1000 > 10.65.0.1#80", False, id="from another network"),
        pytest.param("ingress", "tcp 192.0.2.1#1000 > 10.65.0.1#80", False, id="from outside"),
    ],
)
def test_an_internal_network_keeps_to_itself(
    others: list[records.Change], direction: str, packet: str, wanted: bool
) -> None:
    assert passes(others, direction, packet) is wanted


def test_policy_still_decides_within_the_network() -> None:
    rules: list[dict[str, Any]] = [{"action": "Allow", "protocol": "TCP", "destination": {"ports": [5432]}}]
    own = records.policy("db", selector="calico.docker/network == 'db'", types=["Ingress"], ingress=rules)
    assert passes([*USUAL, own], "ingress", "tcp 10.65.0.2#1000 > 10.65.0.1#5432")
    assert not passes([*USUAL, own], "ingress", "tcp 10.65.0.2#1000 > 10.65.0.1#22")


def test_an_earlier_policy_of_the_tier_may_make_an_exception() -> None:
    spec = {"tier": internal_networks.TIER, "order": 1, "selector": "all()", "types": ["Ingress"]}
    exception = records.policy("monitoring", ingress=OPEN["ingress"], **spec)
    assert passes([*USUAL, exception], "ingress", "tcp 192.0.2.1#1000 > 10.65.0.1#80")
