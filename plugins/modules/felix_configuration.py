#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.felix_configuration."""

from __future__ import annotations

DOCUMENTATION = r"""
module: felix_configuration
short_description: Manage the settings of the agent
description:
  - The settings of the agent on every host, for the cluster or for one node, Calico's FelixConfiguration.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.resource
  - calico.docker.behaviour
options:
  name:
    description:
      - V(default) for the cluster, V(node.NAME) for one node, any other name together with O(node_selector).
      - Option by option V(node.NAME) wins, then the oldest that selects the node, then V(default).
    type: str
    default: default
  node_selector:
    description: The nodes, by their labels, that these settings are for. Only where O(name) is no V(default) or V(node.NAME).
    type: str
  default_endpoint_to_host_action:
    description: What becomes of traffic from containers to their own host that policy lets pass. V(Drop) when not given.
    type: str
    choices: [Drop, Return, Accept]
  log_prefix:
    description: Start of the lines that rules with the action V(Log) write, at most 27 characters.
    type: str
  failsafe_inbound_host_ports:
    description:
      - Ports of the host that stay reachable through a HostEndpoint, whatever policy says. An empty list is none.
      - Calico's list when not given, SSH, DHCP, BGP and etcd among them.
    type: list
    elements: dict
    suboptions: &port
      protocol:
        description: V(TCP), V(UDP) or V(SCTP).
        type: str
        choices: [TCP, UDP, SCTP]
        default: TCP
      port:
        description: The port.
        type: int
        required: true
      net:
        description: The only network it stays reachable from (or to), such as V(10.0.0.0/8).
        type: str
  failsafe_outbound_host_ports:
    description:
      - Ports of others that stay reachable from the host, whatever policy says. An empty list is none.
      - Calico's list when not given, DNS, DHCP, BGP and etcd among them.
    type: list
    elements: dict
    suboptions: *port
  disable_conntrack_invalid_check:
    description: Whether packets that belong to no known connection go on to policy, instead of being dropped.
    type: bool
  workload_source_spoofing:
    description: Whether endpoints may send from addresses that their own record allows. V(Disabled) when not given.
    type: str
    choices: [Disabled, Any]
  allow_vxlan_packets_from_workloads:
    description: Whether containers may send VXLAN packets, false when not given.
    type: bool
  allow_ipip_packets_from_workloads:
    description: Whether containers may send IP in IP packets, false when not given.
    type: bool
  vxlan_port:
    description: The UDP port of tunnels to pools with C(vxlan_mode), and what counts as VXLAN of a container, V(4789) when not given.
    type: int
  vxlan_vni:
    description: The number of the VXLAN network of tunnels, V(4096) when not given.
    type: int
  vxlan_mtu:
    description: The MTU of VXLAN tunnels. V(0) or not given, as large as the interface of the host's address allows.
    type: int
  ipip_mtu:
    description: The same for IPIP tunnels.
    type: int
  nat_outgoing_address:
    description: The IPv4 address that containers' traffic to the outside gets, that of the interface when not given.
    type: str
  nat_outgoing_exclusions:
    description: What is not outside, besides pools, also the addresses of hosts. V(IPPoolsOnly) when not given.
    type: str
    choices: [IPPoolsOnly, IPPoolsAndHostIPs]
  nat_port_range:
    description: The source ports of containers' traffic to the outside, such as V(32768:65535).
    type: str
"""

EXAMPLES = r"""
- name: Let containers reach their own host where policy allows it
  calico.docker.felix_configuration:
    default_endpoint_to_host_action: Accept
"""

RETURN = r"""
resource:
  description: The resource as it is now, in check mode as it would be, in Calico's words.
  returned: when O(state=present)
  type: dict
  sample:
    kind: FelixConfiguration
    apiVersion: projectcalico.org/v3
    metadata:
      name: default
    spec:
      defaultEndpointToHostAction: Accept
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module
from ansible_collections.calico.docker.plugins.module_utils.model import felix_configurations


def main(run: resource_module.Run = resource_module.run) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.DEFAULT_NAME,
            "default_endpoint_to_host_action": {"type": "str", "choices": ["Drop", "Return", "Accept"]},
            "log_prefix": {"type": "str"},
            "failsafe_inbound_host_ports": arguments.HOST_PORTS,
            "failsafe_outbound_host_ports": arguments.HOST_PORTS,
            "disable_conntrack_invalid_check": {"type": "bool"},
            "workload_source_spoofing": {"type": "str", "choices": ["Disabled", "Any"]},
            "allow_vxlan_packets_from_workloads": {"type": "bool"},
            "allow_ipip_packets_from_workloads": {"type": "bool"},
            "vxlan_port": {"type": "int"},
            "vxlan_vni": {"type": "int"},
            "vxlan_mtu": {"type": "int"},
            "ipip_mtu": {"type": "int"},
            "nat_outgoing_address": {"type": "str"},
            "nat_outgoing_exclusions": {"type": "str", "choices": ["IPPoolsOnly", "IPPoolsAndHostIPs"]},
            "nat_port_range": {"type": "str"},
            "node_selector": {"type": "str"},
        },
        supports_check_mode=True,
    )
    run(module, felix_configurations.FelixConfiguration)


if __name__ == "__main__":
    main()
