#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.node_services."""

from __future__ import annotations

DOCUMENTATION = r"""
module: node_services
short_description: Run the services of the calico-node image on a host
description:
  - Installs the systemd units that the current image brings, enables and starts them, and waits until each answers.
  - A service is restarted if it runs from another image, with another unit file or with other settings than it should.
    This is read from the running process, so that a run that was interrupted is completed by the next.
  - The services are started one by one, C(calico-libnetwork), C(calico-agent), C(calico-bird), each when the one before is ready.
    Docker repeats its calls for 15 seconds, so that a restart of its driver is not noticed, and BIRD restarts gracefully.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.host
requirements:
  - Python 3.10
  - systemd
attributes:
  diff_mode:
    support: full
    description: Shows the unit files and the reasons for restarts.
options:
  image:
    description: Root file system of the image, the link that M(calico.docker.node_image) keeps.
    type: path
    default: /var/lib/calico/images/current
  environment_file:
    description: File with the settings, which the units read.
    type: path
    default: /etc/calico/calico.env
  timeout:
    description: Seconds that each service may take to be ready.
    type: int
    default: 60
"""

EXAMPLES = r"""
- name: Run the node
  calico.docker.node_services:
    timeout: 30
"""

RETURN = r"""
restarted:
  description: The services that were started or restarted, each with the reason.
  returned: always
  type: dict
  sample:
    calico-agent: runs from another image
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import node_host, node_units


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "image": {"type": "path", "default": "/var/lib/calico/images/current"},
            "environment_file": {"type": "path", "default": "/etc/calico/calico.env"},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    host = node_host.Host(
        lambda line: str(module.run_command(list(line), check_rc=True)[1]),
        image=Path(module.params["image"]),
        unit_directory=Path("/etc/systemd/system"),
        environment_file=Path(module.params["environment_file"]),
    )
    try:
        wanted, running = host.wanted(), host.running()
        reasons = {unit: node_units.restart_reason(running[unit], wanted[unit]) for unit in node_units.UNITS}
        if not module.check_mode:
            host.install(wanted, running)
            for unit, reason in reasons.items():
                if reason:
                    host.restart(unit)
                node_host.wait_ready(unit, module.params["timeout"])
    except node_host.Failed as error:
        module.fail_json(msg=str(error))
    restarted = {unit: reason for unit, reason in reasons.items() if reason}
    module.exit_json(
        changed=bool(restarted) or not all(unit.enabled for unit in running.values()),
        restarted=restarted,
        diff=[
            {
                "before_header": unit,
                "after_header": unit,
                "before": running[unit].file or "",
                "after": wanted[unit].file,
            }
            for unit in node_units.UNITS
        ],
    )


if __name__ == "__main__":
    main()
