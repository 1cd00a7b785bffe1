#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.bgp_filter."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bgp_filter
short_description: Manage filters of routes for BGP peers
description:
  - Says which routes a BGP peer is given and which are taken from it, Calico's BGPFilter. A peer names its filters, see
    O(calico.docker.bgp_peer#module:filters).
  - The first rule that matches decides. A route that no rule of the peer's filters matches is treated as without filters.
  - A filter that a peer names is not removed.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.resource
  - calico.docker.behaviour
options:
  name:
    description: Name of the filter.
    type: str
    required: true
  export_v4:
    description: Rules for IPv4 routes to the peer. The first one that matches decides.
    type: list
    elements: dict
    suboptions: &rule
      action:
        description: What becomes of a route that matches all that is given.
        type: str
        choices: [Accept, Reject]
        required: true
      cidr:
        description: Match by the route's prefix. Needs O(ignore:match_operator).
        type: str
      match_operator:
        description: How the prefix relates to O(ignore:cidr).
        type: str
        choices: [Equal, NotEqual, In, NotIn]
      prefix_length:
        description: Match prefix lengths. Needs O(ignore:cidr).
        type: dict
        suboptions:
          min:
            description: The shortest.
            type: int
          max:
            description: The longest.
            type: int
      source:
        description: Match routes that were learnt from other hosts.
        type: str
        choices: [RemotePeers]
      interface:
        description: Match routes of an interface, whose name may hold V(*).
        type: str
      peer_type:
        description: Match with peers of another AS or of the same one.
        type: str
        choices: [eBGP, iBGP]
      communities:
        description: Match routes that carry a community.
        type: dict
        suboptions:
          values:
            description: A list of one community, V("64512:100") or V("64512:1:100"). Quote it, YAML may take it for a number.
            type: list
            elements: str
            required: true
      as_path_prefix:
        description: Match routes whose path begins with these AS numbers.
        type: list
        elements: raw
      priority:
        description: Match routes of this metric.
        type: int
      operations:
        description: Changes to an accepted route, each with one of the options.
        type: list
        elements: dict
        suboptions:
          add_community:
            description: Add a community.
            type: dict
            suboptions:
              value:
                description: The community. Quote it, YAML may take it for a number.
                type: str
                required: true
          prepend_as_path:
            description: Put AS numbers before the path.
            type: dict
            suboptions:
              prefix:
                description: The AS numbers, the outermost first.
                type: list
                elements: raw
                required: true
          set_priority:
            description: Give the route a metric.
            type: dict
            suboptions:
              value:
                description: The metric.
                type: int
                required: true
  import_v4:
    description: Rules for IPv4 routes from the peer.
    type: list
    elements: dict
    suboptions: *rule
  export_v6:
    description: Rules for IPv6 routes to the peer.
    type: list
    elements: dict
    suboptions: *rule
  import_v6:
    description: Rules for IPv6 routes from the peer.
    type: list
    elements: dict
    suboptions: *rule
seealso:
  - module: calico.docker.bgp_peer
"""

EXAMPLES = r"""
- name: Take the default route from the fabric only, and show it no block but the pool's
  calico.docker.bgp_filter:
    name: fabric
    import_v4:
      - action: Accept
        cidr: 0.0.0.0/0
        match_operator: Equal
      - action: Reject
    export_v4:
      - action: Accept
        cidr: 10.65.0.0/16
        match_operator: In
        operations:
          - add_community:
              value: "64512:100"
      - action: Reject
"""

RETURN = r"""
resource:
  description: The resource as it is now, in check mode as it would be, in Calico's words.
  returned: when O(state=present)
  type: dict
  sample:
    kind: BGPFilter
    apiVersion: projectcalico.org/v3
    metadata:
      name: fabric
    spec:
      exportV4:
        - cidr: 10.65.0.0/16
          matchOperator: In
          action: Accept
          operations:
            - addCommunity:
                value: "64512:100"
        - action: Reject
      importV4:
        - cidr: 0.0.0.0/0
          matchOperator: Equal
          action: Accept
        - action: Reject
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module
from ansible_collections.calico.docker.plugins.module_utils.model import bgp_filters

# Raw: a number with a fraction is a mistake (1.10 is 1.1 in YAML) and must not turn into text.
AS_NUMBERS: arguments.Spec = {"type": "list", "elements": "raw"}
OPERATION: arguments.Spec = {
    "add_community": {"type": "dict", "options": {"value": {"type": "str", "required": True}}},
    "prepend_as_path": {"type": "dict", "options": {"prefix": {**AS_NUMBERS, "required": True}}},
    "set_priority": {"type": "dict", "options": {"value": {"type": "int", "required": True}}},
}
RULE: arguments.Spec = {
    "action": {"type": "str", "required": True, "choices": ["Accept", "Reject"]},
    "cidr": {"type": "str"},
    "match_operator": {"type": "str", "choices": ["Equal", "NotEqual", "In", "NotIn"]},
    "prefix_length": {"type": "dict", "options": {"min": {"type": "int"}, "max": {"type": "int"}}},
    "source": {"type": "str", "choices": ["RemotePeers"]},
    "interface": {"type": "str"},
    "peer_type": {"type": "str", "choices": ["eBGP", "iBGP"]},
    "communities": {
        "type": "dict",
        "options": {"values": {"type": "list", "elements": "str", "required": True}},
    },
    "as_path_prefix": AS_NUMBERS,
    "priority": {"type": "int"},
    "operations": {"type": "list", "elements": "dict", "options": OPERATION},
}
RULES: arguments.Spec = {"type": "list", "elements": "dict", "options": RULE}


def main(run: resource_module.Run = resource_module.run) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.NAME,
            "export_v4": RULES,
            "import_v4": RULES,
            "export_v6": RULES,
            "import_v6": RULES,
        },
        supports_check_mode=True,
    )
    run(module, bgp_filters.BGPFilter)


if __name__ == "__main__":
    main()
