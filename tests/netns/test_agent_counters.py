"""What the rules of a host have met: counted by its kernel, told by the real agent and by calicoctl."""

import pytest

from tests.states import records, states

from . import processes, traffic
from .hosts import Host
from .traffic import Place

SERVER = "role == 'server'"
TO_80 = {"protocol": "TCP", "destination": {"ports": [80]}}
TO_81 = {"protocol": "TCP", "destination": {"ports": [81]}}
RECORDS = (
    records.network("frontend"),
    records.endpoint(1, labels={"role": "client"}),
    records.endpoint(2, labels={"role": "server"}, ports=[{"name": "web", "protocol": "TCP", "port": 80}]),
    records.raw(
        "StagedGlobalNetworkPolicy",
        "rehearsal",
        {
            "order": 1,
            "selector": SERVER,
            "ingress": [{"action": "Log"}, {"action": "Allow", **TO_80}, {"action": "Deny", **TO_81}],
        },
    ),
    records.policy(
        "server",
        order=2,
        selector=SERVER,
        ingress=[
            # A packet to port 80 matches in both ways to say it, and is logged once.
            {"action": "Log", "protocol": "TCP", "destination": {"ports": [80, "web"]}},
            {"action": "Allow", "protocol": "TCP", "source": {"selector": "role == 'client'"}},
        ],
    ),
)


@pytest.fixture
def places(host: Host, agent: processes.Agent, etcd: processes.Etcd) -> tuple[Place, Place]:
    """Two containers, programmed."""
    found = host.container(1), host.container(2)
    agent.start()
    revision = etcd.put(*RECORDS)
    for number in (1, 2):
        assert agent.wait(records.endpoint(number), revision) is None
    return found


def connect(places: tuple[Place, Place], *ports: int) -> list[bool]:
    """One connection to each port, over both IP versions."""
    source, target = places
    with traffic.listening(target, *ports):
        return traffic.reaching(
            [(source.space, target.addresses[version], port) for port in ports for version in (4, 6)]
        )


def test_each_first_packet_is_counted_at_the_rules_that_it_met(
    agent: processes.Agent, places: tuple[Place, Place]
) -> None:
    assert connect(places, 80, 81, 82) == [True] * 6
    rules = {
        (row["kind"], row["name"], row["rule"]): row["packets"]
        for row in agent.counters()["rules"]
        if row["direction"] == "ingress" and row["kind"] != "Profile"
    }
    assert rules == {
        ("StagedGlobalNetworkPolicy", "rehearsal", 0): 6,  # counted, not logged
        ("StagedGlobalNetworkPolicy", "rehearsal", 1): 2,
        ("StagedGlobalNetworkPolicy", "rehearsal", 2): 2,  # nothing is denied
        ("StagedGlobalNetworkPolicy", "rehearsal", None): 2,
        ("GlobalNetworkPolicy", "server", 0): 2,
        ("GlobalNetworkPolicy", "server", 1): 6,
    }


def test_what_is_dropped_is_counted_with_its_reason(agent: processes.Agent, places: tuple[Place, Place]) -> None:
    one, two = places
    before = _drops(agent)
    traffic.datagram(one.space, "203.0.113.7", two.addresses[4], 7)
    traffic.datagram(two.space, two.addresses[4], one.addresses[4], 7)
    traffic.datagram(one.space, one.addresses[4], two.addresses[4], 7)
    after = _drops(agent)
    new = {reason: after[reason] - before.get(reason, 0) for reason in after if after[reason] != before.get(reason)}
    # Containers also send multicast reports of their own, without an address.
    assert new.pop("source address is not the interface's") >= 1
    assert new == {"tier default ends in Deny": 1}


def _drops(agent: processes.Agent) -> dict[str, int]:
    return {row["reason"]: row["packets"] for row in agent.counters()["drops"]}


def test_calicoctl_tells_what_a_staged_policy_would_have_done(host: Host, places: tuple[Place, Place]) -> None:
    connect(places, 80, 81)
    told = host.space.run("python3", "-m", "calico_node.cli", "node", "counters").splitlines()
    assert told[0].split() == ["POLICY", "DIRECTION", "RULE", "ACTION", "PACKETS", "BYTES"]
    rows = [line.split() for line in told]
    assert ["GlobalNetworkPolicy", "server", "ingress", "1", "Allow", "4"] in [row[:6] for row in rows]
    assert ["StagedGlobalNetworkPolicy", "rehearsal", "ingress", "2", "(Deny)", "2"] in [row[:6] for row in rows]
    assert (
        "  StagedGlobalNetworkPolicy rehearsal ingress: would have allowed 2, denied 2, passed on 0, left to others 0"
        in told
    )


def test_a_policy_that_does_not_change_goes_on_counting(
    agent: processes.Agent, etcd: processes.Etcd, places: tuple[Place, Place]
) -> None:
    connect(places, 80)
    other = records.policy("other", order=1, selector="all()", types=["Egress"], egress=states.ALLOW)
    revision = etcd.put(other, records.endpoint(4, node="host2", labels={"role": "client"}))
    assert agent.wait(records.endpoint(1), revision) is None
    connect(places, 80)
    counted = [row["packets"] for row in agent.counters()["rules"] if (row["name"], row["rule"]) == ("server", 1)]
    assert counted == [4]
