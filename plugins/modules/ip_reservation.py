#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.ip_reservation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ip_reservation
short_description: Manage addresses that are not handed out by themselves
description:
  - Keeps addresses of pools free for containers that ask for them (C(docker run --ip)), Calico's IPReservation.
  - Containers that have such an address already keep it.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.resource
  - calico.docker.behaviour
options:
  name:
    description: Name of the resource.
    type: str
    required: true
  reserved_cidrs:
    description:
      - The addresses as CIDR, such as V(10.65.0.0/28) or V(fd65::1/128), IPv4 and IPv6 as they come.
      - Required when O(state=present).
    type: list
    elements: str
seealso:
  - module: calico.docker.ip_pool
"""

EXAMPLES = r"""
- name: Keep the first addresses of the pool for the name servers
  calico.docker.ip_reservation:
    name: name-servers
    reserved_cidrs: [10.65.0.0/28, "fd65::/124"]
"""

RETURN = r"""
resource:
  description: The resource as it is now, in check mode as it would be, in Calico's words.
  returned: when O(state=present)
  type: dict
  sample:
    kind: IPReservation
    apiVersion: projectcalico.org/v3
    metadata:
      name: name-servers
    spec:
      reservedCIDRs: [10.65.0.0/28, "fd65::/124"]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module
from ansible_collections.calico.docker.plugins.module_utils.model import ip_reservations


def main(run: resource_module.Run = resource_module.run) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.NAME,
            "reserved_cidrs": {"type": "list", "elements": "str"},
        },
        required_if=[("state", "present", ["reserved_cidrs"])],
        supports_check_mode=True,
    )
    run(module, ip_reservations.IPReservation)


if __name__ == "__main__":
    main()
