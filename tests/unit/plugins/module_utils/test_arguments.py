"""There is an option for every field of the model."""

import importlib
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from ansible_collections.calico.docker.plugins.module_utils import arguments
from ansible_collections.calico.docker.plugins.module_utils.model import (
    bgp_configurations,
    bgp_filters,
    bgp_peers,
    endpoint_ports,
    felix_configurations,
    felix_upstream,
    host_endpoints,
    ip_pools,
    ip_reservations,
    ipam_configurations,
    network_sets,
    policy_specs,
    profiles,
    rules,
    schema,
    tiers,
)
from ansible_collections.calico.docker.plugins.modules import bgp_filter, host_endpoint

# Fields without an option: services exist only in Kubernetes; and what only upstream follows.
WITHOUT_OPTION = {
    "services",
    "program_cluster_routes",
    "ipv4_normal_route_priority",
    "ipv6_normal_route_priority",
    "service_cluster_ips",
    "service_external_ips",
    "service_load_balancer_ips",
}
SHARED = {
    "calico.docker.bgp_sessions": arguments.BGP_SESSIONS,
    "calico.docker.rules": arguments.RULES,
    "calico.docker.network_policies": arguments.POLICY,
}
# Of the metadata (the MTU of a pool is an annotation), or which kind is meant
BESIDE_THE_SPEC = {"name", "namespace", "staged", "mtu", *arguments.BGP_SESSIONS}


def attributes(cls: type[Any]) -> dict[str, type[Any] | None]:
    return {attribute: form.fields or form.items for attribute, _name, form, _required in schema.members(cls)}


def assert_same_fields(spec: Mapping[str, Any], cls: type[Any]) -> None:
    fields = {name: below for name, below in attributes(cls).items() if name not in WITHOUT_OPTION}
    assert set(spec) == set(fields)
    for name, below in fields.items():
        if below is not None:
            assert_same_fields(spec[name]["options"], below)


def test_a_rules_options_are_its_fields() -> None:
    assert_same_fields(arguments.RULES["ingress"]["options"], rules.Rule)


def test_a_bgp_filters_options_are_its_fields() -> None:
    assert_same_fields(bgp_filter.RULE, bgp_filters.FilterRule)


def test_a_host_endpoints_ports_options_are_their_fields() -> None:
    assert_same_fields(host_endpoint.PORT, endpoint_ports.EndpointPort)


@pytest.mark.parametrize(
    ("module", "cls"),
    [
        ("bgp_configuration", bgp_configurations.BGPConfigurationSpec),
        ("bgp_filter", bgp_filters.BGPFilterSpec),
        ("bgp_peer", bgp_peers.BGPPeerSpec),
        ("felix_configuration", felix_configurations.FelixConfigurationSpec),
        ("host_endpoint", host_endpoints.HostEndpointSpec),
        ("ip_pool", ip_pools.IPPoolSpec),
        ("ip_reservation", ip_reservations.IPReservationSpec),
        ("ipam_configuration", ipam_configurations.IPAMConfigurationSpec),
        ("network_policy", policy_specs.StagedNetworkPolicySpec),
        ("network_set", network_sets.NetworkSetSpec),
        ("policy", policy_specs.StagedGlobalNetworkPolicySpec),
        ("profile", profiles.ProfileSpec),
        ("tier", tiers.TierSpec),
    ],
)
def test_a_module_has_an_option_for_every_field(module: str, cls: type[Any]) -> None:
    found = importlib.import_module(f"ansible_collections.calico.docker.plugins.modules.{module}")
    documentation = yaml.safe_load(found.DOCUMENTATION)
    fragments = documentation["extends_documentation_fragment"]
    shared = {name for fragment, options in SHARED.items() if fragment in fragments for name in options}
    without = WITHOUT_OPTION
    if cls is felix_configurations.FelixConfigurationSpec:
        without = set(felix_upstream.UpstreamSettings.__dataclass_fields__)
    assert {*documentation["options"], *shared} - BESIDE_THE_SPEC == set(attributes(cls)) - without
