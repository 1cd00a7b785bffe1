#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.ipam_release."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ipam_release
short_description: Give back addresses that nobody has
description:
  - Gives addresses back by name or by handle. Those that are free already are fine.
  - The plugin on each host gives back what its containers leave behind. This is for what is left over all the same, such as
    addresses that another tool took. For a host that is gone for good see M(calico.docker.node).
  - An address that an endpoint or a tunnel has is refused, and one that was taken just now too, because its container may be
    starting. Whether a container without endpoint has it, only the Docker of its host knows, see C(calicoctl ipam check).
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.behaviour
options:
  addresses:
    description: The addresses.
    type: list
    elements: str
  handle:
    description: All addresses of this handle. Handles are returned by M(calico.docker.ipam_info).
    type: str
  force:
    description: Whether to believe that nobody has them, whatever the datastore says. B(Two containers may get one address.)
    type: bool
    default: false
seealso:
  - module: calico.docker.ipam_info
"""

EXAMPLES = r"""
- name: Give back an address that was taken by hand
  calico.docker.ipam_release:
    addresses: [10.65.39.112]

- name: Give back all that a tool held
  calico.docker.ipam_release:
    handle: my-load-balancer
"""

RETURN = r"""
released:
  description: The addresses that were given back, in check mode would be.
  returned: always
  type: list
  elements: str
  sample: [10.65.39.112]
free:
  description: Those that were free already.
  returned: always
  type: list
  elements: str
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, ipam_module, resource_module


def main(run: resource_module.Run = ipam_module.release) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.ETCD,
            "addresses": {"type": "list", "elements": "str"},
            "handle": {"type": "str"},
            "force": {"type": "bool", "default": False},
        },
        required_one_of=[("addresses", "handle")],
        mutually_exclusive=[("addresses", "handle")],
        supports_check_mode=True,
    )
    run(module)


if __name__ == "__main__":
    main()
