# Copyright the calico.docker authors
# SPDX-License-Identifier: Apache-2.0
"""The options of ``arguments.POLICY``."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  tier:
    description: The tier it belongs to, which must exist. V(default) when not given.
    type: str
  order:
    description: Its place among the policies of the tier, smallest first. Last when not given.
    type: float
  selector:
    description: Selector of the endpoints it applies to, all when not given.
    type: str
  service_account_selector:
    description: Selector of the service accounts whose endpoints it applies to.
    type: str
  types:
    description: The directions it decides about. Those that there are rules for when not given, or V(Ingress) without any.
    type: list
    elements: str
    choices: [Ingress, Egress]
  performance_hints:
    description: Hints to Calico, kept and not interpreted.
    type: list
    elements: str
  staged:
    description:
      - Whether the policy is only rehearsed. It is counted in its place and decides nothing; C(calicoctl node counters)
        on a host shows what would have met each rule.
      - A staged policy is a resource of its own. The one in force under the same name stays as it is, and one does not
        become the other; remove it with O(state=absent) and O(staged=true).
    type: bool
    default: false
  staged_action:
    description:
      - What is rehearsed, that the policy is there (V(Set), when not given) or that it is gone (V(Delete)).
      - V(Delete) allows no other option than O(tier). It is kept for upstream's tools; nothing is counted for it.
      - Needs O(staged=true).
    type: str
    choices: [Set, Delete]
"""
