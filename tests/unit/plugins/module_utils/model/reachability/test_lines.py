"""What people read of a change."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import reachability, snapshot_builder
from tests.states import records


def rule(action: str = "Allow", **fields: Any) -> dict[str, Any]:
    return {"action": action, **fields}


def tcp(*ports: object, **fields: Any) -> dict[str, Any]:
    return rule(protocol="TCP", destination={"ports": list(ports)}, **fields)


FROM_FRONTEND = {"source": {"selector": "calico.docker/network == 'frontend'"}}
BACKEND = "calico.docker/network == 'backend'"
WEB = [{"name": "web", "protocol": "TCP", "port": 8080}]
# Two networks; backend has a database and others, one container has a name for a port.
CLUSTER = (
    records.network("frontend"),
    records.network("backend"),
    *(records.endpoint(number, networks=["frontend"]) for number in (1, 2, 3)),
    *(records.endpoint(number, networks=["backend"], labels={"role": "db"}) for number in (11, 12)),
    records.endpoint(13, networks=["backend"], labels={"role": "cache"}, ports=WEB),
)


def lines(*changes: records.Change, before: tuple[records.Change, ...] = (), **options: int) -> list[str]:
    first = snapshot_builder.build([*CLUSTER, *before], 1)
    return reachability.reachability(first, snapshot_builder.apply(first, changes, 2), **options).lines()


def ingress(*rules: dict[str, Any], selector: str = BACKEND, name: str = "p", **spec: Any) -> records.Change:
    return records.policy(name, selector=selector, types=["Ingress"], ingress=list(rules), **spec)


REST = ingress(rule("Pass"))
WITHIN = rule(source={"selector": BACKEND})
OFFICE = records.raw("GlobalNetworkSet", "office", {"nets": ["198.51.100.0/24"]}, {"labels": {"zone": "office"}})

CASES = [
    ("nothing", [], [], []),
    ("a policy that changes nothing", [], [REST], []),
    ("one port opened", [ingress(WITHIN)], [ingress(tcp(5432, **FROM_FRONTEND), WITHIN)],
     ["frontend -> backend tcp/5432: deny -> allow, 6 endpoints"]),
    ("and closed again", [ingress(tcp(5432, **FROM_FRONTEND), WITHIN)], [ingress(WITHIN)],
     ["frontend -> backend tcp/5432: allow -> deny, 6 endpoints"]),
    ("the example of the issue, by deletion", [ingress(tcp(5432, **FROM_FRONTEND), rule("Pass"))],
     [records.without(ingress())], ["frontend -> backend tcp/5432: allow -> deny, 6 endpoints"]),
    ("some of a network, by the labels that tell them apart", [ingress(WITHIN)],
     [ingress(tcp(5432, **FROM_FRONTEND), name="q", selector="role == 'db'"), ingress(WITHIN)],
     ["frontend -> backend[role=db] tcp/5432: deny -> allow, 5 endpoints"]),
    ("ranges and lists", [ingress(WITHIN)], [ingress(tcp("80:90", 91, 443, **FROM_FRONTEND), WITHIN)],
     ["frontend -> backend tcp/80-91,443: deny -> allow, 6 endpoints"]),
    ("a named port", [ingress(WITHIN)], [ingress(tcp("web", **FROM_FRONTEND), WITHIN)],
     ["frontend -> backend[role=cache] tcp/8080: deny -> allow, 4 endpoints"]),
    ("a named port of the peers", [],
     [records.policy("p", selector="calico.docker/network == 'backend'", types=["Egress"], egress=[tcp("web")])],
     ["backend -> backend[role=cache] all traffic except tcp/8080: allow -> deny, 3 endpoints",
      "backend -> backend[role=db], the outside all traffic: allow -> deny, 3 endpoints"]),
    ("what containers may not send at all, until they may", [], [records.felix(allowVXLANPacketsFromWorkloads=True)],
     ["any source -> the outside udp/4789: deny -> allow, 6 endpoints",
      "backend -> backend udp/4789: deny -> allow, 3 endpoints",
      "frontend -> frontend udp/4789: deny -> allow, 3 endpoints"]),
    ("all but something", [REST], [ingress(rule("Deny", protocol="TCP", destination={"ports": [22]}), rule())],
     ["backend -> backend tcp/22: allow -> deny, 3 endpoints",
      "frontend, the outside -> backend all traffic except tcp/22: deny -> allow, 6 endpoints"]),
    ("source ports", [ingress(WITHIN)],
     [ingress(rule(protocol="UDP", source={"ports": [53], "selector": "calico.docker/network == 'frontend'"}), WITHIN)],
     ["frontend -> backend udp from port 53: deny -> allow, 6 endpoints"]),
    ("ICMP, of both families", [ingress(WITHIN)],
     [ingress(rule(protocol="ICMP", **FROM_FRONTEND), rule(protocol="ICMPv6", **FROM_FRONTEND), WITHIN)],
     ["frontend -> backend icmp: deny -> allow, 6 endpoints"]),
    ("one type of ICMP, of one family", [ingress(WITHIN)],
     [ingress(rule(protocol="ICMP", icmp={"type": 8}, **FROM_FRONTEND), WITHIN)],
     ["frontend -> backend icmp type 8 (IPv4): deny -> allow, 6 endpoints"]),
    ("one family", [ingress(WITHIN)], [ingress(tcp(80, ipVersion=6, **FROM_FRONTEND), WITHIN)],
     ["frontend -> backend tcp/80 (IPv6): deny -> allow, 6 endpoints"]),
    ("a set that only has one family needs no such word", [OFFICE, ingress(WITHIN)],
     [ingress(tcp(443, source={"selector": "zone == 'office'"}), WITHIN)],
     ["network set office -> backend tcp/443: deny -> allow, 3 endpoints"]),
    ("addresses that a rule names", [ingress(WITHIN)], [ingress(tcp(443, source={"nets": ["192.0.2.0/24"]}), WITHIN)],
     ["192.0.2.0/24 -> backend tcp/443 (IPv4): deny -> allow, 3 endpoints"]),
    ("egress",
     [], [records.policy("p", selector=BACKEND, types=["Egress"], egress=[rule(destination={"selector": BACKEND})])],
     ["backend -> the outside all traffic: allow -> deny, 3 endpoints"]),
    ("a set that grows moves addresses: policy is as before",
     [OFFICE, ingress(tcp(443, source={"selector": "zone == 'office'"}))],
     [records.raw("GlobalNetworkSet", "office", {"nets": ["198.51.100.0/23"]}, {"labels": {"zone": "office"}})],
     ["network set office[198.51.100.0/23] -> backend tcp/443: deny -> allow, 3 endpoints"]),
    ("a profile's labels move its endpoints: policy is as before",
     [ingress(tcp(443, source={"selector": "vip == 'yes'"}))],
     [records.profile("frontend", labelsToApply={"calico.docker/network": "frontend", "vip": "yes"},
                      ingress=[rule(**FROM_FRONTEND)], egress=[rule()])],
     ["frontend -> backend tcp/443: deny -> allow, 6 endpoints"]),
    ("a tier's default action",
     [records.tier("t", order=1), ingress(tier="t")], [records.tier("t", order=1, defaultAction="Pass")],
     ["backend -> backend all traffic: deny -> allow, 3 endpoints"]),
    ("one container alone is no network of its own", [records.network("lone"), records.endpoint(9, networks=["lone"])],
     [records.profile("lone", ingress=[], egress=[rule()])], []),
    ("endpoints that come are no change of policy", [], [records.endpoint(4, networks=["frontend"])], []),
    ("hosts", [records.raw("HostEndpoint", "h", {"node": "host1", "interfaceName": "eth0"})],
     [records.policy("p", selector="!has(calico.docker/network)", types=["Ingress"])],
     ["other policy for the HostEndpoints h, whose traffic is not compared"]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "changes", "said"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_a_change_reads(before: list[records.Change], changes: list[records.Change], said: list[str]) -> None:
    assert lines(*changes, before=tuple(before)) == said


def test_what_was_too_much_is_told() -> None:
    said = lines(ingress(), most_pairs=2)
    assert said[-1] == "and 12 more pairs of groups, not compared"
