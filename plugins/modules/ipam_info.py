#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.ipam_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ipam_info
short_description: Tell how full pools are and who holds which address
description:
  - Returns pools, the blocks that they are cut into with the nodes that own them, and the addresses that are out.
  - Whether all of it fits together, with Docker's own word, tells C(calicoctl ipam check) on a host.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.info
options:
  node:
    description: Only blocks that this node owns, and addresses that it holds, in blocks of others too.
    type: str
  addresses:
    description: Only these addresses. One that is free is not returned.
    type: list
    elements: str
seealso:
  - module: calico.docker.ipam_release
"""

EXAMPLES = r"""
- name: Look how full the pools are
  calico.docker.ipam_info:
  register: ipam

- name: Refuse to go on where a pool is nearly used up
  ansible.builtin.assert:
    that: item.used < 0.9 * item.total
  loop: "{{ ipam.pools }}"

- name: Look who has an address
  calico.docker.ipam_info:
    addresses: [10.65.39.112]
"""

RETURN = r"""
pools:
  description: All pools in the order of addresses.
  returned: always
  type: list
  elements: dict
  sample:
    - name: pool4
      cidr: 10.65.0.0/16
      block_size: 26
      disabled: false
      total: 65536
      used: 12
      free: 65524
blocks:
  description: The blocks, with the node that owns each, null for nobody.
  returned: always
  type: list
  elements: dict
  sample:
    - cidr: 10.65.39.64/26
      node: rack1-host1
      total: 64
      used: 4
      free: 60
blocks_without_pool:
  description: Blocks that a pool left behind.
  returned: always
  type: list
  elements: str
  sample: []
addresses:
  description:
    - The addresses that are out. An address without endpoint may be a tunnel's, or one of a container that is just being made,
      or leaked.
    - One with RV(addresses[].released_at) was given back and is kept back for a while.
  returned: always
  type: list
  elements: dict
  contains:
    address:
      description: The address.
      type: str
    node:
      description: The node that took it.
      type: str
    handle:
      description: By which handle it is given back.
      type: str
    endpoint:
      description: Name of the WorkloadEndpoint that has it.
      type: str
    attributes:
      description: What else who took it wrote.
      type: dict
    released_at:
      description: When it was given back.
      type: str
  sample:
    - address: 10.65.39.112
      node: rack1-host1
      handle: libnetwork.5a0b2b1e-2a0a-4ec1-a5d4-cb3c2b9f0f7c
      endpoint: rack1--host1-libnetwork-libnetwork-0f3a
      attributes: {node: rack1-host1, orchestrator: libnetwork, timestamp: "2026-11-24T06:33:20Z"}
      released_at: null
settings:
  description: What holds for all nodes.
  returned: always
  type: dict
  sample:
    strict_affinity: false
    auto_allocate_blocks: true
    max_blocks_per_host: 20
    cooldown_seconds: 0
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, ipam_module, resource_module


def main(run: resource_module.Run = ipam_module.show) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.ETCD,
            "node": {"type": "str"},
            "addresses": {"type": "list", "elements": "str"},
        },
        supports_check_mode=True,
    )
    run(module)


if __name__ == "__main__":
    main()
