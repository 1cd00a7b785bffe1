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
requirements:
  - Python 3.10
  - The Docker SDK for Python (Debian and Ubuntu C(python3-docker))
  - The services of the role P(calico.docker.node#role) on the host
attributes:
  check_mode:
    support: full
    description: Changes nothing and tells what would change.
  diff_mode:
    support: full
    description: Shows the network before and after.
  idempotent:
    support: full
    description: A second run changes nothing.
options:
  name:
    description: Name of the network, also that of its profile. Lower case letters, digits, C(-) and C(.).
    type: str
    required: true
  state:
    description:
      - V(present) makes the network what the options say.
      - V(absent) removes it, which Docker refuses while containers are on it.
    type: str
    choices: [present, absent]
    default: present
  ipv6:
    description: Whether its containers get IPv6 addresses beside those of IPv4.
    type: bool
    default: false
  subnets:
    description:
      - The pools that addresses come from, by their CIDR, or parts of pools, at most one for IPv4 and one for IPv6.
      - Any automatic pool of a version that is not named. Containers can ask for an address of their own only of a named one.
    type: list
    elements: str
    default: []
  internal:
    description: Whether its containers reach only containers.
    type: bool
    default: false
  labels:
    description: Docker labels of the network.
    type: dict
    default: {}
  options:
    description:
      - Options for the driver, C(com.docker.network.driver.mtu), C(org.projectcalico.profiles) and C(org.projectcalico.label.NAME).
      - The driver refuses any other, with the list of those it knows.
    type: dict
    default: {}
  force:
    description:
      - Whether a network that differs is removed and made anew. Docker refuses while containers are on it.
      - Without this it is an error, because Docker cannot change a network.
    type: bool
    default: false
  docker_host:
    description: URL of Docker's API. The environment's C(DOCKER_HOST) or the local socket when not given.
    type: str
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

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.calico.docker.plugins.module_utils import docker_networks, network_engine, resource_module


def main(connect: Callable[[str | None], docker_networks.Engine] = network_engine.connect) -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "ipv6": {"type": "bool", "default": False},
            "subnets": {"type": "list", "elements": "str", "default": []},
            "internal": {"type": "bool", "default": False},
            "labels": {"type": "dict", "default": {}},
            "options": {"type": "dict", "default": {}},
            "force": {"type": "bool", "default": False},
            "docker_host": {"type": "str"},
        },
        supports_check_mode=True,
    )
    parameters = module.params
    with resource_module.failing(module, network_engine.EngineError):
        target = docker_networks.wanted(parameters) if parameters["state"] == "present" else None
        if network_engine.MISSING:
            module.fail_json(msg=missing_required_lib("docker"), exception=network_engine.MISSING)
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
