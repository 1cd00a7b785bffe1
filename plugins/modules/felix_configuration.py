#!/usr/bin/python
# Copyright the calico.docker authors
# SPDX-License-Identifier: Apache-2.0
"""Ansible module calico.docker.felix_configuration."""

from __future__ import annotations

DOCUMENTATION = r"""
module: felix_configuration
short_description: Manage the settings of the agent
description:
  - The settings of the agent on every host, for the cluster or for one node, Calico's FelixConfiguration.
author: The calico.docker authors
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd
  - calico.docker.resource
  - calico.docker.behaviour
options:
  name:
    description: V(default) for the cluster, V(node.NAME) for one node, which wins option by option.
    type: str
    default: default
  default_endpoint_to_host_action:
    description: What becomes of traffic from containers to their own host that policy lets pass. V(Drop) when not given.
    type: str
    choices: [Drop, Return, Accept]
  log_prefix:
    description: Start of the lines that rules with the action V(Log) write, at most 27 characters.
    type: str
  log_severity_screen:
    description: What the agent logs.
    type: str
  reporting_interval:
    description: Time between status reports in the store, such as V(30s). V(0s) is never.
    type: str
  ipv6_support:
    description: Whether IPv6 is programmed, true when not given.
    type: bool
"""

EXAMPLES = r"""
- name: Let containers reach their own host where policy allows it
  calico.docker.felix_configuration:
    default_endpoint_to_host_action: Accept
"""

RETURN = r"""
resource:
  description: The resource as it is now, in check mode as it would be, in Calico's words.
  returned: when O(state=present)
  type: dict
  sample:
    kind: FelixConfiguration
    apiVersion: projectcalico.org/v3
    metadata:
      name: default
    spec:
      defaultEndpointToHostAction: Accept
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module
from ansible_collections.calico.docker.plugins.module_utils.model import felix_configurations


def main(run: resource_module.Run = resource_module.run) -> None:
    module = AnsibleModule(
        argument_spec={
            **arguments.RESOURCE,
            **arguments.DEFAULT_NAME,
            "default_endpoint_to_host_action": {"type": "str", "choices": ["Drop", "Return", "Accept"]},
            "log_prefix": {"type": "str"},
            "log_severity_screen": {"type": "str"},
            "reporting_interval": {"type": "str"},
            "ipv6_support": {"type": "bool"},
        },
        supports_check_mode=True,
    )
    run(module, felix_configurations.FelixConfiguration)


if __name__ == "__main__":
    main()
