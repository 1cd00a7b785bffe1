"""Promises 4 and 5 in a real kernel: one transaction, nothing foreign touched, drift mended, nothing left behind."""

import dataclasses
import itertools
import pathlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder
from calico_node.agent.order import Order
from calico_node.calc import hosts as calc_hosts
from calico_node.dataplane import errors, nft
from calico_node.render import nft as render_nft
from calico_node.render import tables
from tests.states import records, rules, states

from .hosts import Host
from .inside import inside

TWO_NETWORKS = states.STATES["two networks"]
FOREIGN = """
table ip nat {
  chain postrouting { type nat hook postrouting priority srcnat; oifname "eth9" masquerade; }
}
table inet other {
  set s { type ipv4_addr; elements = { 10.65.0.1 }; }
  chain forward { type filter hook forward priority 10; ip saddr @s counter accept; }
}
table inet calico2 {
  chain forward { type filter hook forward priority 0; }
}
"""


def ruleset(host: Host) -> str:
    return host.space.run("nft", "-s", "list", "ruleset")


def ours(host: Host) -> str:
    return host.space.run("nft", "-s", "list", "table", "inet", "calico")


def foreign(host: Host) -> str:
    """All other tables; those that iptables makes are for iptables' own test."""
    tables_there = [line.split()[1:] for line in host.space.run("nft", "list", "tables").splitlines()]
    named = [table for table in tables_there if table[1] not in ("calico", "filter")]
    return "".join(host.space.run("nft", "-s", "list", "table", *table) for table in named)


def generation(host: Host) -> int:
    """The number of transactions that nftables has carried out in this namespace, whoever sent them."""
    return int(host.space.run("python3", "-c", _GENERATION))


# NFT_MSG_GETGEN (16 of subsystem 10): a header and an empty nfgenmsg; the answer's first attribute is NFTA_GEN_ID.
_GENERATION = """
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
s.bind((0, 0))
s.send(struct.pack("=IHHIIBBH", 20, 10 << 8 | 16, 1, 1, 0, 0, 0, 0))
print(struct.unpack_from(">I", s.recv(4096), 24)[0])
"""


@pytest.mark.parametrize("name", states.STATES)
def test_the_kernel_lists_exactly_what_was_wanted(host: Host, name: str) -> None:
    host.apply(states.STATES[name])
    wanted = tables.table(calc_hosts.calculate(snapshot_builder.build(states.STATES[name], 1), "host1"))
    with inside(host.space):
        assert host.drivers.nft.read() == wanted


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules.ANY)
def test_the_kernel_takes_any_valid_rule_and_lists_it_as_it_was_wanted(host: Host, found: list[dict[str, Any]]) -> None:
    endpoint = records.endpoint(5, labels={"role": "web"}, ports=[{"name": "web", "protocol": "TCP", "port": 80}])
    policy = records.policy("any", selector="all()", ingress=found, egress=found)
    changes = (*TWO_NETWORKS, endpoint, policy)
    host.apply(changes)
    with inside(host.space):
        assert host.drivers.nft.read() == tables.table(
            calc_hosts.calculate(snapshot_builder.build(changes, 1), "host1")
        )


def test_promise_1_each_state_after_each_other_one_gives_the_same_table(host: Host) -> None:
    """Only the table counts here, so no time is spent on the connections of who left."""
    host.order = Order("host1", dataclasses.replace(host.drivers, forget=lambda _addresses: ()))
    alone = {}
    for name, changes in states.STATES.items():
        host.space.succeeds("nft", "delete", "table", "inet", "calico")
        host.apply(changes, resync=True)
        alone[name] = table(host)
    walk = each_after_each(list(states.STATES))
    assert len(set(itertools.pairwise(walk))) == len(walk) - 1 == len(alone) * (len(alone) - 1)
    host.apply(states.STATES[walk[0]])
    for before, after in itertools.pairwise(walk):
        host.apply(states.STATES[after])
        assert table(host) == alone[after], f"{after} after {before}"


def table(host: Host) -> render_nft.Table | None:
    with inside(host.space):
        return host.drivers.nft.read()


def each_after_each(names: list[str]) -> list[str]:
    """A walk that comes to each after each other one, and never twice the same way."""
    left = {name: [other for other in names if other != name] for name in names}
    there, walk = names[:1], []
    while there:
        if ways := left[there[-1]]:
            there.append(ways.pop())
        else:
            walk.append(there.pop())
    return walk[::-1]


def test_the_kernel_takes_the_longest_names_that_there_are(host: Host) -> None:
    """With a comment that is too long libnftables would end this process."""
    names = {"tier": "a" * 253, "selector": "all()", "ingress": [{"action": "Log"}, {"action": "Deny"}]}
    state = (*TWO_NETWORKS, records.policy(f"{'b' * 126}.{'c' * 126}", **names))
    host.apply(state)
    with inside(host.space):
        assert host.drivers.nft.read() == tables.table(calc_hosts.calculate(snapshot_builder.build(state, 1), "host1"))


IN_IPV6 = ("::ffff:192.0.2.1", "::192.0.2.1")


def test_addresses_of_ipv4_in_ipv6_are_listed_as_they_were_wanted(host: Host) -> None:
    """nftables writes their end with dots, which Python does not in all versions."""
    nets = [f"{address}/{length}" for address in IN_IPV6 for length in (120, 128)]
    state = (
        records.network("frontend"),
        records.endpoint(1, addresses=[*records.default_addresses(1), *IN_IPV6]),
        records.network_set("mapped", *nets, labels={"kind": "set"}),
        records.policy("a", selector="all()", ingress=[{"action": "Allow", "source": {"selector": "has(kind)"}}]),
        records.policy(
            "b", selector="all()", egress=[{"action": "Allow", "destination": {"nets": [nets[1], "::ffff:0:0/96"]}}]
        ),
    )
    host.apply(state)
    before = generation(host)
    host.apply(state, resync=True)
    assert generation(host) == before


@pytest.mark.parametrize("name", states.STATES)
def test_promise_4_a_second_apply_writes_nothing_not_even_by_a_new_agent(host: Host, name: str) -> None:
    host.container(1)
    host.apply(states.STATES[name])
    before = generation(host)
    assert host.apply(states.STATES[name]).changes == []
    assert host.apply(states.STATES[name], resync=True).changes == []
    host.order = host.restarted()
    assert host.apply(states.STATES[name]).changes == []
    assert generation(host) == before


def test_promise_4_what_packets_meet_changes_in_one_transaction(host: Host) -> None:
    """What is new goes ahead of it, in another one, and what is left is removed by one behind it."""
    policies = [records.policy("p", selector="all()", ingress=[{"action": action}]) for action in ("Allow", "Deny")]
    allowed, denied = ((*TWO_NETWORKS, policy) for policy in policies)
    host.apply(allowed)
    before = generation(host)
    host.apply(denied)
    assert generation(host) == before + 1
    host.apply(states.STATES["tiers"])
    assert generation(host) == before + 4


def test_promise_4_foreign_tables_stay_as_they_are(host: Host, tmp_path: pathlib.Path) -> None:
    (tmp_path / "foreign.nft").write_text(FOREIGN)
    host.space.run("nft", "-f", str(tmp_path / "foreign.nft"))
    before = foreign(host)
    for changes in states.STATES.values():
        host.apply(changes)
        host.apply(changes, resync=True)
    with inside(host.space):
        host.drivers.nft.remove()
    assert foreign(host) == before
    assert host.space.succeeds("nft", "list", "table", "inet", "calico2")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param("flush chain inet calico forward", id="a base chain emptied"),
        pytest.param("insert rule inet calico forward accept", id="a rule put before ours"),
        pytest.param("add rule inet calico policy-in-db accept", id="a rule put after ours"),
        pytest.param("add rule inet calico to-workload counter", id="a harmless rule"),
        pytest.param("flush set inet calico sources4", id="a set emptied"),
        pytest.param('add element inet calico sources4 { "cali9" . 10.9.9.9 }', id="an element added"),
        pytest.param('add element inet calico sources4 { "cali9" . 10.9.9.9 comment "a/b" }', id="one with a comment"),
        pytest.param("flush map inet calico ingress", id="a verdict map emptied"),
        pytest.param('add element inet calico ingress { "cali9" : accept }', id="a verdict that we never use"),
        pytest.param("add chain inet calico foreign; add rule inet calico forward jump foreign", id="a chain added"),
        pytest.param("add set inet calico foreign { type ipv4_addr; flags interval; }", id="a set added"),
        pytest.param("add table inet calico { flags dormant; }", id="the table put out of force"),
        pytest.param("add counter inet calico foreign", id="an object of a kind that we never make"),
        pytest.param("delete table inet calico", id="the table deleted"),
        pytest.param("flush ruleset", id="everything deleted"),
        pytest.param("delete chain inet calico prerouting", id="a base chain deleted"),
        pytest.param(
            "delete chain inet calico prerouting; add chain inet calico prerouting "
            "{ type filter hook prerouting priority 0; policy accept; }",
            id="a base chain made anew in another place",
        ),
        pytest.param(
            "add chain inet calico prerouting { type filter hook prerouting priority raw; policy drop; }",
            id="a base chain's policy changed",
        ),
    ],
)
def test_promise_4_drift_in_our_table_is_mended(host: Host, damage: str) -> None:
    state = states.STATES["a policy opens one port"]
    host.apply(state)
    before = ours(host)
    host.space.run("nft", damage)
    assert host.apply(state).changes == []  # not looked at, thus not seen
    changes = host.apply(state, resync=True).changes
    assert any(change.startswith("table") for change in changes)
    assert sorted(ours(host).splitlines()) == sorted(before.splitlines())
    assert host.apply(state, resync=True).changes == []


def test_promise_4_an_edited_rule_is_mended(host: Host) -> None:
    state = states.STATES["a policy opens one port"]
    host.apply(state)
    before = ours(host)
    listed = host.space.run("nft", "-a", "list", "chain", "inet", "calico", "policy-in-db")
    handle = next(line.split()[-1] for line in listed.splitlines() if "5432" in line)
    host.space.run("nft", f"replace rule inet calico policy-in-db handle {handle} tcp dport 5433 counter accept")
    assert host.apply(state, resync=True).changes != []
    assert ours(host) == before


def test_an_apply_that_meets_drift_unawares_still_gets_there(host: Host) -> None:
    host.apply(TWO_NETWORKS)
    host.space.run("nft", "delete table inet calico")
    host.apply(states.STATES["tiers"])
    with inside(host.space):
        there = host.drivers.nft.read()
    assert there == tables.table(calc_hosts.calculate(snapshot_builder.build(states.STATES["tiers"], 1), "host1"))


def routes(host: Host, version: int) -> list[str]:
    return sorted(line.strip() for line in host.space.ip(f"-{version} route show proto 80").splitlines())


def test_routes_lead_to_the_endpoints_whose_interface_is_there(host: Host) -> None:
    host.container(1)
    outcome = host.apply(TWO_NETWORKS)
    assert routes(host, 4) == [f"10.65.0.1 dev cali{1:011x} scope link metric 1024"]
    assert [line.partition(" pref")[0] for line in routes(host, 6)] == [f"fd65::1 dev cali{1:011x} metric 1024"]
    assert outcome.programmed == {f"libnetwork/host1-libnetwork-libnetwork-{1:064x}"}


def test_a_route_comes_back_with_its_interface(host: Host) -> None:
    one = host.container(1)
    host.apply(TWO_NETWORKS)
    host.space.ip(f"link delete cali{1:011x}")
    assert host.apply(TWO_NETWORKS).programmed == frozenset()
    host.cable(one.space, f"cali{1:011x}")
    host.apply(TWO_NETWORKS, resync=True)
    assert len(routes(host, 4)) == len(routes(host, 6)) == 1


def test_routes_of_others_are_not_touched(host: Host) -> None:
    host.container(1)
    host.space.ip(f"route add 10.65.0.9 dev cali{1:011x} proto static")
    host.space.ip(f"route add 10.65.0.1 dev cali{1:011x} proto bird metric 2048")
    before = host.space.ip("route show")
    host.apply(TWO_NETWORKS)
    host.space.ip(f"route add 10.65.0.77 dev cali{1:011x} proto 80 metric 5")  # ours by its number, and not wanted
    host.apply(TWO_NETWORKS, resync=True)
    assert len(routes(host, 4)) == 1
    host.apply(())
    assert host.space.ip("route show") == before


class Refusing:
    """A libnftables that makes no transaction."""

    def run(self, *_commands: object) -> None:
        raise errors.DataplaneError("refused")

    def table(self) -> None:
        return None


def test_promise_3_without_policy_there_is_no_new_route(host: Host) -> None:
    host.container(1)
    working = host.order
    host.order = Order("host1", dataclasses.replace(host.drivers, nft=nft.NftDriver(Refusing())))
    outcome = host.attempt(TWO_NETWORKS)
    assert outcome.errors == ["table: refused"]
    assert outcome.programmed == frozenset()
    assert routes(host, 4) == []
    host.order = working
    host.apply(TWO_NETWORKS)
    assert len(routes(host, 4)) == 1


def test_interfaces_are_set_up_for_workloads(host: Host) -> None:
    one = host.container(1)
    host.space.ip(f"address flush dev cali{1:011x} scope link")
    host.apply(TWO_NETWORKS)
    values = host.space.run(
        "sysctl",
        "-n",
        *(f"net.{name}" for name in ("ipv4.ip_forward", "ipv6.conf.all.forwarding")),
        *(f"net.ipv4.conf.cali{1:011x}.{name}" for name in ("proxy_arp", "forwarding", "rp_filter")),
        *(f"net.ipv6.conf.cali{1:011x}.{name}" for name in ("forwarding", "accept_ra")),
    )
    assert values.split() == ["1", "1", "1", "1", "1", "1", "0"]
    assert "fe80::ecee:eeff:feee:eeee/64" in host.space.ip(f"-6 address show dev cali{1:011x}")
    assert one.space.succeeds("ping", "-n", "-c", "1", "-W", "1", "192.0.2.9")


def test_promise_5_removal_leaves_nothing_and_touches_nothing_else(host: Host) -> None:
    host.container(1)
    host.space.run("iptables", "-A", "FORWARD", "-i", "eth9", "-j", "DROP")
    host.space.run("iptables", "-N", "DOCKER-USER")
    host.space.run("iptables", "-I", "FORWARD", "-j", "DOCKER-USER")
    host.space.run("ip6tables", "-A", "FORWARD", "-i", "eth9", "-j", "DROP")
    before = ruleset(host), host.space.ip("route show"), host.space.ip("-6 route show")
    host.apply(TWO_NETWORKS)
    assert ruleset(host) != before[0]
    with inside(host.space):
        host.drivers.routes.remove()
        host.drivers.nft.remove()
        host.drivers.iptables.remove(host.drivers.families)
    assert (ruleset(host), host.space.ip("route show"), host.space.ip("-6 route show")) == before


def test_iptables_rules_come_back_and_follow_dockers_chain(host: Host) -> None:
    host.apply(TWO_NETWORKS)
    assert host.space.run("iptables", "-S", "DOCKER-USER").count("ACCEPT") == 2
    assert host.space.run("ip6tables", "-S", "FORWARD").count("--mark") == 2
    host.space.run("iptables", "-F", "DOCKER-USER")
    host.space.run("ip6tables", "-N", "DOCKER-USER")
    changes = host.apply(TWO_NETWORKS, resync=True).changes
    assert sum(change.startswith("iptables") for change in changes) == 4
    assert host.space.run("iptables", "-S", "DOCKER-USER").count("ACCEPT") == 2
    assert host.space.run("ip6tables", "-S", "DOCKER-USER").count("ACCEPT") == 2
    assert host.space.run("ip6tables", "-S", "FORWARD").count("mark") == 0


def test_an_address_that_another_route_holds_is_an_error_for_it_alone(host: Host) -> None:
    host.container(1)
    host.container(2)
    host.space.ip(f"route add 10.65.0.1 dev cali{2:011x} proto static metric 1024")
    outcome = host.attempt(TWO_NETWORKS)
    assert len(outcome.errors) == 1
    assert "add route 10.65.0.1/32" in outcome.errors[0]
    assert outcome.programmed == {f"libnetwork/host1-libnetwork-libnetwork-{2:064x}"}
    assert records.endpoint(1).key.rpartition("/")[2] not in outcome.programmed
