# Copyright the calico.docker authors
# SPDX-License-Identifier: Apache-2.0
"""How modules that only read behave."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Reads the same as otherwise.
  diff_mode:
    support: N/A
    description: Changes nothing.
  idempotent:
    support: full
    description: Changes nothing.
"""
