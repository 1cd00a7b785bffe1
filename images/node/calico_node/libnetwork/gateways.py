"""IPv4 gateways of containers: 169.254.1.1, and the next ones for further networks of one container.

Two routes to one gateway through two interfaces cannot stand beside each other. Proxy ARP answers for all of them.
"""

from __future__ import annotations

import ipaddress
import threading

_FIRST = ipaddress.IPv4Address("169.254.1.1")
_COUNT = 254


class Gateways:
    """Which gateway each endpoint of a sandbox has. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[str, tuple[str, ipaddress.IPv4Address]] = {}

    def remember(self, interface: str, sandbox: str, gateway: str) -> None:
        """Take over what an earlier process gave; nonsense is left out."""
        try:
            self._taken[interface] = (sandbox, ipaddress.IPv4Address(gateway))
        except ValueError:
            return

    def take(self, interface: str, sandbox: str) -> ipaddress.IPv4Address:
        """The first gateway that no other interface of the sandbox has."""
        with self._lock:
            others = {
                gateway for name, (owner, gateway) in self._taken.items() if owner == sandbox and name != interface
            }
            found = next(_FIRST + step for step in range(_COUNT) if _FIRST + step not in others)
            self._taken[interface] = (sandbox, found)
            return found

    def forget(self, interface: str) -> None:
        """The interface is gone."""
        with self._lock:
            self._taken.pop(interface, None)
