#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.workload."""

from __future__ import annotations

DOCUMENTATION = r"""
module: workload
short_description: Put virtual machines and services on the network
description:
  - Gives something that is no container of Docker, such as a virtual machine or a service in a network namespace, a place on the
    network, Calico's WorkloadEndpoint. Policy, routes and the check of source addresses are then for it as for a container.
  - Its interface on the host is made by whoever runs it, before or after, a tap device or one end of a veth pair. The agent of
    the host does the rest, on the interface of that name. Within the workload the address is a /32 or /128, and the default route leads to
    C(169.254.1.1) or C(fe80::ecee:eeff:feee:eeee), which the host answers.
  - Its addresses are taken in the same transaction, so that no container gets them. Those that are in no pool are announced by
    nobody.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.resource
  - calico.docker.behaviour
options:
  name:
    description: Name of the workload. Together with O(node), O(orchestrator) and O(endpoint) it names the resource.
    type: str
    required: true
  namespace:
    description: Its namespace, for network policies.
    type: str
    default: default
  node:
    description: The node that it is on.
    type: str
    required: true
  orchestrator:
    description: Who runs it.
    type: str
    default: ansible
  endpoint:
    description: Which of its interfaces.
    type: str
    default: eth0
  interface_name:
    description: The interface on the host. It must begin with C(cali), at most 15 characters.
    type: str
  ip_networks:
    description: Its addresses, such as V(10.65.0.7) or V(10.65.0.7/32). One that is in use is refused.
    type: list
    elements: str
  mac:
    description: The MAC address of its own side.
    type: str
  profiles:
    description: Its profiles, such as the name of a Docker network, whose member it then is.
    type: list
    elements: str
  ports:
    description: Ports that policy may name.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name.
        type: str
        required: true
      protocol:
        description: The protocol.
        type: str
        choices: [TCP, UDP, SCTP]
        required: true
      port:
        description: The number.
        type: int
        required: true
  allow_spoofed_source_prefixes:
    description: Networks from which it may send besides its addresses. Needs C(workloadSourceSpoofing) of FelixConfiguration.
    type: list
    elements: str
seealso:
  - module: calico.docker.profile
  - module: calico.docker.ipam_info
"""

EXAMPLES = r"""
- name: Have the virtual machine on the network of the frontend
  calico.docker.workload:
    name: legacy-app
    node: rack1-host1
    interface_name: calilegacy
    ip_networks: [10.65.0.7, "fd65::7"]
    profiles: [frontend]
    labels:
      app: legacy
"""

RETURN = r"""
resource:
  description: The resource as it is now, in check mode as it would be, in Calico's words.
  returned: when O(state=present)
  type: dict
  sample:
    kind: WorkloadEndpoint
    apiVersion: projectcalico.org/v3
    metadata:
      name: rack1--host1-ansible-legacy--app-eth0
      namespace: default
      labels:
        app: legacy
        projectcalico.org/namespace: default
        projectcalico.org/orchestrator: ansible
    spec:
      orchestrator: ansible
      node: rack1-host1
      workload: legacy-app
      endpoint: eth0
      ipNetworks: [10.65.0.7/32, "fd65::7/128"]
      profiles: [frontend]
      interfaceName: calilegacy
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module, workload_module


def main(run: resource_module.Run = workload_module.run) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.NAME,
            **arguments.WORKLOAD,
        },
        required_if=[("state", "present", ["interface_name", "ip_networks"])],
        supports_check_mode=True,
    )
    run(module)


if __name__ == "__main__":
    main()
