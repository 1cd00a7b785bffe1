"""The routes of a host: one to each address of its endpoints, through the endpoint's interface."""

from __future__ import annotations

from collections.abc import Mapping

from calico_node.calc.hosts import HostState

Routes = Mapping[str, str]  # address -> interface


def routes(state: HostState) -> Routes:
    """Where each local address is; if two endpoints claim one, the first interface by name has it."""
    found: dict[str, str] = {}
    for interface in sorted(state.endpoints):
        for addresses in state.endpoints[interface].addresses.values():
            for address in addresses:
                found.setdefault(address, interface)
    return found
