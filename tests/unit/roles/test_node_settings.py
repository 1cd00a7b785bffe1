"""The environment file of role node, as the module that compares it with the running services reads it."""

import pathlib
from typing import Any

import jinja2
import pytest
from ansible.plugins.filter import core

from ansible_collections.calico.docker.plugins.module_utils import node_units

TEMPLATE = pathlib.Path(__file__).parents[3] / "roles/node/templates/calico.env.j2"


def rendered(**variables: Any) -> str:
    # As Ansible's template module sets Jinja up.
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined)  # noqa: S701  # no HTML
    environment.filters["regex_replace"] = core.FilterModule().filters()["regex_replace"]
    return environment.from_string(TEMPLATE.read_text()).render(ansible_managed="Ansible managed", **variables)


@pytest.mark.parametrize("name", ["host1", 'a "quoted" name', "back\\slash", "$HOME and `id`"])
def test_every_value_arrives_as_it_was_given(name: str) -> None:
    text = rendered(calico_node_name=name, calico_etcd_endpoints=["http://172.31.1.11:2379", "http://[fd31::1]:2379"])
    assert node_units.parse_environment(text) == {
        "NODENAME": name,
        "ETCD_ENDPOINTS": "http://172.31.1.11:2379,http://[fd31::1]:2379",
    }


def test_each_setting_has_its_line() -> None:
    text = rendered(calico_node_name="host1", calico_etcd_endpoints=["http://172.31.1.11:2379"])
    assert text.splitlines() == [
        "# Ansible managed",
        'NODENAME="host1"',
        'ETCD_ENDPOINTS="http://172.31.1.11:2379"',
    ]
