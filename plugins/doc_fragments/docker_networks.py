# Copyright the calico.docker authors
# SPDX-License-Identifier: Apache-2.0
"""The options of ``arguments.DOCKER_NETWORK``."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description: Name of the network, also that of its profile. Lower case letters, digits, C(-) and C(.).
    type: str
    required: true
  ipv6:
    description: Whether its containers get IPv6 addresses beside those of IPv4.
    type: bool
    default: false
  internal:
    description: Whether its containers reach only containers.
    type: bool
    default: false
  labels:
    description: Docker labels of the network.
    type: dict
    default: {}
"""
