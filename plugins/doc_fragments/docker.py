# Copyright the calico.docker authors
# SPDX-License-Identifier: Apache-2.0
"""The option of ``arguments.DOCKER``, and what modules need that ask Docker."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  docker_host:
    description: URL of Docker's API. The environment's C(DOCKER_HOST) or the local socket when not given.
    type: str
requirements:
  - Python 3.10
  - The Docker SDK for Python (Debian and Ubuntu C(python3-docker))
"""
