"""BGPFilters: which rules upstream takes."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import bgp_filters

from .refusals import accepted, refused

REJECT = {"action": "Reject"}
ACCEPT = {"action": "Accept"}
TEN = {"cidr": "10.0.0.0/8", "matchOperator": "In"}


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({}, "action"),
        ({"action": "Pass"}, "action"),
        ({**REJECT, "cidr": "10.0.0.0/8"}, "matchOperator"),
        ({**REJECT, "matchOperator": "In"}, "matchOperator"),
        ({**REJECT, **TEN, "matchOperator": "Within"}, "matchOperator"),
        ({**REJECT, "cidr": "10.0.0.1/8", "matchOperator": "In"}, "cidr"),
        ({**REJECT, "cidr": "fd00::/8", "matchOperator": "In"}, "cidr"),
        ({**REJECT, "prefixLength": {"min": 8}}, "prefixLength"),
        ({**REJECT, **TEN, "prefixLength": {"max": 33}}, "prefixLength.max"),
        ({**REJECT, **TEN, "prefixLength": {"min": -1}}, "prefixLength.min"),
        ({**REJECT, "source": "Local"}, "source"),
        ({**REJECT, "interface": "eth 0"}, "interface"),
        ({**REJECT, "peerType": "ebgp"}, "peerType"),
        ({**REJECT, "communities": {}}, "communities.values"),
        ({**REJECT, "communities": {"values": []}}, "communities.values"),
        ({**REJECT, "communities": {"values": ["1:2", "1:3"]}}, "communities.values"),
        ({**REJECT, "communities": {"values": ["1:65536"]}}, "communities.values[0]"),
        ({**REJECT, "communities": {"values": ["1:2:4294967296"]}}, "communities.values[0]"),
        ({**REJECT, "asPathPrefix": [0]}, "asPathPrefix[0]"),
        ({**REJECT, "priority": 0}, "priority"),
        ({**REJECT, "operations": [{"setPriority": {"value": 1}}]}, "operations"),
        ({**ACCEPT, "operations": [{}]}, "operations[0]"),
        (
            {**ACCEPT, "operations": [{"setPriority": {"value": 1}, "addCommunity": {"value": "1:2"}}]},
            "operations[0]",
        ),
        ({**ACCEPT, "operations": [{"prependASPath": {"prefix": []}}]}, "operations[0].prependASPath.prefix"),
        ({**ACCEPT, "operations": [{"setPriority": {"value": 1}}] * 11}, "operations"),
    ],
)
def test_what_is_refused(rule: dict[str, Any], field: str) -> None:
    assert refused(bgp_filters.BGPFilter, {"importV4": [rule]}) == [f"spec.importV4[0].{field}"]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"exportV4": [REJECT]},
        {
            "importV6": [
                {**ACCEPT, "cidr": "fd00::/8", "matchOperator": "NotIn", "prefixLength": {"min": 8, "max": 128}}
            ]
        },
        {"exportV6": [{**ACCEPT, "source": "RemotePeers", "interface": "*.calico", "peerType": "iBGP"}]},
        {"importV4": [{**REJECT, **TEN, "communities": {"values": ["4294967295:1:2"]}, "asPathPrefix": [1, "1.2"]}]},
        {"importV4": [{**ACCEPT, "priority": 100, "operations": [{"prependASPath": {"prefix": [64512]}}]}]},
    ],
)
def test_what_is_accepted(spec: dict[str, Any]) -> None:
    accepted(bgp_filters.BGPFilter, spec)
