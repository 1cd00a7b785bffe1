"""What met which rule: the kernel's counts told apart by policy, direction and rule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder
from calico_node.agent import counters
from calico_node.calc import hosts
from calico_node.dataplane.nft_counters import Count
from calico_node.render import names, tables
from tests.states import records, states


def state(*changes: records.Change) -> hosts.HostState:
    return hosts.calculate(snapshot_builder.build(changes, 1), "host1")


def document(found: hosts.HostState, counted: dict[str, Count]) -> dict[str, Any]:
    return counters.document((*found.policies.values(), *found.profiles.values()), counted)


def rows(found: dict[str, Any]) -> list[tuple[object, ...]]:
    return [(row["kind"], row["name"], row["direction"], row["rule"], row["action"]) for row in found["rules"]]


def commented(found: hosts.HostState) -> set[str]:
    """The comments of all rules of policies and profiles."""
    chains = tables.table(found).chains
    starts = ("policy-", "staged-", "profile-", "log-")
    return {rule.comment or "" for name in chains if name.startswith(starts) for rule in chains[name].rules} - {""}


def test_each_rule_is_told_with_what_met_it_and_others_with_nothing() -> None:
    found = state(
        records.network("frontend"),
        records.endpoint(1),
        records.policy("web", selector="all()", ingress=[*states.ALLOW, *states.DENY]),
    )
    told = document(found, {"GlobalNetworkPolicy web ingress 1": Count(3, 180), "invalid": Count(2, 80)})
    assert told["rules"][:2] == [
        {
            "kind": "GlobalNetworkPolicy",
            "name": "web",
            "staged": False,
            "direction": "ingress",
            "rule": index,
            "action": action,
            "packets": packets,
            "bytes": size,
        }
        for index, action, packets, size in ((0, "Allow", 0, 0), (1, "Deny", 3, 180))
    ]
    assert told["drops"] == [{"reason": "invalid", "packets": 2, "bytes": 80}]


def test_staged_policies_also_tell_what_none_of_their_rules_decides() -> None:
    told = document(state(*states.STATES["staged policies"]), {})
    kind = "StagedNetworkPolicy"
    assert [row for row in rows(told) if row[0] == kind] == [
        (kind, "libnetwork/web", "ingress", 0, "Pass"),
        (kind, "libnetwork/web", "ingress", None, None),
        (kind, "libnetwork/web", "egress", 0, "Deny"),
        (kind, "libnetwork/web", "egress", None, None),
    ]


def test_every_rule_of_every_state_is_counted_under_the_name_that_is_asked_for() -> None:
    for changes in states.STATES.values():
        found = state(*changes)
        asked = {_comment(row) for row in document(found, {})["rules"]}
        assert commented(found) <= asked


def _comment(row: dict[str, Any]) -> str:
    index = "none" if row["rule"] is None else row["rule"]
    return f"{row['kind']} {row['name']} {row['direction']} {index}"


def test_names_too_long_for_a_comment_stay_apart() -> None:
    long = ["a" * 240 + ending for ending in ("b", "c")]
    found = state(
        records.network("frontend"),
        records.endpoint(1),
        *(records.in_namespace("StagedNetworkPolicy", name, selector="all()", ingress=states.ALLOW) for name in long),
    )
    comments = _of_rules(found)
    assert len(comments) == 2 * len(long)
    assert all(len(comment.encode()) < 128 for comment in comments)
    told = document(found, {comment: Count(number, 0) for number, comment in enumerate(sorted(comments), start=1)})
    assert sorted(row["packets"] for row in told["rules"] if row["staged"]) == [1, 2, 3, 4]


def _of_rules(found: hosts.HostState) -> Iterable[str]:
    return {
        names.rule(key, "ingress", index)
        for key, rules in found.policies.items()
        for index in (*range(len(rules.ingress)), None)
    }
