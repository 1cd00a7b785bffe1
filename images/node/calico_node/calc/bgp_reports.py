"""What the store asks of BGP and does not get, in words for status and log. Missing sessions tell it themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.calico.docker.plugins.module_utils.model import bgp_annotations, resources
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

INTERFACES = re.compile(r"[A-Za-z0-9_.*?-]{1,15}")


def problems(snapshot: Snapshot) -> Iterable[str]:
    """One sentence each."""
    for name, resource in sorted(snapshot.bgp_configurations.items()):
        for interface in resource.spec.ignored_interfaces:
            if not INTERFACES.fullmatch(interface):
                yield f"BGPConfiguration {name}: spec.ignoredInterfaces: {interface!r} is no name or pattern"
    extended: tuple[resources.Resource, ...] = (*snapshot.bgp_configurations.values(), *snapshot.bgp_peers.values())
    for one in sorted(extended, key=lambda resource: resource.key):
        for problem in bgp_annotations.problems(one.metadata.annotations):
            yield f"{one.KIND} {one.name}: {problem}"
