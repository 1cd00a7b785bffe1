#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: node
short_description: Register hosts
description:
  - Registers a host with its addresses, or removes it, Calico's Node.
  - Refuses an address that another node has, and a name under which a host of other addresses is registered.
  - Unlike with other resources, only the addresses are always what the options say. All else, such as tunnel addresses
    that the node's agent writes, stays as it is stored unless an option is given.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.resource
  - calico.docker.behaviour
options:
  name:
    description: Name of the node.
    type: str
    required: true
  ipv4_address:
    description: Its IPv4 address for BGP and routes, with the prefix length of its subnet, such as V(10.0.0.11/24).
    type: str
  ipv6_address:
    description: Its IPv6 address for BGP and routes, with the prefix length of its subnet, such as V(fd00::11/64).
    type: str
  as_number:
    description: AS number of its own.
    type: raw
  route_reflector_cluster_id:
    description: Makes it a route reflector of this cluster, such as V(1.0.0.1).
    type: str
  readdress:
    description: Whether a node that is registered with other addresses gets these.
    type: bool
    default: false
  gone:
    description:
      - Whether the host is gone for good. Then with O(state=absent) all that it holds goes with its Node, endpoints and
        addresses too, also those in blocks of other hosts. Blocks of which other hosts borrow addresses stay, without owner.
      - Without this, a node that holds endpoints or addresses is not removed.
      - A host that is there after all is refused, as far as the host where the module runs can tell by trying to reach the
        addresses of its Node.
      - A run that broke off is simply repeated, also if the Node is removed already.
    type: bool
    default: false
  force:
    description: Whether to believe O(gone=true) though a machine answers at the addresses of the Node.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Register the host
  calico.docker.node:
    name: "{{ inventory_hostname }}"
    ipv4_address: 172.31.1.11/24
    ipv6_address: fd31:0:0:1::11/64
    labels:
      rack: "1"

- name: Give back what a host holds that will not come back
  calico.docker.node:
    name: rack2-host2
    state: absent
    gone: true
"""

RETURN = r"""
resource:
  description: The resource as it is now, in check mode as it would be, in Calico's words.
  returned: when O(state=present)
  type: dict
  sample:
    kind: Node
    apiVersion: projectcalico.org/v3
    metadata:
      name: rack1-host1
      labels:
        rack: "1"
    spec:
      bgp:
        ipv4Address: 172.31.1.11/24
        ipv6Address: fd31:0:0:1::11/64
released:
  description: What the host held, in check mode still holds.
  returned: with O(state=absent) and O(gone=true)
  type: dict
  contains:
    endpoints:
      description: Names of its WorkloadEndpoints.
      type: list
      elements: str
    addresses:
      description: Its addresses, in blocks of other hosts too.
      type: list
      elements: str
    blocks:
      description: The blocks that it claimed.
      type: list
      elements: str
  sample:
    endpoints: [rack2--host2-libnetwork-libnetwork-0f3a]
    addresses: [10.65.0.65, "fd65::41"]
    blocks: [10.65.0.64/26, "fd65::40/122"]
"""

import functools

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, node_module, resource_module
from ansible_collections.calico.docker.plugins.module_utils.model import nodes
from ansible_collections.calico.docker.plugins.module_utils.reconcile import merges


def main(
    run: resource_module.Run = resource_module.run, decommission: resource_module.Run = node_module.decommission
) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.NAME,
            "ipv4_address": {"type": "str"},
            "ipv6_address": {"type": "str"},
            "as_number": {"type": "raw"},
            "route_reflector_cluster_id": {"type": "str"},
            "readdress": {"type": "bool", "default": False},
            "gone": {"type": "bool", "default": False},
            "force": {"type": "bool", "default": False},
        },
        required_if=[("state", "present", ["ipv4_address", "ipv6_address"], True)],
        supports_check_mode=True,
    )
    if module.params["gone"]:
        decommission(module)
        return
    merge = functools.partial(merges.register, readdress=module.params["readdress"])
    run(module, nodes.Node, spec={"bgp": module.params}, merge=merge)


if __name__ == "__main__":
    main()
