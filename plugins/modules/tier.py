#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.tier."""

from __future__ import annotations

DOCUMENTATION = r"""
module: tier
short_description: Manage tiers of policies
description:
  - A tier is an ordered group of policies. Traffic passes the tiers in order until one decides.
  - The tiers V(default), V(kube-admin) and V(kube-baseline) exist in every cluster, see M(calico.docker.bootstrap).
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.resource
  - calico.docker.policies
options:
  name:
    description: Name of the tier, one DNS label.
    type: str
    required: true
  order:
    description: Its place among the tiers, smallest first. Last when not given.
    type: float
  default_action:
    description:
      - What becomes of traffic that policies of the tier apply to and do not decide about. V(Deny) when not given.
      - V(Pass) leaves it to the next tier.
    type: str
    choices: [Deny, Pass]
"""

EXAMPLES = r"""
- name: Have a tier for the security team before all others
  calico.docker.tier:
    name: security
    order: 100
    default_action: Pass
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
    kind: Tier
    apiVersion: projectcalico.org/v3
    metadata:
      name: security
    spec:
      order: 100
      defaultAction: Pass
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module
from ansible_collections.calico.docker.plugins.module_utils.model import tiers


def main(run: resource_module.Run = resource_module.run) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.NAME,
            "order": {"type": "float"},
            "default_action": {"type": "str", "choices": ["Deny", "Pass"]},
        },
        supports_check_mode=True,
    )
    run(module, tiers.Tier)


if __name__ == "__main__":
    main()
