#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.swarm_network."""

from __future__ import annotations

DOCUMENTATION = r"""
module: swarm_network
short_description: Manage Calico's networks of a swarm
description:
  - Makes a network that services of the swarm can name, with tasks on all nodes that reach each other as policy says.
  - Run it on every node. Each gets the network's settings, as a Docker network C(NAME.config) that is nothing else, managers also the network.
  - The driver is the plugin of M(calico.docker.swarm_plugin), which each node needs first.
  - As everywhere in this collection, the network's name is its identity. Its containers share the profile of that name, see
    M(calico.docker.profile), with those of M(calico.docker.network) of this name on hosts outside of the swarm.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.docker
  - calico.docker.docker_networks
  - calico.docker.host
attributes:
  diff_mode:
    support: full
    description: Shows both parts before and after.
options:
  state:
    description:
      - V(present) makes this host's parts of the network.
      - V(absent) removes them, first on managers, which Docker refuses while a service uses the network, then on workers.
      - A network of this name with another driver is not removed, that is an error.
      - A network cannot be changed. One with other settings is an error.
    type: str
    choices: [present, absent]
    default: present
  subnets:
    description: The pools that addresses come from, by their CIDR, at most one for IPv4 and one for IPv6. Any automatic pool otherwise.
    type: list
    elements: str
    default: []
  attachable:
    description: Whether C(docker run) and Compose may use the network too, besides services.
    type: bool
    default: true
  options:
    description: Options for the driver.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Have a network for services
  calico.docker.swarm_network:
    name: shop
    ipv6: true

- name: Remove it
  calico.docker.swarm_network:
    name: shop
    state: absent
"""

RETURN = r"""
network:
  description: This host's parts of the network as they are now, in check mode as they would be. On workers without C(network).
  returned: when O(state=present)
  type: dict
  sample:
    network: {name: shop, scope: swarm, driver: "calico-swarm:latest", config_from: shop.config, attachable: true, internal: false}
    config: {name: shop.config, driver: "null", ipam_driver: "calico-swarm:latest", ipv6: true, internal: false, subnets: [], labels: {}, options: {}}
"""

from collections.abc import Callable

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import (
    arguments,
    docker_sdk,
    resource_module,
    swarm_engine,
    swarm_networks,
)


def main(connect: Callable[[str | None], swarm_networks.Engine] = swarm_engine.connect) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.DOCKER,
            **arguments.DOCKER_NETWORK,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "subnets": {"type": "list", "elements": "str", "default": []},
            "attachable": {"type": "bool", "default": True},
            "options": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    parameters = module.params
    with resource_module.failing(module, docker_sdk.EngineError):
        target = swarm_networks.wanted(parameters) if parameters["state"] == "present" else None
        docker_sdk.require(module)
        engine = connect(parameters["docker_host"])
        outcome = swarm_networks.converge(engine, parameters["name"], target, check_mode=module.check_mode)
    before, after = outcome.before.shown(), outcome.after.shown()
    told = {} if target is None else {"network": after}
    module.exit_json(changed=outcome.changed, diff={"before": before, "after": after}, **told)


if __name__ == "__main__":
    main()
