"""Filters that read the inventory: addresses and endpoints with their defaults, and a check of the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.calico.docker.plugins.plugin_utils import fence, inventory


def default_address(facts: Mapping[str, Any], version: int) -> str:
    """See default_address.yml."""
    return inventory.default_address(facts, version)


def etcd_urls(hosts: Mapping[str, Any], names: Sequence[str], port: int, scheme: str = "http") -> list[str]:
    """See etcd_urls.yml."""
    return [inventory.etcd_url(hosts[name], port, scheme) for name in names]


def inventory_problems(hosts: Mapping[str, Any], groups: Mapping[str, Sequence[str]]) -> list[str]:
    """See inventory_problems.yml."""
    return inventory.problems(hosts, groups)


def datastore_rules(urls: Sequence[str]) -> list[dict[str, Any]]:
    """See datastore_rules.yml."""
    return fence.egress_rules(urls)


class FilterModule:
    """Ansible's entry."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name the filters."""
        return {
            "datastore_rules": datastore_rules,
            "default_address": default_address,
            "etcd_urls": etcd_urls,
            "inventory_problems": inventory_problems,
        }
