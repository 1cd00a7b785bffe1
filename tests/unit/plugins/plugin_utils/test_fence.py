"""The rules that keep containers off the datastore, as module policy reads them."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import policies
from ansible_collections.calico.docker.plugins.plugin_utils import fence


def deny(*nets: str, ports: tuple[str, ...] = ("2379", "2380")) -> dict[str, Any]:
    return {"action": "Deny", "protocol": "TCP", "destination": {"nets": list(nets), "ports": list(ports)}}


@pytest.mark.parametrize(
    ("urls", "rules"),
    [
        pytest.param(
            ["http://172.31.2.11:2379", "http://172.31.1.11:2379", "http://172.31.2.11:2379"],
            [deny("172.31.1.11/32", "172.31.2.11/32")],
            id="each address once, in order",
        ),
        pytest.param(
            ["http://[fd31::11]:2379", "http://172.31.1.11:2379"],
            [deny("172.31.1.11/32"), deny("fd31::11/128")],
            id="a rule for each IP version",
        ),
        pytest.param(
            ["http://172.31.1.11:4001"],
            [deny("172.31.1.11/32", ports=("2379", "2380", "4001"))],
            id="another port of an etcd that was there before",
        ),
        pytest.param(
            ["http://172.31.1.11"], [deny("172.31.1.11/32")],
            id="no port",
        ),
        pytest.param(
            ["http://etcd.example.com:2379", "http://172.31.1.11:2379"], [deny("172.31.1.11/32")],
            id="a name is passed over",
        ),
        pytest.param(["http://:2379"], [], id="a member that is not known"),
    ],
)  # fmt: skip
def test_rules_deny_the_addresses_of_the_datastore(urls: list[str], rules: list[dict[str, Any]]) -> None:
    assert fence.egress_rules(urls) == rules


def test_a_policy_accepts_the_rules() -> None:
    rules = fence.egress_rules(["http://172.31.1.11:2379", "http://[fd31::11]:2379"])
    document = {
        "metadata": {"name": "datastore.etcd"},
        "spec": {"tier": "datastore", "types": ["Egress"], "egress": rules},
    }
    assert len(policies.GlobalNetworkPolicy.decode(document, strict=True).spec.egress or ()) == 2
