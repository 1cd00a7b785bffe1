"""Network sets, reserved addresses, and the settings of address management that upstream's tools show."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import (
    ip_reservations,
    ipam_configurations,
    network_sets,
    resources,
)

from .refusals import accepted, refused

GLOBAL = network_sets.GlobalNetworkSet
NAMESPACE = {"labels": {"projectcalico.org/namespace": "x"}}


@pytest.mark.parametrize(
    ("kind", "spec", "metadata", "fields"),
    [
        (GLOBAL, {"nets": ["10.0.0.0/33"]}, {}, ["spec.nets[0]"]),
        (GLOBAL, {"nets": [10, "::1%eth0"]}, {}, ["spec.nets[0]", "spec.nets[1]"]),
        (GLOBAL, {"nets": "10.0.0.0/8"}, {}, ["spec.nets"]),
        (GLOBAL, {}, NAMESPACE, ["metadata.labels[projectcalico.org/namespace]"]),
        (
            network_sets.NetworkSet,
            {},
            {"namespace": "x", **NAMESPACE},
            ["metadata.labels[projectcalico.org/namespace]"],
        ),
        (network_sets.NetworkSet, {}, {}, ["metadata.namespace"]),
        (GLOBAL, {}, {"namespace": "x"}, ["metadata.namespace"]),
        (ip_reservations.IPReservation, {"reservedCIDRs": ["10.0.0.1"]}, {}, ["spec.reservedCIDRs[0]"]),
        (ipam_configurations.IPAMConfiguration, {}, {}, ["metadata.name"]),
        (
            ipam_configurations.IPAMConfiguration,
            {"maxBlocksPerHost": -1, "strictAffinity": "no"},
            {"name": "default"},
            ["spec.strictAffinity", "spec.maxBlocksPerHost"],
        ),
    ],
)
def test_what_is_refused(
    kind: type[resources.Resource], spec: dict[str, Any], metadata: dict[str, Any], fields: list[str]
) -> None:
    assert refused(kind, spec, **metadata) == fields


def test_host_bits_are_masked_and_an_address_is_a_network() -> None:
    found = accepted(GLOBAL, {"nets": ["10.0.0.1/8", "10.0.0.1", "fd00::1/64", "0.0.0.0/0"]})
    assert [str(network) for network in found.spec.nets] == ["10.0.0.0/8", "10.0.0.1/32", "fd00::/64", "0.0.0.0/0"]


def test_an_address_that_an_older_writer_reserved_is_read() -> None:
    document = {"metadata": {"name": "x"}, "spec": {"reservedCIDRs": ["10.0.0.1"]}}
    found = ip_reservations.IPReservation.decode(document)
    assert [str(network) for network in found.spec.reserved_cidrs] == ["10.0.0.1/32"]


def test_the_flags_of_address_management_are_always_written() -> None:
    found = accepted(ipam_configurations.IPAMConfiguration, {"autoAllocateBlocks": True}, "default")
    assert found.encode()["spec"] == {"strictAffinity": False, "autoAllocateBlocks": True}
