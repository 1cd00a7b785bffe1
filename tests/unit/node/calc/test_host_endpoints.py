"""Which HostEndpoint an interface is, and which policies guard it where."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder
from calico_node.calc import host_endpoints
from tests.states import records, states

ALLOW = states.ALLOW
ADDRESSES = {
    "lo": frozenset({"127.0.0.1", "::1"}),
    "eth0": frozenset({"192.0.2.1", "2001:db8::1"}),
    "eth1": frozenset({"198.51.100.1"}),
}


def found(*changes: records.Change) -> host_endpoints.HostEndpoints:
    return host_endpoints.calculate(snapshot_builder.build(changes, 1), "host1", ADDRESSES)


def marked(name: str, **spec: Any) -> tuple[records.Change, records.Change]:
    """A HostEndpoint, and a policy of its own by which its guards are told from others'."""
    policy = records.policy(name, selector=f"me == '{name}'", ingress=ALLOW)
    return records.host_endpoint(name, labels={"me": name}, **spec), policy


def owners(*endpoints: tuple[records.Change, records.Change]) -> dict[str, str]:
    made = found(*(change for both in endpoints for change in both))
    guards = {**made.interfaces, **({"*": made.others} if made.others else {})}
    return {interface: one.ingress.tiers[0].policies[0].name for interface, one in guards.items()}


def test_by_name_by_address_and_the_rest() -> None:
    assert owners(
        marked("a", interfaceName="eth7"),
        marked("b", expectedIPs=["198.51.100.1"]),
        marked("c", expectedIPs=["2001:db8::1"]),
        marked("d", interfaceName="*"),
    ) == {"eth7": "a", "eth1": "b", "eth0": "c", "*": "d"}


def test_the_first_by_name_has_an_interface_however_it_is_told() -> None:
    by_name, by_address = {"interfaceName": "eth0"}, {"expectedIPs": ["192.0.2.1"]}
    assert owners(marked("a", **by_address), marked("b", **by_name)) == {"eth0": "a"}
    assert owners(marked("a", **by_name), marked("b", **by_address)) == {"eth0": "a"}
    assert owners(marked("a", interfaceName="*"), marked("b", interfaceName="*")) == {"*": "a"}


def test_a_name_counts_more_than_the_addresses_beside_it() -> None:
    assert owners(marked("a", interfaceName="eth9", expectedIPs=["192.0.2.1"])) == {"eth9": "a"}
    assert owners(marked("a", interfaceName="*", expectedIPs=["192.0.2.1"])) == {"*": "a"}


def test_one_may_be_several_interfaces() -> None:
    assert owners(marked("a", expectedIPs=["192.0.2.1", "198.51.100.1"])) == {"eth0": "a", "eth1": "a"}


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        pytest.param({"expectedIPs": ["203.0.113.1"]}, "has one of its expectedIPs", id="an address of nobody"),
        pytest.param({"expectedIPs": ["192.0.2.1"]}, "has one of its expectedIPs", id="an address that is taken"),
        pytest.param({"interfaceName": "eth0"}, "interface eth0 belongs to a-first", id="an interface that is taken"),
        pytest.param({"interfaceName": "cali1"}, "interface cali1 is a workload's", id="an interface of a workload"),
    ],
)
def test_one_that_guards_nothing_says_why(spec: dict[str, Any], reason: str) -> None:
    made = found(records.host_endpoint("a-first", interfaceName="eth0"), records.host_endpoint("b", **spec))
    assert list(made.interfaces) == ["eth0"]
    assert reason in made.skipped["HostEndpoint b"]


def test_those_of_other_hosts_are_not_ours() -> None:
    assert found(records.host_endpoint("a", node="host2", interfaceName="eth0")) == host_endpoints.HostEndpoints()


def uses(*policies: records.Change, interface: str = "eth0") -> dict[str, tuple[str, ...]]:
    """In which guards of an interface there are policies, and which."""
    made = found(records.host_endpoint("a", interfaceName=interface, labels={"role": "host"}), *policies)
    (one,) = made.all
    guards = {name: getattr(one, name) for name in one.__dataclass_fields__}
    return {
        name: tuple(key.name for tier in guard.tiers for key in tier.policies)
        for name, guard in guards.items()
        if guard.tiers
    }


def policy(name: str = "p", **spec: Any) -> records.Change:
    return records.policy(name, **{"selector": "role == 'host'", "types": ["Ingress", "Egress"], **spec})


def test_each_policy_is_asked_where_it_belongs() -> None:
    forward = {"applyOnForward": True}
    assert uses(policy()) == {"ingress": ("p",), "egress": ("p",)}
    assert uses(policy(**forward)) == dict.fromkeys(["ingress", "egress", "forward_ingress", "forward_egress"], ("p",))
    assert uses(policy(doNotTrack=True, **forward)) == dict.fromkeys(["untracked_ingress", "untracked_egress"], ("p",))
    assert uses(policy(preDNAT=True, types=["Ingress"], **forward)) == {"before_dnat": ("p",)}
    assert uses(policy(selector="role == 'other'", **forward)) == {}


def test_all_interfaces_together_have_no_untracked_policy() -> None:
    assert uses(policy(doNotTrack=True, applyOnForward=True), interface="*") == {}


def test_a_policy_of_a_namespace_guards_a_host_that_claims_to_be_in_it() -> None:
    policies = records.in_namespace("NetworkPolicy", "p", ingress=ALLOW)
    assert uses(policies) == {}
    claim = {"projectcalico.org/namespace": "libnetwork"}
    made = found(records.host_endpoint("a", interfaceName="eth0", labels=claim), policies)
    one = made.interfaces["eth0"]
    assert [bool(guard.tiers) for guard in one] == [True, False, True, False, False, False, False]


def test_promise_3_one_that_cannot_be_read_lets_nothing_pass() -> None:
    """Its ports are wrong, its policy would allow everything."""
    broken = records.host_endpoint("a", interfaceName="eth0", labels={"role": "host"}, ports=["ssh"])
    one = found(broken, policy(ingress=ALLOW, egress=ALLOW, applyOnForward=True)).interfaces["eth0"]
    guards = (one.ingress, one.egress, one.forward_ingress, one.forward_egress)
    assert [(tier.policies, tier.passes) for guard in guards for tier in guard.tiers] == [((), False)] * 4


def test_a_staged_policy_is_counted_where_it_would_be_asked() -> None:
    staged = records.raw(
        "StagedGlobalNetworkPolicy",
        "p",
        {"selector": "all()", "preDNAT": True, "applyOnForward": True, "types": ["Ingress"], "ingress": ALLOW},
    )
    assert uses(staged) == {"before_dnat": ("p",)}


def test_profiles_have_the_last_word_on_the_hosts_own_traffic_only() -> None:
    made = found(
        records.profile("hosts", labelsToApply={"role": "host"}),
        records.host_endpoint("a", interfaceName="eth0", profiles=["hosts"]),
        policy(applyOnForward=True),
    )
    one = made.interfaces["eth0"]
    assert [guard.profiles for guard in one] == [("hosts",)] * 2 + [()] * 5
    assert one.forward_ingress.tiers, "the label of the profile is the host's"


def test_promise_3_untracked_and_prednat_tiers_end_in_pass_unless_nobody_knows_their_place() -> None:
    lost = records.tier("nowhere", order="first")
    spec = {"preDNAT": True, "applyOnForward": True, "types": ["Ingress"], "ingress": ALLOW}
    made = found(
        records.host_endpoint("a", interfaceName="eth0", labels={"role": "host"}),
        lost,
        policy("known", **spec),
        policy("lost", tier="nowhere", **spec),
    )
    tiers = {tier.name: tier for tier in made.interfaces["eth0"].before_dnat.tiers}
    assert tiers["default"].passes
    assert (tiers["nowhere"].policies, tiers["nowhere"].passes) == ((), False)
