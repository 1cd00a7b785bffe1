# Copyright the calico.docker authors
# SPDX-License-Identifier: Apache-2.0
"""The options of ``arguments.ETCD``; ``PLUGINS`` adds the variables that plugins on the controller fall back on."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  etcd_endpoints:
    description:
      - Client URLs of etcd's members, such as V(https://10.0.0.1:2379), all V(http) or all V(https).
      - Set them once for all modules, with C(module_defaults) of the group C(calico.docker.calico).
    type: list
    elements: str
    required: true
  etcd_ca_cert:
    description:
      - File with the certificates that etcd's own is checked against, on the machine that speaks to etcd.
      - Without it, those that gRPC brings along.
    type: path
  etcd_cert:
    description: File with the client certificate, on the machine that speaks to etcd. Needs O(etcd_key).
    type: path
  etcd_key:
    description: File with the key of O(etcd_cert).
    type: path
  etcd_username:
    description: The user of etcd. Needs O(etcd_password).
    type: str
  etcd_password:
    description: Its password.
    type: str
  etcd_timeout:
    description:
      - Seconds after which a call to etcd fails.
      - Within that time every member is asked.
    type: float
    default: 5.0
requirements:
  - Python 3.10
  - The Python library etcd3 (Debian and Ubuntu C(python3-etcd3))
attributes:
  action_group:
    description: Takes the defaults of the action group C(calico.docker.calico).
    support: full
    membership: [calico.docker.calico]
"""

    # Upstream's names, those of /etc/calico/calico.env on a node. No type path: it makes the current directory of an empty
    # variable.
    PLUGINS = r"""
options:
  etcd_endpoints:
    description: Client URLs of etcd's members, such as V(https://10.0.0.1:2379), all V(http) or all V(https).
    env:
      - name: ETCD_ENDPOINTS
  etcd_ca_cert:
    type: str
    env:
      - name: ETCD_CA_CERT_FILE
  etcd_cert:
    type: str
    env:
      - name: ETCD_CERT_FILE
  etcd_key:
    type: str
    env:
      - name: ETCD_KEY_FILE
  etcd_username:
    env:
      - name: ETCD_USERNAME
  etcd_password:
    env:
      - name: ETCD_PASSWORD
"""
