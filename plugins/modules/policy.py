#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.policy."""

from __future__ import annotations

DOCUMENTATION = r"""
module: policy
short_description: Manage global network policies
description:
  - A policy decides about the traffic of the endpoints that its selector matches, on all hosts, Calico's GlobalNetworkPolicy.
  - Traffic of a matched endpoint that no rule of any policy in the tier decides is dropped. Endpoints that no policy
    matches follow their profiles, see M(calico.docker.profile).
  - With O(staged=true) it is rehearsed only, Calico's StagedGlobalNetworkPolicy.
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
  namespace_selector:
    description: Selector of the namespaces whose endpoints it applies to.
    type: str
  do_not_track:
    description: Whether it comes before connection tracking. Only for host endpoints, needs O(apply_on_forward).
    type: bool
  pre_dnat:
    description: Whether it comes before destination NAT. Only for host endpoints, needs O(apply_on_forward).
    type: bool
  apply_on_forward:
    description: Whether it decides about forwarded traffic of host endpoints too.
    type: bool
"""

EXAMPLES = r"""
- name: Let the frontend reach the database port of the backend, and nothing else of it
  calico.docker.policy:
    name: frontend-to-backend
    order: 100
    selector: calico.docker/network == "backend"
    types: [Ingress]
    ingress:
      - action: Allow
        protocol: TCP
        source:
          selector: calico.docker/network == "frontend"
        destination:
          ports: [5432]
      - action: Allow
        source:
          selector: calico.docker/network == "backend"

- name: Keep all containers from the management network
  calico.docker.policy:
    name: no-management
    order: 10
    selector: has(calico.docker/network)
    types: [Egress]
    egress:
      - action: Deny
        destination:
          nets: [192.0.2.0/24]
      - action: Pass

- name: Count what would be dropped if the frontend sent mail through the relay only
  calico.docker.policy:
    name: mail-by-relay
    staged: true
    order: 20
    selector: calico.docker/network == "frontend"
    types: [Egress]
    egress:
      - action: Deny
        protocol: TCP
        destination:
          ports: [25]
          not_nets: [198.51.100.25/32]
      - action: Pass

- name: End the rehearsal
  calico.docker.policy:
    name: mail-by-relay
    staged: true
    state: absent
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
    kind: GlobalNetworkPolicy
    apiVersion: projectcalico.org/v3
    metadata:
      name: frontend-to-backend
    spec:
      tier: default
      order: 100
      selector: calico.docker/network == "backend"
      types: [Ingress]
      ingress:
        - action: Allow
          protocol: TCP
          source:
            selector: calico.docker/network == "frontend"
          destination:
            ports: [5432]
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
            "namespace_selector": {"type": "str"},
            "do_not_track": {"type": "bool"},
            "pre_dnat": {"type": "bool"},
            "apply_on_forward": {"type": "bool"},
        },
        supports_check_mode=True,
    )
    run(module, staging.kind(module, policies.GlobalNetworkPolicy, staged=policies.StagedGlobalNetworkPolicy))


if __name__ == "__main__":
    main()
