#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.swarm_plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: swarm_plugin
short_description: Make Calico's driver known to a swarm
description:
  - Swarm accepts networks of managed plugins only. This installs one, C(calico-swarm), whose socket is a link to that of the driver
    C(calico). It has two megabytes and no rights, and nothing passes through it.
  - Docker knows it as the driver C(calico-swarm:latest). It is made from a directory that the C(calico-node) image brings; no registry is asked.
  - A plugin made from other files is replaced, also while networks use it. They do not notice.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.docker
  - calico.docker.host
requirements:
  - The services of the role P(calico.docker.node#role) on the host
attributes:
  diff_mode:
    support: full
    description: Shows the plugin before and after.
options:
  directory:
    description: Directory with the plugin's C(config.json) and C(rootfs).
    type: path
    default: /var/lib/calico/images/current/usr/lib/calico/swarm
  state:
    description:
      - V(present) makes the plugin what the directory holds, and enables it.
      - V(absent) removes it, which is refused while a network has its driver.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Let services of the swarm use Calico's networks
  calico.docker.swarm_plugin:

- name: Remove the plugin
  calico.docker.swarm_plugin:
    state: absent
"""

RETURN = r"""
driver:
  description: The driver's name for networks of the swarm.
  returned: always
  type: str
  sample: calico-swarm:latest
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import (
    arguments,
    docker_sdk,
    resource_module,
    swarm_engine,
    swarm_plugin,
)


def main(connect: Callable[[str | None], swarm_plugin.Engine] = swarm_engine.connect) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.DOCKER,
            "directory": {"type": "path", "default": "/var/lib/calico/images/current/usr/lib/calico/swarm"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    parameters = module.params
    directory = Path(parameters["directory"]) if parameters["state"] == "present" else None
    with resource_module.failing(module, docker_sdk.EngineError):
        docker_sdk.require(module)
        outcome = swarm_plugin.converge(connect(parameters["docker_host"]), directory, check_mode=module.check_mode)
    before, after = (dataclasses.asdict(plugin) if plugin else {} for plugin in (outcome.before, outcome.after))
    module.exit_json(changed=outcome.changed, diff={"before": before, "after": after}, driver=swarm_plugin.DRIVER)


if __name__ == "__main__":
    main()
