"""Python's ipaddress takes any text as the zone of an IPv6 address; none may get into BIRD's or nftables' input."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import bgp_peers, errors, fields, nodes, schema

ZONE = "fe80::1%eth0; evil"


@pytest.mark.parametrize(
    ("form", "value"),
    [
        pytest.param(fields.ADDRESS, ZONE, id="address"),
        pytest.param(fields.NETWORK, f"{ZONE}/128", id="network"),
        pytest.param(fields.HOST_NETWORK, ZONE, id="single address"),
        pytest.param(fields.interface(6), f"{ZONE}/64", id="interface address"),
        pytest.param(bgp_peers.PEER_ADDRESS, ZONE, id="peer address"),
    ],
)
def test_a_zone_is_refused(form: schema.Form[Any], value: str) -> None:
    with pytest.raises(errors.Invalid, match="is refused"):
        form.decode(value, False)


@pytest.mark.parametrize("value", ["256.0.0.1", "1.0.0", "1.0.0.1.2", "01.0.0.1", "٣.0.0.1", "1.0.0.1\n"])
def test_a_cluster_id_is_four_numbers(value: str) -> None:
    with pytest.raises(errors.Invalid, match="four numbers"):
        nodes.Node.decode({"metadata": {"name": "a"}, "spec": {"bgp": {"routeReflectorClusterID": value}}})
