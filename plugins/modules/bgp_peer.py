#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.bgp_peer."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bgp_peer
short_description: Manage BGP sessions beyond the mesh
description:
  - A session of some or all nodes with a router of the fabric, or among selected nodes, Calico's BGPPeer.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.bgp_sessions
  - calico.docker.etcd
  - calico.docker.resource
  - calico.docker.behaviour
options:
  name:
    description: Name of the resource.
    type: str
    required: true
  node:
    description: The one node that peers. Without this and O(node_selector) every node does.
    type: str
  node_selector:
    description: Selector of the nodes that peer.
    type: str
  peer_ip:
    description:
      - The peer's address, with a port when it is not V(179), such as V(10.0.0.1), V(10.0.0.1:1790) or V([fd00::1]:1790).
      - Exactly one of this and O(peer_selector) is needed.
    type: str
  peer_selector:
    description: Selector of nodes that are peers.
    type: str
  as_number:
    description: The peer's AS number, such as V(64512) or V("1.10"). Needed with O(peer_ip).
    type: raw
  local_as_number:
    description: The AS number that the nodes show this peer instead of their own.
    type: raw
  keep_original_next_hop:
    description: Whether routes keep their next hop towards a peer of another AS.
    type: bool
  next_hop_mode:
    description: The next hop of announced routes.
    type: str
    choices: [Auto, Self, Keep]
  source_address:
    description: Whether the session comes from the node's address, V(UseNodeIP) when not given.
    type: str
    choices: [UseNodeIP, None]
  max_restart_time:
    description: How long routes of a peer that restarts are kept, such as V(120s).
    type: str
  keepalive_time:
    description: Time between keepalive messages, such as V(20s).
    type: str
  num_allowed_local_as_numbers:
    description: How often the own AS number may stand in the path of an accepted route.
    type: int
  ttl_security:
    description: How many hops away the peer is at most, for GTSM. Off when not given.
    type: int
  reachable_by:
    description: The gateway by which the peer is reached.
    type: str
  filters:
    description: Names of BGPFilters, in order.
    type: list
    elements: str
  password:
    description:
      - The password of the sessions (TCP MD5). The datastore holds only this name of it; the password itself is in C(calico_bgp_passwords) of role
        C(node), best from a vault.
      - A host that does not know it has no such session.
    type: dict
    suboptions:
      secret_key_ref:
        description: Which one.
        type: dict
        required: true
        suboptions:
          name:
            description: The outer key in C(calico_bgp_passwords).
            type: str
            required: true
          key:
            description: The inner key.
            type: str
            required: true
  reverse_peering:
    description: Whether nodes that are peers peer back by themselves.
    type: str
    choices: [Auto, Manual]
"""

EXAMPLES = r"""
- name: Peer with the switch of the rack
  calico.docker.bgp_peer:
    name: rack1-tor
    node_selector: rack == "1"
    peer_ip: 172.31.1.1
    as_number: 64601

- name: The same with a password, which role node writes to the hosts
  calico.docker.bgp_peer:
    name: rack1-tor
    node_selector: rack == "1"
    peer_ip: 172.31.1.1
    as_number: 64601
    password:
      secret_key_ref:
        name: bgp
        key: tor

- name: Fail over to the rack's other switch within a second
  calico.docker.bgp_peer:
    name: rack1-tor2
    node_selector: rack == "1"
    peer_ip: 172.31.1.2
    as_number: 64601
    bfd_interval: 300ms
"""

RETURN = r"""
resource:
  description: The resource as it is now, in check mode as it would be, in Calico's words.
  returned: when O(state=present)
  type: dict
  sample:
    kind: BGPPeer
    apiVersion: projectcalico.org/v3
    metadata:
      name: rack1-tor
    spec:
      nodeSelector: rack == "1"
      peerIP: 172.31.1.1
      asNumber: 64601
"""

import functools

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module
from ansible_collections.calico.docker.plugins.module_utils.model import bgp_peers
from ansible_collections.calico.docker.plugins.module_utils.reconcile import merges


def main(run: resource_module.Run = resource_module.run) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.BGP_SESSIONS,
            **arguments.NAME,
            "node": {"type": "str"},
            "node_selector": {"type": "str"},
            "peer_ip": {"type": "str"},
            "peer_selector": {"type": "str"},
            # Raw: a number with a fraction is a mistake (1.10 is 1.1 in YAML) and must not turn into text.
            "as_number": {"type": "raw"},
            "local_as_number": {"type": "raw"},
            "keep_original_next_hop": {"type": "bool"},
            "next_hop_mode": {"type": "str", "choices": ["Auto", "Self", "Keep"]},
            "source_address": {"type": "str", "choices": ["UseNodeIP", "None"]},
            "max_restart_time": {"type": "str"},
            "keepalive_time": {"type": "str"},
            "num_allowed_local_as_numbers": {"type": "int"},
            "ttl_security": {"type": "int"},
            "reachable_by": {"type": "str"},
            "filters": {"type": "list", "elements": "str"},
            "password": arguments.PASSWORD,
            "reverse_peering": {"type": "str", "choices": ["Auto", "Manual"]},
        },
        supports_check_mode=True,
    )
    extras = {option: module.params[option] for option in arguments.BGP_SESSIONS}
    run(module, bgp_peers.BGPPeer, merge=functools.partial(merges.state_extras, extras=extras))


if __name__ == "__main__":
    main()
