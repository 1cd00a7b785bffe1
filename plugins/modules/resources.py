#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.resources."""

from __future__ import annotations

DOCUMENTATION = r"""
module: resources
short_description: Apply many resources at once
description:
  - Makes Calico resources what YAML says, from a list, a file or all files of a directory, as C(calicoctl apply -f) does.
  - A resource is what its document says. Fields that it does not name return to their default, labels and annotations go
    that it does not state.
  - With O(prune_selector) what was once in the set and is not any more goes too.
  - Everything is checked before anything is written. Then it is written in few transactions, tiers before policies, removals
    last. A run that broke off is simply repeated.
  - A resource that another writer changes while the module runs is left as that writer has it, and the module fails and names it.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
requirements:
  - PyYAML (Debian and Ubuntu C(python3-yaml)) for O(src)
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.policies
options:
  definitions:
    description: The resources, in Calico's words. One that is stated twice is refused.
    type: list
    elements: dict
  src:
    description:
      - A file of resources, YAML or JSON, one or many, or a directory, on the host where the module runs.
      - Of a directory all files C(*.yaml), C(*.yml) and C(*.json) count.
    type: path
  namespace:
    description: Namespace of namespaced resources that state none.
    type: str
    default: libnetwork
  state:
    description: Whether they shall be there or not.
    type: str
    choices: [present, absent]
    default: present
  prune_selector:
    description:
      - Selector of labels, such as V(set == "web"). What it selects and is not among the resources is removed.
      - All resources must match it, and one that has no label must not. Only with O(state=present).
    type: str
  prune_kinds:
    description:
      - Kinds to look through for what goes. All that people write when not given.
      - Node, WorkloadEndpoint and ClusterInformation are never pruned.
    type: list
    elements: str
seealso:
  - module: calico.docker.resource_info
"""

EXAMPLES = r"""
- name: Have the web team's policies, and none that were theirs before
  calico.docker.resources:
    prune_selector: team == "web"
    definitions:
      - apiVersion: projectcalico.org/v3
        kind: Tier
        metadata:
          name: web
          labels: {team: web}
        spec: {order: 200, defaultAction: Pass}
      - apiVersion: projectcalico.org/v3
        kind: NetworkPolicy
        metadata:
          name: frontend
          labels: {team: web}
        spec:
          tier: web
          selector: com.docker.compose.service == "frontend"
          ingress:
            - action: Allow
              protocol: TCP
              destination: {ports: [80, 443]}

- name: Have all that the directory holds
  calico.docker.resources:
    src: /etc/calico/resources
"""

RETURN = r"""
created:
  description: What was not there before, by kind, namespace and name, in the order of the writes.
  returned: always
  type: list
  elements: str
  sample: [Tier web, NetworkPolicy libnetwork/frontend]
updated:
  description: What was there and differed.
  returned: always
  type: list
  elements: str
  sample: []
removed:
  description: What was there and shall not be.
  returned: always
  type: list
  elements: str
  sample: [NetworkPolicy libnetwork/old-frontend]
unchanged:
  description: How many were as they shall be.
  returned: always
  type: int
  sample: 14
reachability:
  description:
    - Which groups of endpoints gain or lose which traffic by all the changes together, found out before they are made.
    - In a diff these lines stand before the resources.
  returned: in check mode and with C(--diff)
  type: list
  elements: str
  sample: ["frontend -> backend tcp/5432: deny -> allow, 14 endpoints"]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module, resources_module


def main(run: resource_module.Run = resources_module.apply) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.ETCD,
            "definitions": {"type": "list", "elements": "dict"},
            "src": {"type": "path"},
            "namespace": {"type": "str", "default": "libnetwork"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "prune_selector": {"type": "str"},
            "prune_kinds": {"type": "list", "elements": "str"},
        },
        required_one_of=[("definitions", "src")],
        required_by={"prune_kinds": "prune_selector"},
        supports_check_mode=True,
    )
    if module.params["prune_selector"] and module.params["state"] == "absent":
        module.fail_json(msg="prune_selector: needs state: present, with absent nothing stays")
    run(module)


if __name__ == "__main__":
    main()
