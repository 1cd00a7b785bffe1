"""The whole plan of a fabric, from the inventory."""

from __future__ import annotations

from typing import Any

from ansible_collections.calico.docker.plugins.plugin_utils import inventory

from . import checks, reading, resources, routers


def plan(hosts: inventory.Hosts, groups: inventory.Groups) -> dict[str, Any]:
    """``problems``, and only if there are none ``peers``, ``configuration`` and ``routers``."""
    fabric = reading.read(hosts, groups)
    if problems := checks.problems(fabric):
        return {"problems": problems, "peers": [], "configuration": {}, "routers": {}}
    return {
        "problems": [],
        "peers": resources.peers(fabric),
        "configuration": resources.configuration(fabric),
        "routers": routers.contexts(fabric),
    }
