#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.resource_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: resource_info
short_description: List stored resources
description:
  - Returns Calico resources as they are stored.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.info
options:
  kinds:
    description: Kinds such as V(IPPool) or V(ippools), all when not given.
    type: list
    elements: str
  name:
    description: Only resources of this name.
    type: str
  namespace:
    description: Only resources of this namespace. Containers' WorkloadEndpoints are in V(libnetwork).
    type: str
  label_selector:
    description: Only resources whose labels this selector matches.
    type: str
"""

EXAMPLES = r"""
- name: Look at the pools
  calico.docker.resource_info:
    kinds: [IPPool]
  register: pools

- name: Count the containers of the frontend
  calico.docker.resource_info:
    kinds: [WorkloadEndpoint]
    label_selector: has(app) && app != "test"
  register: endpoints
"""

RETURN = r"""
resources:
  description: The resources, sorted by kind and name, in Calico's words.
  returned: always
  type: list
  elements: dict
  sample:
    - kind: IPPool
      apiVersion: projectcalico.org/v3
      metadata:
        name: containers-v4
        uid: 5a0b2b1e-2a0a-4ec1-a5d4-cb3c2b9f0f7c
        creationTimestamp: "2026-11-24T06:33:20Z"
        resourceVersion: "7"
      spec:
        cidr: 10.65.0.0/16
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module


def main(run: resource_module.Run = resource_module.run_search) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.ETCD,
            "kinds": {"type": "list", "elements": "str"},
            "name": {"type": "str"},
            "namespace": {"type": "str"},
            "label_selector": {"type": "str"},
        },
        supports_check_mode=True,
    )
    run(module)


if __name__ == "__main__":
    main()
