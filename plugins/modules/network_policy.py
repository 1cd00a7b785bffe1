#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.network_policy."""

from __future__ import annotations

DOCUMENTATION = r"""
module: network_policy
short_description: Manage network policies of a namespace
description:
  - A policy for the endpoints of one namespace, Calico's NetworkPolicy. Selectors in its rules mean endpoints and network
    sets of the same namespace, unless they come with a namespace selector.
  - Containers are in the namespace V(libnetwork), all of them. Use M(calico.docker.policy) for what concerns hosts too.
  - It stands among the policies of its tier like the global ones, by O(order).
  - With O(staged=true) it is rehearsed only, Calico's StagedNetworkPolicy.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.resource
  - calico.docker.policies
  - calico.docker.network_policies
  - calico.docker.rules
options:
  name:
    description: Name of the policy, a DNS label or two joined by a dot.
    type: str
    required: true
  namespace:
    description: The namespace whose endpoints it may apply to.
    type: str
    default: libnetwork
seealso:
  - module: calico.docker.policy
  - module: calico.docker.network_set
"""

EXAMPLES = r"""
- name: Let containers reach the web servers by HTTPS, and nothing else reach them
  calico.docker.network_policy:
    name: web
    order: 100
    selector: calico.docker/network == "web"
    types: [Ingress]
    ingress:
      - action: Allow
        protocol: TCP
        source:
          selector: has(calico.docker/network)
        destination:
          ports: [443]

- name: Count what would pass if the office were let in as well
  calico.docker.network_policy:
    name: web-from-office
    staged: true
    order: 90
    selector: calico.docker/network == "web"
    types: [Ingress]
    ingress:
      - action: Allow
        protocol: TCP
        source:
          selector: zone == "office"
          namespace_selector: global()
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
    kind: NetworkPolicy
    apiVersion: projectcalico.org/v3
    metadata:
      name: web
      namespace: libnetwork
    spec:
      tier: default
      order: 100
      selector: calico.docker/network == "web"
      types: [Ingress]
      ingress:
        - action: Allow
          protocol: TCP
          source:
            selector: has(calico.docker/network)
          destination:
            ports: [443]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module, staging
from ansible_collections.calico.docker.plugins.module_utils.model import policies


def main(run: resource_module.Run = resource_module.run) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.NAME,
            **arguments.POLICY,
            **arguments.RULES,
            "namespace": {"type": "str", "default": "libnetwork"},
        },
        supports_check_mode=True,
    )
    run(module, staging.kind(module, policies.NetworkPolicy, staged=policies.StagedNetworkPolicy))


if __name__ == "__main__":
    main()
