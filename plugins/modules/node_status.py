#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.node_status."""

from __future__ import annotations

DOCUMENTATION = r"""
module: node_status
short_description: Tell how a host does
description:
  - Asks agent, Docker driver and BIRD of the host on which the module runs how they do, at their sockets.
  - The agent's word covers policy and routes in the kernel. BGP sessions that are down are not in it, peers may be away for
    good reasons; C(calicoctl node status) shows them.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
requirements:
  - Python 3.10
extends_documentation_fragment:
  - calico.docker.info
options:
  timeout:
    description: Seconds to wait until nothing is wrong, such as after a restart.
    type: float
    default: 0
  require_healthy:
    description: Whether the task fails while anything is wrong.
    type: bool
    default: false
  agent_socket:
    description: Socket of C(calico-agent).
    type: path
    default: /run/calico/agent.sock
  driver_socket:
    description: Socket of C(calico-libnetwork).
    type: path
    default: /run/docker/plugins/calico.sock
  bird_socket:
    description: Socket of C(calico-bird).
    type: path
    default: /run/calico/bird.ctl
"""

EXAMPLES = r"""
- name: Go on only when the host is well, half a minute at most
  calico.docker.node_status:
    timeout: 30
    require_healthy: true

- name: Look at the host
  calico.docker.node_status:
  register: node
"""

RETURN = r"""
healthy:
  description: Whether nothing is wrong.
  returned: always
  type: bool
  sample: true
problems:
  description: What is wrong, with the service that says so.
  returned: always
  type: list
  elements: str
  sample: ["calico-agent: it does not reach the datastore"]
status:
  description:
    - What the agent says, empty if it does not answer.
    - C(invalid) are records of the datastore that cannot be read, C(skipped) endpoints that are not programmed, each with the
      reason; C(revision) is that of the datastore which the kernel is up to.
  returned: always
  type: dict
  sample:
    ready: true
    inSync: true
    revision: 4711
    lastApply: "2026-11-24T06:52:00Z"
    errors: []
    warnings: []
    invalid: []
    skipped: []
    counts: {endpoints: 3}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import node_health


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "timeout": {"type": "float", "default": 0.0},
            "require_healthy": {"type": "bool", "default": False},
            "agent_socket": {"type": "path", "default": "/run/calico/agent.sock"},
            "driver_socket": {"type": "path", "default": "/run/docker/plugins/calico.sock"},
            "bird_socket": {"type": "path", "default": "/run/calico/bird.ctl"},
        },
        supports_check_mode=True,
    )
    sockets = node_health.Sockets(*(module.params[f"{name}_socket"] for name in ("agent", "driver", "bird")))
    found = node_health.ask(sockets, module.params["timeout"])
    told = {"healthy": not found.problems, "problems": list(found.problems), "status": dict(found.status)}
    if found.problems and module.params["require_healthy"]:
        module.fail_json(msg="; ".join(found.problems), **told)
    module.exit_json(changed=False, **told)


if __name__ == "__main__":
    main()
