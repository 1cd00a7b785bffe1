# Copyright the calico.docker authors
# SPDX-License-Identifier: Apache-2.0
"""The options of ``arguments.RULES``."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  ingress:
    description: Rules for traffic to the endpoints, in order.
    type: list
    elements: dict
    suboptions: &rule
      action:
        description: What becomes of traffic that matches. V(Log) goes on with the next rule, V(Pass) with the next tier.
        type: str
        choices: [Allow, Deny, Log, Pass]
        required: true
      ip_version:
        description: Match one IP version only.
        type: int
        choices: [4, 6]
      protocol:
        description: V(TCP), V(UDP), V(ICMP), V(ICMPv6), V(SCTP), V(UDPLite) or a number from 1 to 255.
        type: str
      not_protocol:
        description: Match all protocols but this.
        type: str
      icmp:
        description: Match ICMP by type and code. Needs protocol V(ICMP) or V(ICMPv6).
        type: dict
        suboptions: &icmp
          type:
            description: From 0 to 254.
            type: int
          code:
            description: From 0 to 255. Needs a type.
            type: int
      not_icmp:
        description: Match ICMP of other than this type and code.
        type: dict
        suboptions: *icmp
      source:
        description: Where the traffic comes from. All that is given must match.
        type: dict
        suboptions: &peer
          selector:
            description:
              - Selector of labels, such as V(calico.docker/network == "frontend" && has(web\)).
              - V(all(\)) is every endpoint known to Calico.
            type: str
          not_selector:
            description: Match all but the endpoints of this selector.
            type: str
          namespace_selector:
            description: Selector of namespaces, or V(global(\)) for what has none.
            type: str
          service_accounts:
            description: Service accounts of Kubernetes.
            type: dict
            suboptions:
              names:
                description: Their names.
                type: list
                elements: str
              selector:
                description: Selector of their labels.
                type: str
          nets:
            description: Networks as CIDR, of one IP version.
            type: list
            elements: str
          not_nets:
            description: Match all but these networks.
            type: list
            elements: str
          ports:
            description: Ports, ranges such as V(8000:8100), or names. Numbers need protocol V(TCP), V(UDP) or V(SCTP).
            type: list
            elements: str
          not_ports:
            description: Match all but these ports.
            type: list
            elements: str
      destination:
        description: Where the traffic goes to. All that is given must match.
        type: dict
        suboptions: *peer
      metadata:
        description: Notes on the rule, kept and not interpreted.
        type: dict
        suboptions:
          annotations:
            description: Any texts under names such as V(example.org/why).
            type: dict
  egress:
    description: Rules for traffic from the endpoints, in order.
    type: list
    elements: dict
    suboptions: *rule
"""
