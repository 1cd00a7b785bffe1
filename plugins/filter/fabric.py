"""Filters about the fabric."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.plugin_utils.fabric import plans


def fabric_plan(hosts: Mapping[str, Any], groups: Mapping[str, Any]) -> dict[str, Any]:
    """See fabric_plan.yml."""
    return plans.plan(hosts, groups)


class FilterModule:
    """Ansible's entry."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name the filters."""
        return {"fabric_plan": fabric_plan}
