# Copyright the calico.docker authors
# SPDX-License-Identifier: Apache-2.0
"""The options of ``arguments.RESOURCE`` beside etcd's, and how all modules of resources behave."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(present) makes the resource what the options say. Options of its spec that are not given return to their
        default, so what was set by hand or by an earlier run goes.
      - V(absent) removes it.
    type: str
    choices: [present, absent]
    default: present
  labels:
    description:
      - The labels of the resource, all of them.
      - When not given, those that are stored stay, and annotations always do.
    type: dict
notes:
  - Every value is checked before anything is written. All that is refused is reported at once, also in RV(ignore:problems)
    by Calico's names of the fields.
  - Fields that Calico knows and this collection does not are left as they are stored, except within rules.
  - Writes are compare-and-swap. When another writer is faster, the module reads and decides again.
"""
