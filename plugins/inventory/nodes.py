# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of plugins: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible inventory plugin calico.docker.nodes."""

from __future__ import annotations

DOCUMENTATION = r"""
name: nodes
short_description: The hosts that are registered in the datastore
description:
  - Each Node in etcd is a host of its name, with its addresses, its AS number and its labels as variables.
  - Its file is YAML and has a name that ends with V(calico.yml) or V(calico.yaml), such as V(nodes.calico.yml).
  - A Node that is not valid is left out, with a warning. So is one named V(localhost) or V(127.0.0.1).
  - Nothing from the datastore is ever taken for a template.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.etcd.plugins
  - calico.docker.etcd
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Says that the file is for this plugin.
    type: str
    required: true
    choices: [calico.docker.nodes]
  connect_by:
    description:
      - What C(ansible_host) is, the Node's IPv4 address or else its IPv6 address, the other way round,
        or with V(name) nothing, so that the name of the host must lead there.
    type: str
    choices: [ipv4, ipv6, name]
    default: ipv4
attributes:
  action_group:
    description: Module defaults are for modules.
    support: none
    membership: []
notes:
  - It runs on the controller, so Ansible's own Python must have the library etcd3.
  - Hosts have the variables C(calico_node_ipv4_address) and C(calico_node_ipv6_address), with prefix length, as role C(node) takes them,
    and empty where the Node has none.
  - They also have the dictionary C(calico_registered_labels), and C(calico_registered_as_number) if the Node has one of its own. No role reads
    these two, so that none writes back what is stored or cached. Where one shall, name its variable in O(compose).
"""

EXAMPLES = r"""
---
# The least: ansible-inventory -i nodes.calico.yml --list
plugin: calico.docker.nodes
etcd_endpoints: [http://172.31.1.11:2379, http://172.31.1.12:2379, http://172.31.2.11:2379]

---
# Racks as groups (rack_rack1), all hosts in the group of the collection's plays. With ETCD_ENDPOINTS and so on in the environment.
plugin: calico.docker.nodes
groups:
  calico_node: true
keyed_groups:
  - prefix: rack
    key: calico_registered_labels['calico.docker/rack']
compose:
  calico_rack: calico_registered_labels['calico.docker/rack']

---
# With TLS and a user, over IPv6; asks etcd once in ten minutes.
plugin: calico.docker.nodes
etcd_endpoints: ["https://[fd31:0:0:1::11]:2379"]
etcd_ca_cert: /etc/etcd/ca.pem
etcd_username: ansible
etcd_password: !vault |
  $ANSIBLE_VAULT;1.1;AES256
  61626364...
connect_by: ipv6
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.ansible/cache
cache_timeout: 600
"""

import dataclasses
import sys
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.path import unfrackpath
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.calico.docker.plugins.module_utils import arguments, resource_module, store
from ansible_collections.calico.docker.plugins.module_utils.model import errors, nodes, resources
from ansible_collections.calico.docker.plugins.plugin_utils import registered

_ENDINGS = ("calico.yml", "calico.yaml")
_VERSIONS = {"ipv4": 4, "ipv6": 6}


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # Ansible is untyped
    """Ansible's entry."""

    NAME = "calico.docker.nodes"

    def __init__(self, open_store: resource_module.Opener = store.open) -> None:
        super().__init__()
        self._open_store = open_store

    def verify_file(self, path: str) -> bool:
        """Whether the file may be for this plugin."""
        return bool(super().verify_file(path)) and path.endswith(_ENDINGS)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the hosts; Ansible calls this, and with ``cache`` false to renew what is cached."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        found = self._found(path, read_cache=cache)
        for text in found["skipped"]:
            self.display.warning(f"left out: {text}")
        for name, variables in found["hosts"].items():
            self._add(name, variables)

    def _found(self, path: str, *, read_cache: bool) -> Mapping[str, Any]:
        """What ``registered.Found`` holds, from the cache where it may be."""
        if not self.get_option("cache"):
            return self._registered()
        key = self.get_cache_key(path)
        if not read_cache or key not in self._cache:
            self._cache[key] = self._registered()
        found: Mapping[str, Any] = self._cache[key]
        return found

    def _registered(self) -> dict[str, Any]:
        """What is in etcd now. Ends the plugin by one line if that cannot be told."""
        try:
            config = resource_module.config({name: self._setting(name) for name in arguments.ETCD})
            with self._open_store(config) as opened:
                records = opened.list(resources.prefix_of(nodes.Node)).records
        except store.MissingLibrary as error:
            missing = f"Ansible's own Python, {sys.executable}, cannot load the library etcd3 ({error.__cause__})"
            raise AnsibleParserError(f"{missing}: install it there, for instance by pip install etcd3") from None
        except (errors.Invalid, store.StoreError) as error:
            raise AnsibleParserError(str(error)) from None
        return dataclasses.asdict(registered.read(records))

    def _setting(self, name: str) -> Any:
        """An option of etcd's. An empty variable is none, as for the services on a node."""
        value = self.get_option(name)
        if value == "":
            return None
        return unfrackpath(value) if value and arguments.ETCD[name]["type"] == "path" else value

    def _add(self, name: str, variables: registered.Variables) -> None:
        version = _VERSIONS.get(self.get_option("connect_by"))
        address = registered.address(variables, version) if version else ""
        # Who writes labels must not run Jinja on the controller.
        everything = wrap_var({**variables, **({"ansible_host": address} if address else {})})
        self.inventory.add_host(name)
        for variable, value in everything.items():
            self.inventory.set_variable(name, variable, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), everything, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), everything, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), everything, name, strict=strict)
