# Copyright the calico.docker authors
# SPDX-License-Identifier: Apache-2.0
"""How modules that change a host behave. What its diff shows, each says itself."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Changes nothing and tells what would change.
  idempotent:
    support: full
    description: A second run changes nothing.
"""
