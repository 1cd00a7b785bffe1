"""In which order tiers, policies and profiles are asked, and who has the last word."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import verdict
from ansible_collections.calico.docker.plugins.module_utils.model.verdict import staged
from tests.states import records

from . import words

ALLOW, DENY, LOG, PASS = ([words.rule(action)] for action in ("Allow", "Deny", "Log", "Pass"))
PACKET = "tcp 10.65.0.2#1000 > 10.65.0.1#80"
ELSEWHERE = [words.rule("Allow", protocol="UDP")]


def gnp(name: str, ingress: list[dict[str, Any]], **spec: Any) -> records.Change:
    return records.policy(name, ingress=ingress, **{"types": ["Ingress"], **spec})


def tier(name: str, order: float | None = None, **spec: Any) -> records.Change:
    return records.tier(name, **({"order": order} if order is not None else {}), **spec)


def ask(*changes: records.Change, profiles: tuple[str, ...] = (), direction: str = "ingress") -> list[str]:
    """What is said of a packet to endpoint 1; the last line has decided."""
    snapshot = words.snapshot(words.endpoint(1, labels={"role": "a"}, profiles=list(profiles)), *changes)
    return words.said(verdict.at_endpoint(snapshot, words.key(1), direction, words.packet(PACKET)).trail)


DEFAULT = records.raw("Tier", "default", {"order": 1000000, "defaultAction": "Deny"})
NOTHING = "no policy or profile allows it: Deny"

CASES = [
    ("no policy and no profile: denied", [], [], [NOTHING]),
    ("a policy without rules denies", [gnp("p", [])], [], ["tier default ends in Deny: Deny"]),
    ("a policy that does not match denies", [gnp("p", ELSEWHERE)], [], ["tier default ends in Deny: Deny"]),
    ("the first rule that matches decides", [gnp("p", [*ELSEWHERE, *DENY, *ALLOW])], [],
     ["GlobalNetworkPolicy p, rule 2: Deny"]),
    ("Log goes on to the next rule", [gnp("p", [*LOG, *ALLOW])], [],
     ["GlobalNetworkPolicy p, rule 1: Log", "GlobalNetworkPolicy p, rule 2: Allow"]),
    ("Log alone decides nothing", [gnp("p", LOG)], [],
     ["GlobalNetworkPolicy p, rule 1: Log", "tier default ends in Deny: Deny"]),
    ("lower order first", [gnp("a", ALLOW, order=2), gnp("b", DENY, order=1)], [],
     ["GlobalNetworkPolicy b, rule 1: Deny"]),
    ("no order comes last", [gnp("a", ALLOW), gnp("b", DENY, order=9999999)], [],
     ["GlobalNetworkPolicy b, rule 1: Deny"]),
    ("equal order: by name/namespace/kind, - and . before /",
     [gnp("a", ALLOW, order=1), gnp("a-b", DENY, order=1)], [], ["GlobalNetworkPolicy a-b, rule 1: Deny"]),
    ("equal order and name: by namespace",
     [gnp("a", ALLOW, order=1),
      records.raw("NetworkPolicy", "a", {"order": 1, "ingress": DENY}, {"namespace": "libnetwork"})], [],
     ["GlobalNetworkPolicy a, rule 1: Allow"]),
    ("a policy without that type has no say", [gnp("p", DENY, types=["Egress"])], ["open"],
     ["Profile open, rule 1: Allow"]),
    ("nor one that selects others", [gnp("p", DENY, selector="role == 'b'")], ["open"],
     ["Profile open, rule 1: Allow"]),
    ("nor one of another namespace",
     [records.raw("NetworkPolicy", "p", {"ingress": DENY}, {"namespace": "blue"})], ["open"],
     ["Profile open, rule 1: Allow"]),
    ("a policy of the endpoint's namespace",
     [records.raw("NetworkPolicy", "p", {"ingress": ALLOW, "selector": "role == 'a'"}, {"namespace": "libnetwork"})],
     [],
     ["NetworkPolicy libnetwork/p, rule 1: Allow"]),
    ("types follow from the rules", [records.policy("p", egress=DENY)], ["open"], ["Profile open, rule 1: Allow"]),
    ("Allow ends it: no later tier, no profile",
     [tier("t", 1), gnp("p", ALLOW, tier="t"), gnp("q", DENY)], ["shut"], ["GlobalNetworkPolicy p, rule 1: Allow"]),
    ("Pass skips the rest of the tier", [gnp("p", PASS, order=1), gnp("q", DENY, order=2)], ["open"],
     ["GlobalNetworkPolicy p, rule 1: Pass", "Profile open, rule 1: Allow"]),
    ("Pass goes on to the next tier", [tier("t", 1), gnp("p", PASS, tier="t"), gnp("q", ALLOW)], [],
     ["GlobalNetworkPolicy p, rule 1: Pass", "GlobalNetworkPolicy q, rule 1: Allow"]),
    ("Pass after the last tier, without profiles: denied", [gnp("p", PASS)], [],
     ["GlobalNetworkPolicy p, rule 1: Pass", NOTHING]),
    ("tiers by order", [tier("a", 2), tier("b", 1), gnp("p", ALLOW, tier="a"), gnp("q", DENY, tier="b")], [],
     ["GlobalNetworkPolicy q, rule 1: Deny"]),
    ("a tier without order comes last", [tier("a"), gnp("p", ALLOW, tier="a"), gnp("q", DENY)], [],
     ["GlobalNetworkPolicy q, rule 1: Deny"]),
    ("tiers of equal order by name",
     [tier("b", 1), tier("a", 1), gnp("p", ALLOW, tier="b"), gnp("q", DENY, tier="a")], [],
     ["GlobalNetworkPolicy q, rule 1: Deny"]),
    ("a tier's default action Pass", [tier("t", 1, defaultAction="Pass"), gnp("p", [], tier="t")], ["open"],
     ["tier t ends in Pass: Pass", "Profile open, rule 1: Allow"]),
    ("a tier whose policies have no say does nothing",
     [tier("t", 1), gnp("p", [], tier="t", types=["Egress"])], ["open"], ["Profile open, rule 1: Allow"]),
    ("policies of a tier that does not exist come last", [gnp("p", ALLOW, tier="lost"), gnp("q", DENY)], [],
     ["GlobalNetworkPolicy q, rule 1: Deny"]),
    ("and end in Deny", [gnp("p", [], tier="lost")], ["open"], ["tier lost ends in Deny: Deny"]),
    ("profiles in their order", [], ["shut", "open"], ["Profile shut, rule 1: Deny"]),
    ("a profile that does not match leads to the next", [], ["udp", "open"], ["Profile open, rule 1: Allow"]),
    ("Pass in a profile leads to the next", [], ["pass", "open"],
     ["Profile pass, rule 1: Pass", "Profile open, rule 1: Allow"]),
    ("a missing profile denies, later ones are not asked", [], ["lost", "open"], ["Profile lost: Deny"]),
    ("an invalid profile denies", [records.raw("Profile", "odd", {"ingress": [{"action": "?"}]})], ["odd", "open"],
     ["Profile odd, rule 1: Deny"]),
    ("the built-in profile allows", [], ["projectcalico-default-allow"],
     ["Profile projectcalico-default-allow, rule 1: Allow"]),
    ("profiles are not asked where a policy applies", [gnp("p", [])], ["open"], ["tier default ends in Deny: Deny"]),
    ("staged policies never decide",
     [records.raw("StagedGlobalNetworkPolicy", "p", {"ingress": DENY}),
      records.raw("StagedNetworkPolicy", "p", {"ingress": DENY}, {"namespace": "libnetwork"})], ["open"],
     ["Profile open, rule 1: Allow"]),
    ("doNotTrack and preDNAT are not for containers",
     [gnp("p", DENY, doNotTrack=True, applyOnForward=True), gnp("q", DENY, preDNAT=True, applyOnForward=True)],
     ["open"],
     ["Profile open, rule 1: Allow"]),
    ("applyOnForward is", [gnp("p", DENY, applyOnForward=True)], ["open"], ["GlobalNetworkPolicy p, rule 1: Deny"]),
    ("an invalid policy denies in its place",
     [gnp("p", [{"action": "?"}], order=2), gnp("q", PASS, order=1), gnp("r", ALLOW, order=3)], ["open"],
     ["GlobalNetworkPolicy q, rule 1: Pass", "Profile open, rule 1: Allow"]),
    ("so it denies what came to it", [gnp("p", [{"action": "?"}], order=2), gnp("r", ALLOW, order=3)], ["open"],
     ["GlobalNetworkPolicy p, rule 1: Deny"]),
    ("a tier without a place only denies",
     [records.raw("Tier", "t", {"order": "soon", "defaultAction": "Pass"}), gnp("p", ALLOW, tier="t")], ["open"],
     ["tier t ends in Deny: Deny"]),
    ("a tier whose action cannot be read ends in Deny",
     [records.raw("Tier", "t", {"order": 1, "defaultAction": "?"}), gnp("p", PASS, tier="t"), gnp("q", [], tier="t")],
     [],
     ["GlobalNetworkPolicy p, rule 1: Pass", NOTHING]),
]  # fmt: skip
PROFILES = [
    records.profile("open", ingress=ALLOW),
    records.profile("shut", ingress=DENY),
    records.profile("udp", ingress=ELSEWHERE),
    records.profile("pass", ingress=[*PASS, *DENY]),
]


@pytest.mark.parametrize(("changes", "profiles", "trail"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_who_decides(changes: list[records.Change], profiles: list[str], trail: list[str]) -> None:
    assert ask(DEFAULT, *PROFILES, *changes, profiles=tuple(profiles)) == trail


@pytest.mark.parametrize("allowed", [True, False])
def test_the_last_step_is_the_verdict(allowed: bool) -> None:
    snapshot = words.snapshot(words.endpoint(1), DEFAULT, gnp("p", [*LOG, *(ALLOW if allowed else DENY)]))
    found = verdict.at_endpoint(snapshot, words.key(1), "ingress", words.packet(PACKET))
    assert found.allowed is allowed
    assert found.trail[-1] == verdict.Step(
        words.key(1), "ingress", "default", "GlobalNetworkPolicy p", 1, "Allow" if allowed else "Deny"
    )
    assert str(found) == f"{'allow' if allowed else 'deny'} (GlobalNetworkPolicy p, rule 2)"


def test_an_endpoint_without_address_gets_nothing() -> None:
    snapshot = words.snapshot(words.endpoint(1, ipNetworks=[]), gnp("p", ALLOW))
    found = verdict.at_endpoint(snapshot, words.key(1), "ingress", words.packet(PACKET))
    assert words.said(found.trail) == ["the endpoint has no interface or no address: Deny"]


SUBJECTS = [
    # Endpoint 1 is in a namespace, like every container, and has no service account; endpoint 2 has one. The host is
    # in no namespace.
    ("an empty selector: all, hosts too", {}, "12h"),
    ("all(): all, hosts too", {"selector": "all()"}, "12h"),
    ("a selector", {"selector": "role == 'a'"}, "1"),
    ("namespaceSelector", {"namespaceSelector": "team == 'x'"}, "2"),
    ("namespaceSelector all(): what is in a namespace", {"namespaceSelector": "all()"}, "12"),
    ("beside it all() in selector means that too", {"selector": "all()", "namespaceSelector": "!has(team)"}, "1"),
    ("but an empty selector says nothing", {"namespaceSelector": "!has(team)"}, "1h"),
    ("and !all() is who is in none", {"selector": "!all()", "namespaceSelector": "!has(team)"}, "h"),
    ("serviceAccountSelector", {"serviceAccountSelector": "kind == 'bot'"}, "2"),
    ("serviceAccountSelector all(): who has one", {"serviceAccountSelector": "all()"}, "2"),
    ("beside it all() in selector means that too", {"selector": "all()", "serviceAccountSelector": "!has(x)"}, "2"),
    ("an empty selector says nothing there either", {"serviceAccountSelector": "!has(kind)"}, "1h"),
    ("both", {"selector": "all()", "namespaceSelector": "all()", "serviceAccountSelector": "!has(kind)"}, "1"),
]


@pytest.mark.parametrize(("spec", "subjects"), [pytest.param(*case[1:], id=case[0]) for case in SUBJECTS])
def test_whom_a_policy_is_about(spec: dict[str, Any], subjects: str) -> None:
    oracle = verdict.Oracle(
        words.snapshot(
            words.endpoint(1, labels={"role": "a"}),
            words.endpoint(2, profiles=["ns"], serviceAccountName="robot"),
            records.profile("ns", labelsToApply={"pcns.team": "x", "pcsa.kind": "bot"}),
            records.raw("HostEndpoint", "h", {"node": "host1", "interfaceName": "eth0"}),
            gnp("p", ALLOW, **spec),
        )
    )
    packet = words.packet(PACKET)
    found = "".join(str(n) for n in (1, 2) if oracle.at_endpoint(words.key(n), "ingress", packet).allowed)
    host = oracle.at_host("host1", packet, incoming="eth0", outgoing=None).allowed
    assert found + ("h" if host else "") == subjects


def test_in_a_namespace_all_service_accounts_are_all_endpoints() -> None:
    policy = records.raw(
        "NetworkPolicy", "p", {"ingress": ALLOW, "serviceAccountSelector": "all()"}, {"namespace": "libnetwork"}
    )
    assert ask(DEFAULT, policy) == ["NetworkPolicy libnetwork/p, rule 1: Allow"]


def test_directions_are_decided_apart() -> None:
    policy = records.policy("p", types=["Ingress", "Egress"], ingress=ALLOW, egress=DENY)
    assert ask(DEFAULT, policy, direction="egress") == ["GlobalNetworkPolicy p, rule 1: Deny"]


class TestRehearsal:
    """What staged policies would do, by the same questions to another snapshot."""

    def test_a_staged_policy_takes_the_place_of_its_namesake(self) -> None:
        found = self._after(gnp("p", ALLOW), records.raw("StagedGlobalNetworkPolicy", "p", {"ingress": DENY}))
        assert found == ["GlobalNetworkPolicy p, rule 1: Deny"]

    def test_a_new_one_is_added(self) -> None:
        staged_policy = records.raw("StagedNetworkPolicy", "q", {"ingress": DENY}, {"namespace": "libnetwork"})
        assert self._after(staged_policy) == ["NetworkPolicy libnetwork/q, rule 1: Deny"]

    def test_a_staged_deletion_deletes(self) -> None:
        deletion = records.raw("StagedGlobalNetworkPolicy", "p", {"stagedAction": "Delete"})
        assert self._after(gnp("p", ALLOW), deletion) == [NOTHING]

    def _after(self, *changes: records.Change) -> list[str]:
        snapshot = staged.enforced(words.snapshot(words.endpoint(1), *changes))
        return words.said(verdict.at_endpoint(snapshot, words.key(1), "ingress", words.packet(PACKET)).trail)
