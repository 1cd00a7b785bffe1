# Copyright the calico.docker authors
# SPDX-License-Identifier: Apache-2.0
"""How modules that decide who reaches whom behave: as plugins/doc_fragments/behaviour.py, and they say what they change."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Changes nothing and tells what would change. Refuses what it would refuse otherwise.
  diff_mode:
    support: full
    description:
      - >-
        Shows the resource before and after, and what that opens and cuts, by groups of endpoints, such as
        C(frontend -> backend tcp/5432: deny -> allow, 14 endpoints).
      - A group is a Docker network, where need be with the labels that tell its endpoints apart; a network set; addresses
        that a rule names; all other addresses.
      - The lines are exact for traffic from, to and between containers. Traffic of hosts that are endpoints is not compared,
        which is told where it may change.
      - The whole store is read for that, so only in diff mode.
  idempotent:
    support: full
    description: A second run changes nothing.
"""
