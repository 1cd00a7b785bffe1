#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.host_endpoint."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_endpoint
short_description: Manage interfaces of hosts that policy guards
description:
  - A host endpoint puts an interface of a host, or all of them, under policy, Calico's HostEndpoint. Global policies
    select it by its O(labels), see M(calico.docker.policy).
  - B(Without policy and profile it lets nothing pass) in either direction but the failsafe ports, see
    M(calico.docker.felix_configuration). Write the policies first.
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
  node:
    description:
      - The host, by the name of its node.
      - Required when O(state=present).
    type: str
  interface_name:
    description:
      - The interface, or V(*) for all of the host but containers' and those with a host endpoint of their own. V(*)
        includes loopback.
      - This, O(expected_ips) or both are needed.
    type: str
  expected_ips:
    description: Addresses of the interface, which is found by them if O(interface_name) is not given.
    type: list
    elements: str
  profiles:
    description: Names of profiles that decide what no policy decides, in order.
    type: list
    elements: str
  ports:
    description: Names of ports, for rules to refer to.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name, at most 15 of V(a-z0-9-).
        type: str
        required: true
      protocol:
        description: V(TCP), V(UDP) or V(SCTP).
        type: str
        required: true
      port:
        description: The port.
        type: int
        required: true
seealso:
  - module: calico.docker.policy
  - module: calico.docker.felix_configuration
"""

EXAMPLES = r"""
- name: Say what may reach the hosts on their uplinks beside the failsafe ports, and let out everything
  calico.docker.policy:
    name: uplinks
    order: 50
    selector: interface == "uplink"
    types: [Ingress, Egress]
    ingress:
      - action: Allow
        protocol: TCP
        source:
          nets: [192.0.2.0/24]
        destination:
          ports: [metrics]
      - action: Allow
        protocol: ICMP
      - action: Allow
        protocol: ICMPv6
    egress:
      - action: Allow

- name: Put the uplink of a host under that policy
  calico.docker.host_endpoint:
    name: rack1-host1-uplink
    node: rack1-host1
    interface_name: eth0
    expected_ips: [172.31.1.11, "fd31:0:0:1::11"]
    labels:
      interface: uplink
    ports:
      - name: metrics
        protocol: TCP
        port: 9100
"""

RETURN = r"""
resource:
  description: The resource as it is now, in check mode as it would be, in Calico's words.
  returned: when O(state=present)
  type: dict
  sample:
    kind: HostEndpoint
    apiVersion: projectcalico.org/v3
    metadata:
      name: rack1-host1-uplink
      labels:
        interface: uplink
    spec:
      node: rack1-host1
      interfaceName: eth0
      expectedIPs: [172.31.1.11, "fd31:0:0:1::11"]
      ports:
        - name: metrics
          protocol: TCP
          port: 9100
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module
from ansible_collections.calico.docker.plugins.module_utils.model import host_endpoints

PORT: arguments.Spec = {
    "name": {"type": "str", "required": True},
    "protocol": {"type": "str", "required": True},
    "port": {"type": "int", "required": True},
}


def main(run: resource_module.Run = resource_module.run) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.NAME,
            "node": {"type": "str"},
            "interface_name": {"type": "str"},
            "expected_ips": {"type": "list", "elements": "str"},
            "profiles": {"type": "list", "elements": "str"},
            "ports": {"type": "list", "elements": "dict", "options": PORT},
        },
        required_if=[("state", "present", ["node"]), ("state", "present", ["interface_name", "expected_ips"], True)],
        supports_check_mode=True,
    )
    run(module, host_endpoints.HostEndpoint)


if __name__ == "__main__":
    main()
