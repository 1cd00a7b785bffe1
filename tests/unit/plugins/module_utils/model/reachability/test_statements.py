"""A statement holds exactly if every packet that it means says so, though few are asked."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model import (
    errors,
    schema,
    snapshot_builder,
    snapshots,
    verdict,
)
from ansible_collections.calico.docker.plugins.module_utils.model.reachability import statements
from tests.states import records, stores

EVERYBODY = {"selector": "all()"}
FRONTEND, BACKEND = ({"selector": f"calico.docker/network == '{name}'"} for name in ("frontend", "backend"))


def statement(source: Any = FRONTEND, destination: Any = BACKEND, **others: Any) -> statements.Statement:
    given = {"source": source, "destination": destination, "ports": [80], **others}
    return schema.decode(statements.Statement, given, strict=True)


def snapshot(*changes: records.Change) -> snapshots.Snapshot:
    return snapshot_builder.build(changes, 7)


def examine(found: snapshots.Snapshot, wanted: statements.Statement) -> statements.Finding:
    return statements.Examiner(verdict.Oracle(found)).examine(wanted, uplink="eth0")


TWO_NETWORKS = (
    *(records.network(name) for name in ("frontend", "backend")),
    *(records.endpoint(number, networks=["frontend"]) for number in (1, 2)),
    *(records.endpoint(number, networks=["backend"], node=f"host{number - 2}") for number in (3, 4)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(stores.WORKLOADS, st.sampled_from((53, 80, 1000)), st.sampled_from(("TCP", "UDP")))
def test_few_packets_say_what_all_do(changes: tuple[records.Change, ...], port: int, protocol: str) -> None:
    found = snapshot(*changes)
    oracle = verdict.Oracle(found)
    ends = [
        (key, net.network_address) for key in oracle.peers.workloads for net in found.endpoints[key].spec.ip_networks
    ]
    number = {"TCP": 6, "UDP": 17}[protocol]
    verdicts = {
        oracle.between(verdict.Packet(number, source, destination, statements.SOURCE_PORT, port)).allowed
        for (one, source), (other, destination) in itertools.product(ends, ends)
        if one != other and source.version == destination.version
    }
    for expect, allowed in (("Allow", True), ("Deny", False)):
        said = examine(
            found,
            statement(EVERYBODY, EVERYBODY, ports=[port], protocol=protocol, expect=expect, mayBeNobody=True),
        )
        assert bool(said.counterexamples) == ((not allowed) in verdicts)


def test_it_holds_or_the_packets_are_named() -> None:
    found = snapshot(*TWO_NETWORKS)
    assert examine(found, statement(FRONTEND, FRONTEND)).counterexamples == ()
    assert examine(found, statement(expect="Deny")).counterexamples == ()
    wrong = examine(found, statement(ports=[80, 81]))
    assert wrong.packets == len(wrong.counterexamples) == 8  # two hosts, two families, two ports
    assert str(wrong.counterexamples[0]).startswith("libnetwork/host1-libnetwork-libnetwork-")
    assert wrong.counterexamples[0].verdict.trail[-1].outcome == "Deny"


def test_addresses_may_be_anybodys() -> None:
    found = snapshot(*TWO_NETWORKS)
    assert examine(found, statement({"address": "10.65.0.1"}, {"address": "192.0.2.1"})).packets == 1
    outside = examine(found, statement({"address": "192.0.2.1"}, {"address": "10.65.0.3"}))
    assert [one.source for one in outside.counterexamples] == ["192.0.2.1"]


def test_a_ping_has_no_port_and_both_families() -> None:
    found = snapshot(*TWO_NETWORKS)
    ping = statement(FRONTEND, FRONTEND, protocol="ICMP", ports=[])
    assert (examine(found, ping).packets, examine(found, ping).counterexamples) == (2, ())
    assert examine(found, statement(FRONTEND, FRONTEND, ipVersion=6)).packets == 1


def test_nobody_is_an_error_unless_that_is_fine() -> None:
    found = snapshot(*TWO_NETWORKS)
    nobody = {"selector": "app == 'web'"}
    with pytest.raises(errors.Invalid, match="selects no endpoint, so nothing is tried"):
        examine(found, statement(FRONTEND, nobody))
    with pytest.raises(errors.Invalid, match="no pair of one IP version"):
        examine(found, statement({"address": "10.65.0.1"}, {"address": "fd65::3"}))
    assert examine(found, statement(FRONTEND, nobody, mayBeNobody=True)).packets == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"source": {}}, "source", id="no side"),
        pytest.param({"source": {"selector": "all()", "address": "10.0.0.1"}}, "source", id="both"),
        pytest.param({"source": {"selector": "a = b"}}, "source.selector", id="no selector"),
        pytest.param({"ports": []}, "ports", id="no port"),
        pytest.param({"ports": [0]}, "ports[0]", id="port 0"),
        pytest.param({"protocol": "ICMP"}, "ports", id="a ping with a port"),
        pytest.param({"ipVersion": 5}, "ipVersion", id="no IP version"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.Invalid) as caught:
        schema.check(statement(**wrong))
    assert [problem.field for problem in caught.value.problems] == [field]
