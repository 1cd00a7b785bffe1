"""The other end: what FRR and BIRD on a router under Ansible print, and what is said of it."""

import json
from typing import Any

import pytest

from tests.unit.plugins.plugin_utils.fabric import inventories
from tests.unit.plugins.plugin_utils.verify import fleet

ROUTERS = inventories.GROUPS["calico_router"]
HOSTS = ("rack1-host1", "rack1-host2")
PEERS = [fleet.address(name, version) for name in HOSTS for version in (4, 6)]
UP = {"bgpState": "Established"}


def frr(**changes: dict[str, Any]) -> str:
    """As ``show bgp neighbors json``; a change is named by the position of the peer."""
    told = {peer: changes.get(f"peer{number}", UP) for number, peer in enumerate(PEERS)}
    return json.dumps({"vrfId": 0, **told})


def bird(state: str = "Established", error: str = "") -> str:
    """As birdc prints ``show protocols all``; the first peer is in ``state``."""
    parts = [
        "Name       Proto      Table      State  Since         Info\ndevice1    Device     ---        up     18:00:00\n"
    ]
    for number, peer in enumerate(PEERS):
        parts.append(
            f"host{number}     BGP        ---        up     2026-11-24    Established\n"
            f"  BGP state:          {'Established' if number else state}\n    Neighbor address: {peer}\n"
        )
        if number == 0 and error:
            parts.append(f"    Last error:       {error}\n")
    return "BIRD 2.17.6 ready.\n" + "\n".join(parts)


def routes() -> list[dict[str, Any]]:
    own = [(block, fleet.address(name, 6 if ":" in block else 4)) for name in HOSTS for block in fleet.BLOCKS[name]]
    away = [(block, "198.51.100.2" if ":" not in block else "2001:db8::2") for block in fleet.BLOCKS["rack2-host1"]]
    return [{"dst": block, "gateway": gateway, "dev": "eth0"} for block, gateway in own + away]


def complaints(stdout: str, platform: str = "frr", kernel: list[dict[str, Any]] | None = None) -> list[str]:
    hosts = fleet.healthy("tor_ebgp")
    hosts["tor1"] |= {
        "calico_router_platform": platform,
        "calico_router_manage": True,
        "verify_router": {"rc": 0, "stdout": stdout},
        "verify_routes": fleet.kernel(*(routes() if kernel is None else kernel)),
    }
    return fleet.complaints(hosts, [*fleet.HOSTS, *ROUTERS])


@pytest.mark.parametrize(("platform", "stdout"), [("frr", frr()), ("bird", bird())])
def test_a_router_that_is_well_has_no_complaint(platform: str, stdout: str) -> None:
    assert complaints(stdout, platform) == []


def test_frrs_last_word_is_given_for_a_session_that_is_down() -> None:
    down = {
        "bgpState": "Idle",
        "lastResetDueTo": "BGP Notification send",
        "lastNotificationReason": "Cease/Maximum Number of Prefixes Reached",
    }
    (text,) = complaints(frr(peer0=down))
    assert text.startswith("tor1: BGP sessions: with 172.31.1.11 (host rack1-host1) not Established: Idle; ")
    assert "the router's last word is: BGP Notification send, Cease/Maximum Number of Prefixes Reached; " in text


def test_birds_last_error_is_given_for_a_session_that_is_down() -> None:
    (text,) = complaints(bird("Active", "BGP Error: Bad peer AS"), "bird")
    assert "with 172.31.1.11 (host rack1-host1) not Established: Active; " in text
    assert "the router's last word is: BGP Error: Bad peer AS" in text


def test_a_session_without_an_error_asks_for_both_ends() -> None:
    (text,) = complaints(frr(peer0={"bgpState": "Connect"}))
    assert text.endswith("the router gives no reason; do address, AS number and password agree at both ends?")


def test_a_session_that_somebody_shut_down_says_so() -> None:
    (text,) = complaints(frr(peer0={"bgpState": "Idle", "adminShutDown": True, "lastResetDueTo": "BFD down received"}))
    assert text.endswith("(host rack1-host1) is shut down at the router by its administrator")


def test_a_neighbour_that_the_router_does_not_know_is_told() -> None:
    told = json.loads(frr())
    del told[PEERS[0]]
    (text,) = complaints(json.dumps(told))
    assert text.endswith("with 172.31.1.11 (host rack1-host1) is not configured: run calico.docker.fabric")


def test_a_router_whose_bgp_does_not_run_says_what_it_said() -> None:
    hosts = fleet.healthy("tor_ebgp")
    hosts["tor1"] |= {
        "verify_router": {"rc": 1, "stdout": "", "stderr": "bgpd is not running"},
        "verify_routes": fleet.kernel(*routes()),
    }
    assert fleet.complaints(hosts, [*fleet.HOSTS, "tor1"]) == [
        "tor1: BGP sessions: frr tells no sessions: bgpd is not running"
    ]


def test_a_router_that_ansible_does_not_reach_has_one_row() -> None:
    hosts = fleet.healthy("tor_ebgp")
    hosts["tor1"] |= {"verify_router": {"unreachable": True, "msg": "timed out"}}
    assert fleet.complaints(hosts, [*fleet.HOSTS, "tor1"]) == [
        "tor1: answers: Ansible does not reach the router: timed out"
    ]


@pytest.mark.parametrize(
    ("block", "gateway", "words"),
    [
        pytest.param("10.65.0.0/26", None, "block 10.65.0.0/26 of rack1-host1: no route", id="missing, of its rack"),
        pytest.param("fd65::80/122", None, "block fd65::80/122 of rack2-host1: no route", id="missing, of another"),
        pytest.param("10.65.0.0/26", "172.31.1.12", "leads to 172.31.1.12, must lead to 172.31.1.11", id="wrong host"),
    ],
)
def test_routes_are_asked_for_at_this_end_too(block: str, gateway: str | None, words: str) -> None:
    kernel = [route for route in routes() if route["dst"] != block]
    kernel += [{"dst": block, "gateway": gateway, "dev": "eth0"}] if gateway else []
    (text,) = complaints(frr(), kernel=kernel)
    assert text.startswith("tor1: routes to blocks: ")
    assert words in text
