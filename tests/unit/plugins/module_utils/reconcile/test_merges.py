"""Resources that several writers share: what a wish leaves of what is stored."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import errors, nodes
from ansible_collections.calico.docker.plugins.module_utils.reconcile import merges


def node(spec: dict[str, Any], **metadata: Any) -> nodes.Node:
    return nodes.Node.decode({"metadata": {"name": "host1", **metadata}, "spec": spec}, strict=True)


def addresses(**bgp: Any) -> nodes.Node:
    return node({"bgp": bgp})


STORED = node(
    {
        "bgp": {
            "ipv4Address": "10.0.0.1/24",
            "ipv6Address": "fd00::1/64",
            "asNumber": 64600,
            "ipv4IPIPTunnelAddr": "10.65.0.1",
        },
        "orchRefs": [{"nodeName": "host1", "orchestrator": "x"}],
    },
    labels={"rack": "1"},
    annotations={"note": "kept"},
)


def test_labels_and_annotations_stay_where_none_are_given() -> None:
    merged = merges.keep_metadata(addresses(), STORED, labels=None)
    assert merged.metadata.labels == {"rack": "1"}
    assert merged.metadata.annotations == {"note": "kept"}


@pytest.mark.parametrize("labels", [{}, {"rack": "2"}])
def test_given_labels_are_all_there_are(labels: dict[str, str]) -> None:
    merged = merges.keep_metadata(node({}, labels=labels), STORED, labels=labels)
    assert merged.metadata.labels == labels


def test_a_new_resource_is_what_is_wanted() -> None:
    wanted = node({}, labels={"rack": "2"})
    assert merges.keep_metadata(wanted, None, labels={"rack": "2"}) is wanted
    assert merges.keep_stored(wanted, None) is wanted
    assert merges.register(wanted, None, readdress=False) is wanted


def test_what_is_stored_wins_where_it_is_kept() -> None:
    assert merges.keep_stored(addresses(), STORED) is STORED


def test_registering_states_both_addresses_and_keeps_the_rest() -> None:
    merged = merges.register(addresses(ipv4Address="10.0.0.1/25"), STORED, readdress=False)
    assert merged.encode()["spec"] == {
        "bgp": {"asNumber": 64600, "ipv4Address": "10.0.0.1/25", "ipv4IPIPTunnelAddr": "10.65.0.1"},
        "orchRefs": [{"nodeName": "host1", "orchestrator": "x"}],
    }


def test_registering_changes_what_is_given() -> None:
    wanted = addresses(ipv4Address="10.0.0.1/24", asNumber=64700, routeReflectorClusterID="1.0.0.1")
    bgp = merges.register(wanted, STORED, readdress=False).spec.bgp
    assert bgp is not None
    assert (bgp.as_number, bgp.route_reflector_cluster_id) == (64700, "1.0.0.1")


@pytest.mark.parametrize(
    ("wanted", "stored"),
    [
        pytest.param({"ipv4Address": "10.0.0.2/24"}, {"ipv4Address": "10.0.0.1/24"}, id="another IPv4 address"),
        pytest.param(
            {"ipv4Address": "10.0.0.2/24", "ipv6Address": "fd00::1/64"},
            {"ipv4Address": "10.0.0.1/24", "ipv6Address": "fd00::1/64"},
            id="another IPv4 address beside the same IPv6 address",
        ),
        pytest.param({"ipv6Address": "fd00::2/64"}, {"ipv6Address": "fd00::1/64"}, id="another IPv6 address alone"),
        pytest.param({"ipv6Address": "fd00::2/64"}, {"ipv4Address": "10.0.0.1/24"}, id="no address in common"),
    ],
)
def test_another_host_of_the_name_is_refused(wanted: dict[str, str], stored: dict[str, str]) -> None:
    with pytest.raises(errors.Invalid, match=r"node host1 is registered with .*: another machine has that name"):
        merges.register(addresses(**wanted), addresses(**stored), readdress=False)
    merged = merges.register(addresses(**wanted), addresses(**stored), readdress=True)
    assert merged.address(4) == addresses(**wanted).address(4)


@pytest.mark.parametrize(
    ("wanted", "stored"),
    [
        pytest.param(
            {"ipv4Address": "10.0.0.1/24", "ipv6Address": "fd00::2/64"},
            {"ipv4Address": "10.0.0.1/24", "ipv6Address": "fd00::1/64"},
            id="a new IPv6 prefix",
        ),
        pytest.param({"ipv4Address": "10.0.0.1/16"}, {"ipv4Address": "10.0.0.1/24"}, id="another prefix length"),
        pytest.param({"ipv4Address": "10.0.0.1/24"}, {}, id="no address yet"),
    ],
)
def test_the_same_host_may_change(wanted: dict[str, str], stored: dict[str, str]) -> None:
    merged = merges.register(addresses(**wanted), addresses(**stored), readdress=False)
    assert merged.spec.bgp == addresses(**wanted).spec.bgp
