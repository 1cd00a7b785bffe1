#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.bgp_configuration."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bgp_configuration
short_description: Manage the BGP settings of the cluster
description:
  - The AS number, the mesh of all nodes and the port, for the cluster or for one node, Calico's BGPConfiguration.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.bgp_sessions
  - calico.docker.etcd
  - calico.docker.resource
  - calico.docker.behaviour
options:
  name:
    description: V(default) for the cluster, V(node.NAME) for one node.
    type: str
    default: default
  as_number:
    description: AS number of all nodes that have none of their own, V(64512) when not given. Only in V(default).
    type: raw
  node_to_node_mesh_enabled:
    description: Whether every node peers with every other, true when not given. Only in V(default).
    type: bool
  node_mesh_max_restart_time:
    description: How long routes of a node that restarts are kept, such as V(120s). Only in V(default).
    type: str
  node_mesh_password:
    description:
      - The password of the mesh's sessions (TCP MD5). Only in V(default). The datastore holds only this name of it; the password itself
        is in C(calico_bgp_passwords) of role C(node), best from a vault.
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
  listen_port:
    description: The port of BGP, V(179) when not given.
    type: int
  bind_mode:
    description: Whether BGP listens on the node's address only (V(NodeIP)).
    type: str
    choices: [None, NodeIP]
  log_severity_screen:
    description: What is logged.
    type: str
  ignored_interfaces:
    description: Interfaces whose networks are not announced.
    type: list
    elements: str
  communities:
    description: Names of communities.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name.
        type: str
        required: true
      value:
        description: The community, V(64512:100) or V(64512:100:1).
        type: str
        required: true
  prefix_advertisements:
    description: The communities of announced prefixes.
    type: list
    elements: dict
    suboptions:
      cidr:
        description: The prefix.
        type: str
        required: true
      communities:
        description: Names or values of communities.
        type: list
        elements: str
        required: true
"""

EXAMPLES = r"""
- name: Use route reflectors instead of the mesh
  calico.docker.bgp_configuration:
    as_number: 64600
    node_to_node_mesh_enabled: false
"""

RETURN = r"""
resource:
  description: The resource as it is now, in check mode as it would be, in Calico's words.
  returned: when O(state=present)
  type: dict
  sample:
    kind: BGPConfiguration
    apiVersion: projectcalico.org/v3
    metadata:
      name: default
    spec:
      nodeToNodeMeshEnabled: false
      asNumber: 64600
"""

import functools

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module
from ansible_collections.calico.docker.plugins.module_utils.model import bgp_configurations
from ansible_collections.calico.docker.plugins.module_utils.reconcile import merges


def main(run: resource_module.Run = resource_module.run) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.BGP_SESSIONS,
            **arguments.DEFAULT_NAME,
            "as_number": {"type": "raw"},
            "node_to_node_mesh_enabled": {"type": "bool"},
            "node_mesh_max_restart_time": {"type": "str"},
            "node_mesh_password": arguments.PASSWORD,
            "listen_port": {"type": "int"},
            "bind_mode": {"type": "str", "choices": ["None", "NodeIP"]},
            "log_severity_screen": {"type": "str"},
            "ignored_interfaces": {"type": "list", "elements": "str"},
            "communities": {
                "type": "list",
                "elements": "dict",
                "options": {"name": {"type": "str", "required": True}, "value": {"type": "str", "required": True}},
            },
            "prefix_advertisements": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "cidr": {"type": "str", "required": True},
                    "communities": {"type": "list", "elements": "str", "required": True},
                },
            },
        },
        supports_check_mode=True,
    )
    extras = {option: module.params[option] for option in arguments.BGP_SESSIONS}
    run(module, bgp_configurations.BGPConfiguration, merge=functools.partial(merges.state_extras, extras=extras))


if __name__ == "__main__":
    main()
