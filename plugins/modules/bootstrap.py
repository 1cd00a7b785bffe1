#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.bootstrap."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bootstrap
short_description: Create what a cluster needs
description:
  - Creates what is missing of the resources that every cluster has, as Calico's own tools do.
  - These are ClusterInformation V(default) with a new identity, the Tiers V(default), V(kube-admin) and V(kube-baseline),
    FelixConfiguration V(default), BGPConfiguration V(default) and IPAMConfiguration V(default).
  - What is there stays as it is, but for the AS number if O(as_number) is given.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.behaviour
options:
  as_number:
    description: AS number of the nodes, V(64512) when neither this is given nor one is stored.
    type: raw
"""

EXAMPLES = r"""
- name: Make the datastore ready
  calico.docker.bootstrap:
    as_number: 64600
  run_once: true
"""

RETURN = r"""
created:
  description: The resources that were missing.
  returned: always
  type: list
  elements: str
  sample: [Tier/default, ClusterInformation/default]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module


def main(run: resource_module.Run = resource_module.run_bootstrap) -> None:
    module = AnsibleModule(
        argument_spec={**arguments.ETCD, "as_number": {"type": "raw"}},
        supports_check_mode=True,
    )
    run(module)


if __name__ == "__main__":
    main()
