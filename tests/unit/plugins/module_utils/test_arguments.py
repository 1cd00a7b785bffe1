"""The shared options are the model's fields, and the documented ones."""

import importlib
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from ansible_collections.calico.docker.plugins.doc_fragments import etcd, resource
from ansible_collections.calico.docker.plugins.doc_fragments import rules as rules_fragment
from ansible_collections.calico.docker.plugins.module_utils import arguments
from ansible_collections.calico.docker.plugins.module_utils.model import (
    bgp_configurations,
    bgp_peers,
    felix_configurations,
    ip_pools,
    policies,
    profiles,
    rules,
    schema,
    tiers,
)

# Fields without an option: BGP passwords lie in Kubernetes secrets, which nobody here can read.
WITHOUT_OPTION = {"password"}


def options(fragment: Any) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"]
    return found


def plain(spec: Mapping[str, Any], below: str) -> dict[str, Any]:
    """What specification and documentation have in common; ``below`` is what each calls suboptions."""
    same = ("type", "elements", "choices", "default", "required")
    return {
        name: {key: entry[key] for key in same if key in entry} | {"below": plain(entry.get(below, {}), below)}
        for name, entry in spec.items()
    }


@pytest.mark.parametrize(
    ("spec", "fragment"),
    [
        pytest.param(arguments.ETCD, etcd, id="etcd"),
        pytest.param({k: v for k, v in arguments.RESOURCE.items() if k not in arguments.ETCD}, resource, id="resource"),
        pytest.param(arguments.RULES, rules_fragment, id="rules"),
    ],
)
def test_options_are_documented_as_they_are(spec: dict[str, Any], fragment: Any) -> None:
    assert plain(options(fragment), "suboptions") == plain(spec, "options")


def attributes(cls: type[Any]) -> dict[str, type[Any] | None]:
    return {attribute: form.fields or form.items for attribute, _name, form, _required in schema.members(cls)}


def assert_same_fields(spec: Mapping[str, Any], cls: type[Any]) -> None:
    fields = attributes(cls)
    assert set(spec) == set(fields)
    for name, below in fields.items():
        if below is not None:
            assert_same_fields(spec[name]["options"], below)


def test_a_rules_options_are_its_fields() -> None:
    assert_same_fields(arguments.RULES["ingress"]["options"], rules.Rule)


@pytest.mark.parametrize(
    ("module", "cls"),
    [
        ("bgp_configuration", bgp_configurations.BGPConfigurationSpec),
        ("bgp_peer", bgp_peers.BGPPeerSpec),
        ("felix_configuration", felix_configurations.FelixConfigurationSpec),
        ("ip_pool", ip_pools.IPPoolSpec),
        ("policy", policies.GlobalNetworkPolicySpec),
        ("profile", profiles.ProfileSpec),
        ("tier", tiers.TierSpec),
    ],
)
def test_a_module_has_an_option_for_every_field(module: str, cls: type[Any]) -> None:
    found = importlib.import_module(f"ansible_collections.calico.docker.plugins.modules.{module}")
    documentation = yaml.safe_load(found.DOCUMENTATION)
    shared = options(rules_fragment) if "calico.docker.rules" in documentation["extends_documentation_fragment"] else {}
    assert set(documentation["options"]) | set(shared) == (set(attributes(cls)) - WITHOUT_OPTION) | {"name"}
