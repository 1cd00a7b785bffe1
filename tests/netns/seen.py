"""What play verify would have collected from hosts and routers in namespaces, and its rows."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.plugin_utils.verify import report, rows
from calico_node.cli import context, node_sessions

from .birds import Bird, Host
from .frrs import Frr
from .namespaces import Namespace

Variables = dict[str, Any]


def failures(
    inventory: Mapping[str, Variables], groups: Mapping[str, list[str]], state: Mapping[str, Any]
) -> list[str]:
    """What the play would complain of."""
    found = report.check(
        with_datastore(inventory, groups, state), groups, [*groups["calico_node"], *groups["calico_router"]]
    )
    assert {row.host for row in found} == {*groups["calico_node"], *groups["calico_router"], "store"}
    return [str(row) for row in found if row.state != rows.OK]


def with_datastore(
    inventory: Mapping[str, Variables], groups: Mapping[str, list[str]], state: Mapping[str, Any]
) -> Mapping[str, Variables]:
    """As modules ipam_info and resource_info tell of a state of the store, which every host has."""
    blocks = [{"cidr": block, "node": node} for node, found in state["affinities"].items() for block in found]
    stored = {
        "verify_usage": {"results": [{"item": "store", "blocks": blocks}]},
        "verify_resources": {"results": [{"item": "store", "resources": state["resources"]}]},
    }
    return {name: {**found, **(stored if name in groups["calico_node"] else {})} for name, found in inventory.items()}


def of_host(host: Host) -> Variables:
    """A host whose services are well."""
    output = io.StringIO()
    world = context.Context(
        environ={}, stdin=io.StringIO(), stdout=output, stderr=io.StringIO(), bird_socket=host.bird.paths.control
    )
    problems = list(node_sessions.show_json(world))
    return {
        "verify_status": {"problems": [], "status": {}},
        "verify_sessions": {"rc": int(bool(problems)), "stdout": output.getvalue(), "stderr": "; ".join(problems)},
        **_kernel(host.space),
    }


def of_router(router: Bird | Frr) -> Variables:
    """A router that the play may ask."""
    if isinstance(router, Frr):
        told = json.dumps(router.ask("show", "bgp", "neighbors"))
    else:
        told = router.space.run("birdc", "-s", str(router.paths.control), "show", "protocols", "all")
    return {"verify_router": {"rc": 0, "stdout": told}, **_kernel(router.space)}


def _kernel(space: Namespace) -> Variables:
    parts = [space.run("ip", "-json", f"-{version}", "route", "show") for version in (4, 6)]
    return {
        "verify_routes": {"results": [{"rc": 0, "stdout": part} for part in parts]},
        "verify_neighbours": {"rc": 0, "stdout": space.run("ip", "-json", "-6", "neighbour", "show")},
    }
