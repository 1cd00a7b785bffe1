# Copyright the calico.docker authors
# SPDX-License-Identifier: Apache-2.0
"""The options of ``arguments.BGP_SESSIONS``: what BIRD can do and Calico has no field for."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  bfd_interval:
    description:
      - Find out by BFD when the way to a peer fails, with packets this far apart, such as V(300ms). V(10ms) to V(60s), off when not given.
      - The peer must do BFD too. With it a peer also drops the host's routes when the host's BIRD restarts.
      - Like the three options below it is kept in an annotation, as Calico has no field for it.
    type: str
  bfd_multiplier:
    description: How many packets are missing when the way counts as failed, V(3) when not given.
    type: int
  long_lived_stale_time:
    description: How long a peer keeps the host's routes as a last resort when the restart time is over, such as V(1h).
    type: str
  import_limit:
    description: With more routes from a peer than this, its session is closed, and tried again.
    type: int
"""
