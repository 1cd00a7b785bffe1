"""Each module takes exactly the options that it documents."""

import importlib
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule

from tests.fakes.module_args import patch_module_args

PLUGINS = "ansible_collections.calico.docker.plugins"
NAMED = {"etcd_endpoints": ["http://192.0.2.1:2379"], "name": "default", "state": "absent"}
MODULES = {
    "bgp_configuration": NAMED,
    "bgp_filter": NAMED,
    "bgp_peer": NAMED,
    "bootstrap": {"etcd_endpoints": NAMED["etcd_endpoints"]},
    "felix_configuration": NAMED,
    "host_endpoint": NAMED,
    "ip_pool": NAMED,
    "ip_reservation": NAMED,
    "ipam_configuration": NAMED,
    "ipam_info": {"etcd_endpoints": NAMED["etcd_endpoints"]},
    "ipam_release": {"etcd_endpoints": NAMED["etcd_endpoints"], "handle": "h"},
    "network_policy": NAMED,
    "network_set": NAMED,
    "node": NAMED,
    "policy": NAMED,
    "profile": NAMED,
    "reachability": {"etcd_endpoints": NAMED["etcd_endpoints"], "statements": []},
    "resource_info": {"etcd_endpoints": NAMED["etcd_endpoints"]},
    "resources": {"etcd_endpoints": NAMED["etcd_endpoints"], "definitions": []},
    "tier": NAMED,
    "workload": {**NAMED, "node": "host1"},
}
SHARED = ("type", "elements", "choices", "default", "required")


def documented(module: Any) -> dict[str, Any]:
    own = yaml.safe_load(module.DOCUMENTATION)
    options = dict(own["options"])
    for name in own["extends_documentation_fragment"]:
        fragment = importlib.import_module(f"{PLUGINS}.doc_fragments.{name.removeprefix('calico.docker.')}")
        options |= yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"]
    return options


def comparable(options: Mapping[str, Any], below: str) -> dict[str, Any]:
    return {
        name: {key: option[key] for key in SHARED if key in option}
        | {"below": comparable(option.get(below, {}), below)}
        for name, option in options.items()
    }


@pytest.mark.parametrize(("name", "arguments"), MODULES.items(), ids=MODULES)
def test_options_are_documented_as_they_are(name: str, arguments: dict[str, Any]) -> None:
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    made: list[AnsibleModule] = []
    with patch_module_args({"_ansible_remote_tmp": "/nowhere", **arguments}):
        module.main(lambda created, *_given, **_named: made.append(created))
    assert comparable(made[0].argument_spec, "options") == comparable(documented(module), "suboptions")
    assert made[0].supports_check_mode
