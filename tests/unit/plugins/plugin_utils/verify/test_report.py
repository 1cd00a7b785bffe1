"""What the play says of a fleet: nothing of one that is well; of what is not, what a person can act on."""

from typing import Any

import pytest

from tests.unit.plugins.plugin_utils.fabric import inventories
from tests.unit.plugins.plugin_utils.verify import fleet

HOST = "rack1-host1"


@pytest.mark.parametrize("preset", [None, *fleet.PRESETS])
def test_a_fleet_that_is_well_has_a_row_for_each_check_and_no_complaint(preset: str | None) -> None:
    found = fleet.rows_of(fleet.healthy(preset))
    assert fleet.complaints(fleet.healthy(preset)) == []
    assert [row.check for row in found if row.host == HOST] == [
        "datastore answers",
        "agent in sync",
        "Docker driver answers",
        "BIRD answers",
        "BGP sessions",
        "routes to blocks",
    ]
    assert {row.differs for row in found if row.check == "routes to blocks"} == {"4 as designed"}


def test_with_a_limit_only_hosts_inside_have_rows() -> None:
    hosts = fleet.healthy("mesh")
    for outside in ("rack1-host2", "rack2-host1"):
        hosts[outside] = {key: value for key, value in hosts[outside].items() if not key.startswith("verify_")}
    found = fleet.rows_of(hosts, [HOST])
    assert {row.host for row in found} == {HOST}
    assert fleet.complaints(hosts, [HOST]) == []


def test_what_was_not_asked_has_no_row() -> None:
    hosts = fleet.healthy()
    for name in fleet.HOSTS:
        skipped = {"skipped": True}
        hosts[name]["verify_routes"] = {"results": [{**skipped, "item": 4}, {**skipped, "item": 6}]}
        hosts[name]["verify_sessions"] = skipped
        del hosts[name]["verify_usage"], hosts[name]["verify_resources"]
    checks = {row.check for row in fleet.rows_of(hosts)}
    assert checks == {"agent in sync", "Docker driver answers", "BIRD answers"}


def told(status: dict[str, Any]) -> list[str]:
    hosts = fleet.healthy()
    hosts[HOST]["verify_status"] = status
    return fleet.complaints(hosts)


def test_a_host_that_ansible_does_not_reach_has_one_row() -> None:
    (text,) = told({"unreachable": True, "msg": "Connection refused"})
    assert text == "rack1-host1: answers: Ansible does not reach the host: Connection refused"


def test_a_host_whose_python_fails_says_what_it_said() -> None:
    (text,) = told({"failed": False, "msg": "MODULE FAILURE", "module_stderr": "python3: not found"})
    assert text == "rack1-host1: answers: module node_status failed: python3: not found"


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (
            "calico-agent: it does not reach the datastore",
            "agent in sync: it does not reach the datastore; see: systemctl status calico-agent",
        ),
        (
            "calico-agent: nft: table is not ours",
            "agent in sync: nft: table is not ours; see: systemctl status calico-agent",
        ),
        (
            "calico-libnetwork: nobody answers at calico.sock",
            "Docker driver answers: nobody answers at calico.sock; see: systemctl status calico-libnetwork",
        ),
        (
            "calico-bird: nobody answers at /run/calico/bird.ctl",
            "BIRD answers: nobody answers at /run/calico/bird.ctl; see: systemctl status calico-bird",
        ),
    ],
)
def test_a_service_that_is_not_well_is_named_with_the_way_to_its_log(problem: str, text: str) -> None:
    assert told({"problems": [problem], "status": {}}) == [f"{HOST}: {text}"]


def test_what_the_agent_could_not_do_for_others_faults_is_told_too() -> None:
    status = {
        "warnings": ["BGPPeer tor: password bgp.tor is not known to this host"],
        "skipped": [{"endpoint": "libnetwork/web", "reason": "no such interface"}],
        "invalid": [{"key": "/calico/x", "reason": "spec.order: must be a number"}],
    }
    assert told({"problems": [], "status": status}) == [
        f"{HOST}: agent in sync: BGPPeer tor: password bgp.tor is not known to this host",
        f"{HOST}: agent in sync: endpoint libnetwork/web is not programmed: no such interface",
        f"{HOST}: agent in sync: record /calico/x is not valid: spec.order: must be a number",
    ]


def test_a_member_of_the_datastore_that_is_away_is_named_and_another_tells_the_blocks() -> None:
    hosts = fleet.healthy()
    for name in fleet.HOSTS:
        for part in ("verify_usage", "verify_resources"):
            away = {"item": "rack2-host1", "msg": "no answer within 5 s"}
            hosts[name][part] = {"results": [away, *hosts[name][part]["results"]]}
    assert fleet.complaints(hosts) == [
        "rack2-host1: datastore answers: no answer within 5 s; see: systemctl status etcd"
    ]


def test_without_a_datastore_routes_are_not_taken_for_right() -> None:
    hosts = fleet.healthy()
    for name in fleet.HOSTS:
        hosts[name] |= {"verify_usage": {"skipped": True, "results": []}, "verify_resources": {"skipped": True}}
    hosts["tor1"]["verify_router"] = {"rc": 0, "stdout": "{}"}
    found = fleet.complaints(hosts, [*fleet.HOSTS, "tor1"])
    assert [text.partition(" (")[0] for text in found] == [
        *(
            f"{name}: routes to blocks: not checked: no host of group etcd told Nodes and blocks"
            for name in fleet.HOSTS
        ),
        "tor1: BGP sessions: not checked: no host of group etcd told Nodes and blocks",
    ]


def test_a_router_that_is_not_ours_is_told_as_not_asked() -> None:
    hosts = fleet.healthy("tor_ebgp")
    hosts["tor1"]["verify_router"] = {"skipped": True}  # nor is tor2, of which nothing was seen with other tags
    found = fleet.rows_of(hosts, [*fleet.HOSTS, *inventories.GROUPS["calico_router"]])
    assert [(row.host, row.state) for row in found if row.host.startswith("tor")] == [("tor1", "skipped")]
    assert fleet.complaints(hosts, [*fleet.HOSTS, "tor1"]) == []
