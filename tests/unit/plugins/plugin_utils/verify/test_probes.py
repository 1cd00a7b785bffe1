"""Which containers ping each other, and what is said of those that do not hear."""

import json
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.filter import verify
from ansible_collections.calico.docker.plugins.plugin_utils.verify import probes
from tests.unit.plugins.plugin_utils.verify import fleet

HOST, OTHER = "rack1-host1", "rack2-host1"


def racks(**sizes: int) -> dict[str, dict[str, Any]]:
    return {f"{rack}-host{number}": {"calico_rack": rack} for rack, size in sizes.items() for number in range(size)}


def test_each_pair_of_racks_pings_once_and_each_rack_inside() -> None:
    hosts = racks(a=2, b=2, c=1)
    found = probes.pairs(hosts, list(hosts), 30)
    met = sorted("".join(sorted(f"{one[0]}{other[0]}")) for one, other in found)
    assert met == ["aa", "ab", "ac", "bb", "bc"]
    assert {name for pair in found for name in pair} == set(hosts)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 8])
def test_hosts_without_racks_ping_each_other(count: int) -> None:
    hosts: dict[str, dict[str, Any]] = {f"host{number}": {} for number in range(count)}
    found = probes.pairs(hosts, list(hosts), 1000)
    assert len({frozenset(pair) for pair in found}) == len(found) == count * (count - 1) // 2


def test_a_small_limit_still_lets_every_host_take_part() -> None:
    hosts: dict[str, dict[str, Any]] = {f"host{number:02}": {} for number in range(20)}
    found = probes.pairs(hosts, list(hosts), 20)
    assert len(found) == 20
    assert {name for pair in found for name in pair} == set(hosts)


def inspected(*addresses: str) -> dict[str, Any]:
    names = ("IPAddress", "GlobalIPv6Address")
    return {"rc": 0, "stdout": json.dumps({"calico-verify": dict(zip(names, addresses, strict=False))})}


def test_a_host_pings_every_address_of_its_partners_that_have_a_container() -> None:
    hosts = fleet.healthy("tor_ebgp")
    hosts[HOST]["verify_addresses"] = inspected("10.65.0.1", "fd65::1")
    hosts[OTHER]["verify_addresses"] = inspected("10.65.0.129", "fd65::81")
    hosts["rack1-host2"]["verify_addresses"] = {"skipped": True}
    assert verify.verify_targets(hosts, fleet.HOSTS, HOST, 30) == [[OTHER, "10.65.0.129"], [OTHER, "fd65::81"]]
    assert verify.verify_targets(hosts, fleet.HOSTS, OTHER, 30) == []
    assert verify.verify_targets(hosts, fleet.HOSTS, HOST, 0) == []


def told(started: dict[str, Any], *pings: dict[str, Any], own: str = "10.65.0.1") -> tuple[list[str], list[str]]:
    """The probes that went well, and the complaints."""
    hosts = fleet.healthy()
    hosts[HOST] |= {"verify_started": started, "verify_addresses": inspected(own), "verify_pings": {"results": pings}}
    found = [row for row in fleet.rows_of(hosts) if "container" in row.check]
    return [row.differs for row in found if row.state == "ok"], fleet.complaints(hosts)


def test_a_ping_that_is_heard_is_a_row_and_one_that_is_not_says_what_to_look_at() -> None:
    heard = {"item": [OTHER, "10.65.0.129"], "rc": 0}
    lost = {"item": [OTHER, "fd65::81"], "rc": 1, "stdout": "3 packets transmitted, 0 received"}
    well, (text,) = told({"rc": 0}, heard, lost)
    assert well == ["10.65.0.1", "10.65.0.129"]
    assert text.startswith(f"{HOST}: ping of {OTHER}'s container: fd65::81 does not answer; ")
    assert "does policy let network calico-verify ping?" in text
    assert text.endswith("ping says: 3 packets transmitted, 0 received")


def test_an_image_that_is_not_there_is_told_with_all_ways_out() -> None:
    _heard, (text,) = told({"rc": 125, "stderr": "docker: Error response from daemon:\nNo such image: busybox:latest."})
    assert text.startswith(f"{HOST}: probe container: docker pull the image, name another in calico_verify_image")
    assert "No such image: busybox:latest." in text


def test_a_container_that_does_not_start_says_why() -> None:
    _heard, complaints = told({"rc": 125, "stderr": "Error response from daemon: calico: no free address"})
    assert complaints == [
        f"{HOST}: probe container: it did not start: Error response from daemon: calico: no free address"
    ]


def test_a_container_that_is_gone_again_is_no_container() -> None:
    well, (text,) = told({"rc": 0, "stdout": "3f0c"}, own="")
    assert well == []
    assert text == f"{HOST}: probe container: it has no address: did it end at once? 3f0c"


def test_without_probes_there_is_no_row() -> None:
    assert told({"skipped": True}) == ([], [])
