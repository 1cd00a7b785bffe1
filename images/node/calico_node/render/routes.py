"""The routes of a host: one to each address of its endpoints, through the endpoint's interface."""

from __future__ import annotations

from collections.abc import Mapping

from calico_node.calc.hosts import HostState

Routes = Mapping[str, str]  # address -> interface


def routes(state: HostState) -> Routes:
    """Where each local address is; calc sees to it that only one endpoint has it."""
    return {
        address: interface
        for interface, endpoint in state.endpoints.items()
        for addresses in endpoint.addresses.values()
        for address in addresses
    }
