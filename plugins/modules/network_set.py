#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.network_set."""

from __future__ import annotations

DOCUMENTATION = r"""
module: network_set
short_description: Manage sets of networks outside, for rules to select
description:
  - A network set gives labels to networks that no endpoint is in, an office or a partner. Selectors in the rules of
    policies match them like endpoints, so that a policy names who is meant and one place says where that is.
  - It is Calico's GlobalNetworkSet, or NetworkSet with O(namespace).
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.resource
  - calico.docker.policies
options:
  name:
    description: Name of the set.
    type: str
    required: true
  namespace:
    description:
      - The namespace whose policies may select it, and which it inherits labels from. Containers are in V(libnetwork).
      - When not given, the set is global.
    type: str
  nets:
    description: The networks, IPv4 and IPv6 as they come. Bits of hosts are ignored.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Say where the office is
  calico.docker.network_set:
    name: office
    labels:
      zone: office
    nets: [198.51.100.0/24, "2001:db8:17::/48"]

- name: Let the office reach the web servers
  calico.docker.policy:
    name: web
    selector: calico.docker/network == "frontend"
    types: [Ingress]
    ingress:
      - action: Allow
        protocol: TCP
        source:
          selector: zone == "office"
        destination:
          ports: [443]
      - action: Pass
"""

RETURN = r"""
reachability:
  description:
    - Which groups of endpoints gain or lose which traffic by the change, found out before it is made.
    - In a diff these lines stand before the resource.
  returned: in check mode and with C(--diff), for kinds that are enforced
  type: list
  elements: str
  sample: ["frontend -> backend tcp/5432: deny -> allow, 14 endpoints"]
resource:
  description: The resource as it is now, in check mode as it would be, in Calico's words.
  returned: when O(state=present)
  type: dict
  sample:
    kind: GlobalNetworkSet
    apiVersion: projectcalico.org/v3
    metadata:
      name: office
      labels:
        zone: office
    spec:
      nets: [198.51.100.0/24, "2001:db8:17::/48"]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module
from ansible_collections.calico.docker.plugins.module_utils.model import network_sets


def main(run: resource_module.Run = resource_module.run) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.NAME,
            "namespace": {"type": "str"},
            "nets": {"type": "list", "elements": "str"},
        },
        supports_check_mode=True,
    )
    run(module, network_sets.NetworkSet if module.params["namespace"] else network_sets.GlobalNetworkSet)


if __name__ == "__main__":
    main()
