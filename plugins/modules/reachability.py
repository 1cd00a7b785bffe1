#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.reachability."""

from __future__ import annotations

DOCUMENTATION = r"""
module: reachability
short_description: State who must reach whom, and who must not
description:
  - Checks statements about what policy allows, from what is stored, for all containers that are there now. The task fails if
    one does not hold, and names the packets that belie it, with every rule that had a say.
  - Nothing is sent. That the kernel of every host does what is stored is the agents' business, see M(calico.docker.node_status).
  - Of a connection only the first packet is asked about, replies pass.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.info
options:
  statements:
    description: What must hold. Each is about all pairs of those that it means, but for a container and itself.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What it is called when it does not hold.
        type: str
      source:
        description: Who connects.
        type: dict
        required: true
        suboptions: &party
          selector:
            description:
              - Selector of the labels of containers, such as V(calico.docker/network == "frontend").
              - Labels that profiles give count too.
            type: str
          address:
            description: An address, of a container, a host, or anybody else.
            type: str
      destination:
        description: Who is connected to.
        type: dict
        required: true
        suboptions: *party
      protocol:
        description: V(ICMP) is a ping, in IPv6 too.
        type: str
        choices: [TCP, UDP, SCTP, ICMP]
        default: TCP
      ports:
        description: Ports of the destination, all of them. None with O(statements[].protocol=ICMP).
        type: list
        elements: int
      source_port:
        description: Port of the source.
        type: int
        default: 49152
      ip_version:
        description: Only this IP version. Both when not given.
        type: int
        choices: [4, 6]
      expect:
        description: Whether all of it must be allowed, or all denied.
        type: str
        choices: [Allow, Deny]
        default: Allow
      may_be_nobody:
        description: Whether it is fine that a selector matches no container. Otherwise that is an error, for nothing would be checked.
        type: bool
        default: false
  staged:
    description: Whether to ask as if the staged policies were in force.
    type: bool
    default: false
  uplink:
    description: The interface by which hosts reach each other, for policy of HostEndpoints.
    type: str
    default: eth0
seealso:
  - module: calico.docker.policy
"""

EXAMPLES = r"""
- name: State what the network is for
  calico.docker.reachability:
    statements:
      - name: The frontend uses the database
        source: {selector: calico.docker/network == "frontend"}
        destination: {selector: calico.docker/network == "backend"}
        ports: [5432]
      - name: and nothing else of it
        source: {selector: calico.docker/network == "frontend"}
        destination: {selector: calico.docker/network == "backend"}
        ports: [22, 80, 443]
        expect: Deny
      - name: Nobody pings the management
        source: {selector: all()}
        destination: {address: 192.0.2.1}
        protocol: ICMP
        expect: Deny

- name: State that the staged policies keep the web servers reachable
  calico.docker.reachability:
    staged: true
    statements:
      - source: {address: 198.51.100.7}
        destination: {selector: calico.docker/network == "frontend"}
        ports: [443]
"""

RETURN = r"""
statements:
  description: The statements in their order, and how each stood the test. Also returned when the task fails for one of them.
  returned: when all statements could be tried
  type: list
  elements: dict
  contains:
    name:
      description: What it is called, or what it says.
      type: str
    holds:
      description: Whether nothing belies it.
      type: bool
    packets:
      description: How many packets it was tried with. Of containers that no rule tells apart only one is asked about.
      type: int
    counterexamples:
      description: The first ten packets that belie it, each with its verdict and the trail that led there, the last step decided.
      type: list
      elements: dict
  sample:
    - name: and nothing else of it
      holds: false
      packets: 6
      counterexamples:
        - packet: "libnetwork/h1-libnetwork-libnetwork-0f3a (10.65.0.1) -> libnetwork/h2-libnetwork-libnetwork-77ab (10.65.0.66) TCP/80: allow
            (GlobalNetworkPolicy open, rule 1)"
          source: 10.65.0.1
          destination: 10.65.0.66
          port: 80
          verdict: Allow
          trail:
            - endpoint: libnetwork/h2-libnetwork-libnetwork-77ab
              direction: ingress
              tier: default
              policy: GlobalNetworkPolicy open
              rule: 0
              outcome: Allow
              reason: ""
              decided_by: GlobalNetworkPolicy open, rule 1
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, reachability_module, resource_module


def main(run: resource_module.Run = reachability_module.examine) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.ETCD,
            "statements": {"type": "list", "elements": "dict", "required": True, "options": arguments.STATEMENT},
            "staged": {"type": "bool", "default": False},
            "uplink": {"type": "str", "default": "eth0"},
        },
        supports_check_mode=True,
    )
    run(module)


if __name__ == "__main__":
    main()
