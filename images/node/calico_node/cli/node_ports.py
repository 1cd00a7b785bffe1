"""``calicoctl node ports``: which ports of hosts lead to which containers; Docker's own tools do not show them."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator

from ansible_collections.calico.docker.plugins.module_utils.model import ports, profiles, resources
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.model.workload_endpoints import WorkloadEndpoint
from calico_node.libnetwork import endpoints, labels

from . import tables
from .context import Context

_HEADING = ("NODE", "HOST PORT", "AT", "CONTAINER", "NETWORK", "LEADS TO")
_NAMES = {number: name for name, number in ports.PROTOCOL_NUMBERS.items()}


def show(arguments: argparse.Namespace, context: Context) -> None:
    """Print the published ports of all hosts, or of one. Raises CommandError, StoreError."""
    with context.store(arguments) as opened:
        records = opened.list(resources.prefix_of(WorkloadEndpoint)).records
    found = []
    for record in records:
        with contextlib.suppress(Invalid):  # the agent publishes nothing of it either, and says so
            found.append(WorkloadEndpoint.decode(record.document()))
    rows = sorted(row for one in found if arguments.name in (None, one.host) for row in _rows(one))
    context.stdout.write(tables.padded([_HEADING, *rows]))


def _rows(endpoint: WorkloadEndpoint) -> Iterator[tuple[str, ...]]:
    metadata, spec = endpoint.metadata, endpoint.spec
    container = metadata.labels.get(labels.CONTAINER) or spec.endpoint[:12]
    network = metadata.annotations.get(endpoints.NETWORK_NAME) or metadata.labels.get(profiles.NETWORK_LABEL) or "-"
    addresses = {net.version: net.network_address for net in reversed(spec.ip_networks)}
    for port in (port for port in spec.ports if port.host_port):
        versions = [version for version, _address in port.host_places if version in addresses]
        leads = ", ".join(_joined(str(addresses[version]), port.port) for version in versions)
        protocol = _NAMES[ports.protocol_number(port.protocol)]
        yield (
            endpoint.host,
            f"{port.host_port}/{protocol}",
            port.host_ip or "*",
            container,
            network,
            leads or "nowhere",
        )


def _joined(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
