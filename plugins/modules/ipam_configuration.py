#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.ipam_configuration."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ipam_configuration
short_description: Manage the resource IPAMConfiguration, for upstream's tools
description:
  - Writes Calico's IPAMConfiguration.
  - B(It changes nothing about how addresses are given.) With etcd as the datastore IPAM, ours as upstream's, follows the
    record C(/calico/ipam/v2/config) alone, from which it takes C(strict_affinity), C(auto_allocate_blocks),
    C(maxBlocksPerHost) and C(ipCooldownSeconds). Write that one with C(calicoctl ipam configure) of upstream.
  - The resource is there since M(calico.docker.bootstrap), and upstream's tools show it. Keep it in step with that record,
    so that nobody is misled.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.resource
  - calico.docker.behaviour
options:
  name:
    description: Always V(default), there is one per cluster.
    type: str
    default: default
  strict_affinity:
    description: Whether a host uses addresses of its own blocks only, false when not given.
    type: bool
  auto_allocate_blocks:
    description: Whether hosts claim blocks by themselves.
    type: bool
    default: true
  max_blocks_per_host:
    description: How many blocks a host has at most. Calico's default is 20.
    type: int
  kube_virt_vm_address_persistence:
    description: Whether virtual machines of KubeVirt keep their addresses. Kept and not interpreted.
    type: str
    choices: [Enabled, Disabled]
seealso:
  - module: calico.docker.ip_pool
"""

EXAMPLES = r"""
- name: Show in the resource what upstream's calicoctl ipam configure --strictaffinity=true set
  calico.docker.ipam_configuration:
    strict_affinity: true
"""

RETURN = r"""
resource:
  description: The resource as it is now, in check mode as it would be, in Calico's words.
  returned: when O(state=present)
  type: dict
  sample:
    kind: IPAMConfiguration
    apiVersion: projectcalico.org/v3
    metadata:
      name: default
    spec:
      strictAffinity: true
      autoAllocateBlocks: true
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module
from ansible_collections.calico.docker.plugins.module_utils.model import ipam_configurations


def main(run: resource_module.Run = resource_module.run) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.DEFAULT_NAME,
            "strict_affinity": {"type": "bool"},
            # As every cluster begins; the model's default for an absent flag is upstream's reading of it, false.
            "auto_allocate_blocks": {"type": "bool", "default": True},
            "max_blocks_per_host": {"type": "int"},
            "kube_virt_vm_address_persistence": {"type": "str", "choices": ["Enabled", "Disabled"]},
        },
        supports_check_mode=True,
    )
    run(module, ipam_configurations.IPAMConfiguration)


if __name__ == "__main__":
    main()
