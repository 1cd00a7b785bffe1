#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.network."""

from __future__ import annotations

DOCUMENTATION = r"""
module: network
short_description: Manage Docker networks of containers with Calico
description:
  - Makes a Docker network with the driver C(calico) on the host.
  - A network is known across hosts by its name. On every host that has it, its containers share the profile of that name,
    see M(calico.docker.profile).
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.docker
  - calico.docker.docker_networks
  - calico.docker.host
requirements:
  - The services of the role P(calico.docker.node#role) on the host
attributes:
  diff_mode:
    support: full
    description: Shows the network before and after.
options:
  state:
    description:
      - V(present) makes the network what the options say.
      - V(absent) removes it, which Docker refuses while containers are on it.
      - A network of this name with another driver is not removed, that is an error.
    type: str
    choices: [present, absent]
    default: present
  subnets:
    description:
      - The pools that addresses come from, by their CIDR, or parts of pools, at most one for IPv4 and one for IPv6.
      - Any automatic pool of a version that is not named. Containers can ask for an address of their own only of a named one.
    type: list
    elements: str
    default: []
  options:
    description:
      - Options for the driver, C(com.docker.network.driver.mtu), C(org.projectcalico.profiles) and C(org.projectcalico.label.NAME).
      - The driver refuses any other, with the list of those it knows.
    type: dict
    default: {}
  force:
    description:
      - Whether a network that differs, also one of another driver, is removed and made anew. Docker refuses while containers are on it.
      - Without this it is an error, because Docker cannot change a network.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Have the networks on every host
  calico.docker.network:
    name: "{{ item }}"
    ipv6: true
  loop: [frontend, backend]

- name: Have a network with addresses of one pool
  calico.docker.network:
    name: database
    subnets: [10.66.0.0/16]
"""

RETURN = r"""
network:
  description: The network as it is now, in check mode as it would be.
  returned: when O(state=present)
  type: dict
  sample:
    name: frontend
    driver: calico
    ipam_driver: calico
    ipv6: true
    internal: false
    subnets: []
    labels: {}
    options: {}
"""

from collections.abc import Callable

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import (
    arguments,
    docker_networks,
    docker_sdk,
    network_engine,
    resource_module,
)


def main(connect: Callable[[str | None], docker_networks.Engine] = network_engine.connect) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.DOCKER,
            **arguments.DOCKER_NETWORK,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "subnets": {"type": "list", "elements": "str", "default": []},
            "options": {"type": "dict", "default": {}},
            "force": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    parameters = module.params
    with resource_module.failing(module, docker_sdk.EngineError):
        target = docker_networks.wanted(parameters) if parameters["state"] == "present" else None
        docker_sdk.require(module)
        outcome = docker_networks.converge(
            connect(parameters["docker_host"]),
            parameters["name"],
            target,
            force=parameters["force"],
            check_mode=module.check_mode,
        )
    before, after = (network.shown() if network else {} for network in (outcome.before, outcome.after))
    module.exit_json(changed=outcome.changed, diff={"before": before, "after": after}, network=after or None)


if __name__ == "__main__":
    main()
