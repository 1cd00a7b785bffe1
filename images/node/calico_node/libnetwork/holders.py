"""Which endpoints of this host have ports published, and whether there is still a container behind them."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Set
from typing import Protocol

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.model.workload_endpoints import (
    WorkloadEndpoint,
    WorkloadEndpointPort,
)
from calico_node.dataplane import veth

from . import endpoints, labels, published

_MARK = b'"hostPort"'


class Links(Protocol):
    """What is asked of the kernel; see ``dataplane.veth``."""

    def links(self) -> tuple[veth.Link, ...]: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Holder:
    """An endpoint with published ports, and its container's sandbox; None if its interface is gone, so no container."""

    found: endpoints.Found
    sandbox: str | None

    @property
    def versions(self) -> Set[int]:
        """The families in which it can be reached."""
        return frozenset(address.version for address in self.found.addresses)

    @property
    def network(self) -> str:
        return self.found.endpoint.metadata.annotations.get(endpoints.NETWORK_NAME, "")

    def has(self, wanted: WorkloadEndpointPort, versions: Set[int]) -> bool:
        """Whether it has a port that another endpoint, with these families, wants."""
        both = self.versions & versions
        ports = (port for port in self.found.endpoint.spec.ports if port.host_port)
        return any(published.overlap(port, wanted, both) for port in ports)

    def __str__(self) -> str:
        """As people know it."""
        endpoint = self.found.endpoint
        name = endpoint.metadata.labels.get(labels.CONTAINER) or f"with endpoint {endpoint.spec.endpoint[:12]}"
        return f"container {name}" + (f" (network {self.network})" if self.network else "")


def holders(records: Iterable[store.Record], own: str, links: Links) -> tuple[Holder, ...]:
    """Those among this host's endpoints, without the one of the key ``own``."""
    found = []
    for record in records:
        # Few of a host's hundreds publish ports, and to read one costs more than to look.
        if _MARK in record.value and record.key != own:
            # What cannot be read publishes nothing: the agent does not either.
            with contextlib.suppress(Invalid):
                found.append(endpoints.Found(WorkloadEndpoint.decode(record.document()), record.revision))
    sandboxes = sandboxes_of(links) if found else {}
    return tuple(Holder(one, sandboxes.get(one.interface)) for one in found)


def sandboxes_of(links: Links) -> dict[str, str]:
    """The sandbox of each interface that there is."""
    return {link.name: veth.read(link.alias).get("sandbox", "") for link in links.links()}
