# Copyright the calico.docker authors
# SPDX-License-Identifier: Apache-2.0
"""How modules that write resources behave."""

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
    description: Shows the resource before and after.
  idempotent:
    support: full
    description: A second run changes nothing.
"""
