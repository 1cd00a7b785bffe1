#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.profile."""

from __future__ import annotations

DOCUMENTATION = r"""
module: profile
short_description: Manage profiles, the own policies of networks
description:
  - A profile holds the rules of the endpoints that name it, for traffic that no policy decides.
  - Every Docker network with the driver C(calico) has the profile of its name. The first container on the network
    creates it, with rules that let traffic within the network and from it pass; write it before to have others.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.resource
  - calico.docker.policies
  - calico.docker.rules
options:
  name:
    description: Name of the profile; that of the Docker network.
    type: str
    required: true
  labels_to_apply:
    description: Labels that its endpoints inherit. A label of an endpoint's own wins.
    type: dict
"""

EXAMPLES = r"""
- name: Let the database network be reached from the backend network only
  calico.docker.profile:
    name: database
    labels_to_apply:
      calico.docker/network: database
    ingress:
      - action: Allow
        source:
          selector: calico.docker/network in {"database", "backend"}
    egress:
      - action: Allow
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
    kind: Profile
    apiVersion: projectcalico.org/v3
    metadata:
      name: database
    spec:
      labelsToApply:
        calico.docker/network: database
      ingress:
        - action: Allow
          source:
            selector: calico.docker/network in {"database", "backend"}
      egress:
        - action: Allow
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module
from ansible_collections.calico.docker.plugins.module_utils.model import profiles


def main(run: resource_module.Run = resource_module.run) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.NAME,
            **arguments.RULES,
            "labels_to_apply": {"type": "dict"},
        },
        supports_check_mode=True,
    )
    run(module, profiles.Profile)


if __name__ == "__main__":
    main()
