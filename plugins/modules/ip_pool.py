#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.ip_pool."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ip_pool
short_description: Manage pools of container addresses
description:
  - A pool is a range of addresses that containers get theirs from, Calico's IPPool.
  - Hosts claim it block by block and announce their blocks by BGP.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.resource
  - calico.docker.behaviour
options:
  name:
    description: Name of the pool.
    type: str
    required: true
  cidr:
    description:
      - The range, such as V(10.65.0.0/16) or V(fd65::/48). It never changes and overlaps no other pool.
      - Required when O(state=present).
    type: str
  block_size:
    description:
      - Prefix length of the blocks, V(20) to V(32) for IPv4 and V(116) to V(128) for IPv6. It never changes.
      - V(26) for IPv4 and V(122) for IPv6 when not given.
    type: int
  ipip_mode:
    description: Whether traffic between hosts is wrapped in IPIP.
    type: str
    choices: [Never, Always, CrossSubnet]
  vxlan_mode:
    description: Whether traffic between hosts is wrapped in VXLAN.
    type: str
    choices: [Never, Always, CrossSubnet]
  nat_outgoing:
    description: Whether traffic that leaves all pools gets the host's address.
    type: bool
  disabled:
    description: Whether no new addresses are given out.
    type: bool
  disable_bgp_export:
    description: Whether its blocks are not announced.
    type: bool
  node_selector:
    description: Selector of the nodes that may use the pool, all when not given.
    type: str
  namespace_selector:
    description: Selector of the namespaces that may use the pool.
    type: str
  allowed_uses:
    description: What its addresses are for, V(Workload) and V(Tunnel) when not given.
    type: list
    elements: str
    choices: [Workload, Tunnel, LoadBalancer]
  assignment_mode:
    description: Whether addresses are given from it unasked (V(Automatic)) or only to networks that name it (V(Manual)).
    type: str
    choices: [Automatic, Manual]
  mtu:
    description:
      - MTU of the interfaces of containers with addresses of the pool, V(1280) to V(65535). A network's own option counts more.
      - That of the interface with the host's address when not given. Calico has no field for it, so it is an annotation.
    type: int
"""

EXAMPLES = r"""
- name: Give containers addresses of both families
  calico.docker.ip_pool:
    name: "{{ item.name }}"
    cidr: "{{ item.cidr }}"
  loop:
    - {name: containers-v4, cidr: 10.65.0.0/16}
    - {name: containers-v6, cidr: "fd65::/48"}

- name: Leave room for what the provider wraps around packets
  calico.docker.ip_pool:
    name: containers-v4
    cidr: 10.65.0.0/16
    mtu: 1400

- name: Give out no more addresses of the old pool
  calico.docker.ip_pool:
    name: old
    cidr: 10.64.0.0/16
    disabled: true

- name: Remove it, which is refused while containers have its addresses
  calico.docker.ip_pool:
    name: old
    state: absent
"""

RETURN = r"""
resource:
  description: The resource as it is now, in check mode as it would be, in Calico's words.
  returned: when O(state=present)
  type: dict
  sample:
    kind: IPPool
    apiVersion: projectcalico.org/v3
    metadata:
      name: containers-v4
    spec:
      cidr: 10.65.0.0/16
      blockSize: 26
      ipipMode: Never
      vxlanMode: Never
      nodeSelector: all()
      allowedUses: [Workload, Tunnel]
      assignmentMode: Automatic
"""

import functools

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module
from ansible_collections.calico.docker.plugins.module_utils.model import ip_pools
from ansible_collections.calico.docker.plugins.module_utils.reconcile import merges


def main(run: resource_module.Run = resource_module.run) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.NAME,
            "cidr": {"type": "str"},
            "block_size": {"type": "int"},
            "ipip_mode": {"type": "str", "choices": ["Never", "Always", "CrossSubnet"]},
            "vxlan_mode": {"type": "str", "choices": ["Never", "Always", "CrossSubnet"]},
            "nat_outgoing": {"type": "bool"},
            "disabled": {"type": "bool"},
            "disable_bgp_export": {"type": "bool"},
            "node_selector": {"type": "str"},
            "namespace_selector": {"type": "str"},
            "allowed_uses": {"type": "list", "elements": "str", "choices": ["Workload", "Tunnel", "LoadBalancer"]},
            "assignment_mode": {"type": "str", "choices": ["Automatic", "Manual"]},
            "mtu": {"type": "int"},
        },
        required_if=[("state", "present", ["cidr"])],
        supports_check_mode=True,
    )
    merge = functools.partial(merges.state_mtu, mtu=module.params["mtu"])
    run(module, ip_pools.IPPool, merge=merge)


if __name__ == "__main__":
    main()
