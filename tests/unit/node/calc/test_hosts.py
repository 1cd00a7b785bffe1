"""A host's desired state: its endpoints, the rules in use, and whom these mean."""

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import profiles, snapshot_builder
from calico_node.calc import hosts, matches, rulesets
from tests.states import records, states


def state(*changes: records.Change) -> hosts.HostState:
    return hosts.calculate(snapshot_builder.build(changes, 1), "host1")


def name(number: int) -> str:
    return f"libnetwork/host1-libnetwork-libnetwork-{number:064x}"


def addresses(found: hosts.HostState) -> dict[str, tuple[set[str], set[str]]]:
    return {
        selection.text: (set(families[4]), set(families[6])) for selection, families in found.members.addresses.items()
    }


def test_only_the_hosts_own_endpoints_are_there_but_the_others_are_members() -> None:
    found = state(*states.STATES["one network, one neighbour elsewhere"])
    assert list(found.endpoints) == [f"cali{1:011x}"]
    assert addresses(found) == {
        'calico.docker/network == "frontend"': ({"10.65.0.1", "10.65.0.4"}, {"fd65::1", "fd65::4"})
    }


def test_a_host_whose_name_is_the_beginning_of_another_is_not_it() -> None:
    found = state(records.network("frontend"), records.endpoint(1, node="host1-a"), records.endpoint(2, node="host10"))
    assert found.endpoints == {}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(records.endpoint(5, interface="eth0"), "interface eth0 is not ours", id="another interface"),
        pytest.param(records.endpoint(5, interface="cali"), "interface cali is not ours", id="the bare prefix"),
        pytest.param(records.endpoint(5, addresses=[""][:0]), "has no ipNetworks", id="no address"),
        pytest.param(
            records.endpoint(5, interface=f"cali{1:011x}"), f"interface cali{1:011x} belongs to", id="interface twice"
        ),
        pytest.param(
            records.endpoint(5, addresses=["10.65.0.1", "fd65::5"]), "address 10.65.0.1 belongs to", id="address twice"
        ),
    ],
)
def test_what_cannot_be_programmed_says_why(change: records.Change, reason: str) -> None:
    found = state(records.network("frontend"), records.endpoint(1), change)
    if "ipNetworks" in reason:
        found = state(records.network("frontend"), records.endpoint(1), _without_addresses())
    assert list(found.endpoints) == [f"cali{1:011x}"]
    assert found.skipped[name(5)].startswith(reason)


def _without_addresses() -> records.Change:
    change = records.endpoint(5)
    return records.Change(change.key, (change.value or b"").replace(b'"ipNetworks"', b'"unused"'))


def test_policies_and_profiles_that_guard_nobody_here_take_no_part() -> None:
    found = state(
        *states.STATES["two networks"],
        records.network("elsewhere"),
        records.policy("others", selector="role == 'db'", ingress=[{"action": "Allow", "source": {"selector": "a"}}]),
    )
    assert set(found.profiles) == {"frontend", "backend"}
    assert found.policies == {}


def test_promise_3_a_profile_that_is_missing_or_invalid_denies() -> None:
    found = state(records.profile("bad", ingress="all"), records.endpoint(1, networks=["bad", "missing"]))
    assert {name: (one.ingress, one.egress) for name, one in found.profiles.items()} == dict.fromkeys(
        ("bad", "missing"), ((matches.DENY,), (matches.DENY,))
    )


def test_the_built_in_profile_allows() -> None:
    found = state(records.endpoint(1, networks=[profiles.DEFAULT_ALLOW]))
    assert [rule.action for rule in found.profiles[profiles.DEFAULT_ALLOW].ingress] == ["Allow"]


def test_rules_against_a_policys_types_do_not_count() -> None:
    policy = records.policy("web", selector="all()", types=["Ingress"], ingress=states.ALLOW, egress=states.ALLOW)
    found = state(records.network("frontend"), records.endpoint(1), policy)
    assert found.policies[rulesets.Key("GlobalNetworkPolicy", "web")].egress == ()


def nets(found: hosts.HostState) -> dict[str, tuple[set[str], set[str]]]:
    return {named.selection.text: (set(by[4]), set(by[6])) for named, by in found.members.nets.items()}


def seen_from(*changes: records.Change, selector: str) -> hosts.HostState:
    rule = {"action": "Allow", "source": {"selector": selector}}
    everyone = records.policy("web", selector="all()", types=["Ingress"], ingress=[rule])
    return state(*changes, records.profile("frontend"), records.endpoint(1), everyone)


@pytest.mark.parametrize(
    ("nets_of_sets", "expected"),
    [
        pytest.param([["192.0.2.0/24"]], ({"192.0.2.0/24"}, set()), id="of one family"),
        pytest.param([["192.0.2.9/24", "2001:db8::1/32"]], ({"192.0.2.0/24"}, {"2001:db8::/32"}), id="host bits"),
        pytest.param([["192.0.2.1/32"]], ({"192.0.2.1"}, set()), id="a single address"),
        pytest.param([["192.0.2.0/24"], ["192.0.2.128/25"]], ({"192.0.2.0/24"}, set()), id="one within another"),
        pytest.param([["192.0.2.0/25"], ["192.0.2.128/25"]], ({"192.0.2.0/24"}, set()), id="neighbours"),
        pytest.param([["0.0.0.0/0", "192.0.2.0/24"]], ({"0.0.0.0/0"}, set()), id="everything"),
    ],
)
def test_the_networks_of_sets_are_the_fewest_that_cover_them(
    nets_of_sets: list[list[str]], expected: tuple[set[str], set[str]]
) -> None:
    sets = [records.network_set(f"s{n}", *given, labels={"a": "b"}) for n, given in enumerate(nets_of_sets)]
    assert nets(seen_from(*sets, selector="a == 'b'")) == {'a == "b"': expected}


def test_a_selection_without_networks_has_no_set_of_them() -> None:
    empty = records.network_set("empty", labels={"a": "b"})
    other = records.network_set("other", "192.0.2.0/24", labels={"a": "c"})
    assert nets(seen_from(empty, other, selector="a == 'b'")) == {}


def test_a_network_set_has_the_labels_of_its_namespace_but_its_own_win() -> None:
    changes = [
        records.profile("kns.here", labelsToApply={"pcns.team": "a", "tier": "theirs"}),
        records.network_set("plant", "192.0.2.0/24", labels={"tier": "own"}, namespace="here"),
    ]
    for selector in ("pcns.team == 'a'", "tier == 'own'", "projectcalico.org/namespace == 'here'"):
        assert list(nets(seen_from(*changes, selector=selector)).values()) == [({"192.0.2.0/24"}, set())]
    assert nets(seen_from(*changes, selector="tier == 'theirs'")) == {}


def test_a_global_network_set_has_its_own_labels_only() -> None:
    changes = [records.network_set("plant", "192.0.2.0/24", labels={"pcns.team": "a"})]
    assert nets(seen_from(*changes, selector="has(projectcalico.org/namespace)")) == {}
    assert list(nets(seen_from(*changes, selector="pcns.team == 'a'"))) == ['pcns.team == "a"']


def test_the_host_endpoints_of_all_hosts_are_peers() -> None:
    changes = [
        records.host_endpoint("one", expectedIPs=["192.0.2.1", "192.0.2.1"], labels={"a": "b"}),
        records.host_endpoint("two", node="host2", expectedIPs=["2001:db8::2"], profiles=["hosts"]),
        records.profile("hosts", labelsToApply={"a": "b"}),
    ]
    assert addresses(seen_from(*changes, selector="a == 'b'"))['a == "b"'] == ({"192.0.2.1"}, {"2001:db8::2"})


def test_a_service_account_is_a_label() -> None:
    change = records.endpoint(2)
    robot = (change.value or b"").replace(b'"spec":{', b'"spec":{"serviceAccountName":"robot",')
    found = seen_from(records.Change(change.key, robot), selector="projectcalico.org/serviceaccount == 'robot'")
    assert list(addresses(found).values()) == [({"10.65.0.2"}, {"fd65::2"})]


def test_nobody_is_behind_an_endpoint_without_an_interface() -> None:
    change = records.endpoint(2, labels={"a": "b"})
    bare = (change.value or b"").replace(b'"interfaceName"', b'"unused"')
    assert addresses(seen_from(records.Change(change.key, bare), selector="a == 'b'")) == {'a == "b"': (set(), set())}


def test_named_ports_are_those_of_the_selected_endpoints_with_the_protocol() -> None:
    ports = [{"name": "web", "protocol": "TCP", "port": 80}, {"name": "web", "protocol": "UDP", "port": 81}]
    rule = {"action": "Allow", "protocol": "TCP", "destination": {"ports": ["web"], "selector": "role == 'web'"}}
    found = state(
        records.network("frontend"),
        records.endpoint(1, ports=ports, labels={"role": "web"}),
        records.endpoint(2, ports=ports),
        records.policy("web", selector="all()", ingress=[rule]),
    )
    ((named, families),) = found.members.ports.items()
    assert named.name == "web"
    assert families == {4: {("10.65.0.1", 6, 80)}, 6: {("fd65::1", 6, 80)}}


@pytest.mark.parametrize(
    ("configurations", "action"),
    [
        pytest.param({}, "Drop", id="Calico's default"),
        pytest.param({"default": "Return"}, "Return", id="the cluster's"),
        pytest.param({"default": "Return", "node.host1": "Accept"}, "Accept", id="the host's own wins"),
        pytest.param({"node.host2": "Accept"}, "Drop", id="another host's does not count"),
        pytest.param({"default": "Perhaps"}, "Drop", id="an invalid one is absent"),
    ],
)
def test_settings_come_from_the_cluster_and_the_host(configurations: dict[str, str], action: str) -> None:
    changes = [
        records.raw("FelixConfiguration", name, {"defaultEndpointToHostAction": value})
        for name, value in configurations.items()
    ]
    assert state(*changes).settings.default_endpoint_to_host_action == action
