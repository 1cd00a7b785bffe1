"""The driver of the tunnels to other hosts: devices, the ends they know, and routes, made equal to the wanted ones.

What is there is read when something wanted changes, after a failure, and after ``resync``. A device that is as wanted
is never made anew: packets in it go on.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Set
from typing import Protocol

from calico_node.render.tunnels import VXLAN, Device, End, Tunnels

from . import netlink_tunnels
from .errors import DataplaneError
from .netlink_tunnels import Link, Route

# All that we may have made: a device that is not wanted goes.
_NAMES = ("vxlan.calico", "vxlan-v6.calico", "ipip.calico")
_OVERHEAD = {(VXLAN, 4): 50, (VXLAN, 6): 70, ("ipip", 4): 20}
_USUAL_MTU = 1500


class Kernel(Protocol):
    """What the driver needs of netlink_tunnels.TunnelNetlink."""

    def find(self, name: str) -> Link | None: ...
    def mtu_at(self, address: str) -> int | None: ...
    def add(self, device: Device) -> None: ...
    def delete(self, name: str) -> None: ...
    def set(self, index: int, mtu: int, mac: str) -> None: ...
    def addresses(self, index: int) -> Set[str]: ...
    def put_address(self, command: str, index: int, address: str) -> None: ...
    def ends(self, index: int) -> Set[End]: ...
    def put_end(self, index: int, end: End) -> None: ...
    def drop_end(self, index: int, end: End) -> None: ...
    def routes(self) -> Set[Route]: ...
    def put_route(self, command: str, route: Route) -> None: ...


class TunnelDriver:
    """Makes the kernel's tunnels equal to the wanted ones."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._done: tuple[Tunnels, int] | None = None

    def resync(self) -> None:
        """Look at the kernel with the next apply."""
        self._done = None

    def withdraw(self, wanted: Tunnels) -> tuple[str, ...]:
        """Delete the devices that are not wanted, or not as they are: before the rule goes that guards them.

        What that took. Raises DataplaneError.
        """
        if self._done is not None and self._done[0].devices == wanted.devices:
            return ()
        made = {device.name: netlink_tunnels.made(device) for device in wanted.devices}
        gone = []
        for name in _NAMES:
            if (link := self._kernel.find(name)) is not None and made.get(name) != link.made:
                self._kernel.delete(name)
                gone.append(name)
        return tuple(gone)

    def apply(self, wanted: Tunnels, era: int = 0) -> tuple[str, ...]:
        """Bring the kernel to what is wanted; what that changed. Raises DataplaneError.

        ``era`` changes whenever the kernel may have dropped routes that lead through the fabric.
        """
        if self._done == (wanted, era):
            return ()
        self._done = None
        changed = tuple(self._change(wanted))
        self._done = (wanted, era)
        return changed

    def remove(self) -> None:
        """Leave nothing of ours behind."""
        self._done = None
        self.withdraw(Tunnels())
        tuple(self._change(Tunnels()))

    def _change(self, wanted: Tunnels) -> Iterator[str]:
        """Devices before the routes through them. One end or route that fails does not keep the others out."""
        links: dict[str, int] = {}
        problems: list[str] = []
        for device in wanted.devices:
            links[device.name], changes = self._device(device, self._kernel.find(device.name))
            yield from changes
            yield from self._ends(device, links[device.name], set(wanted.ends.get(device.name, ())), problems)
        yield from self._routes(wanted, links, problems)
        if problems:
            raise DataplaneError("; ".join(problems))

    def _device(self, device: Device, link: Link | None) -> tuple[int, list[str]]:
        changes = []
        if link is not None and link.made != netlink_tunnels.made(device):
            self._kernel.delete(device.name)
            changes.append(f"{device.name} is made anew")
            link = None
        if link is None:
            self._kernel.add(device)
            changes.append(f"{device.name} is made")
            link = self._kernel.find(device.name)
        if link is None:
            raise DataplaneError(f"{device.name} is gone as soon as it is made: another program deletes it")
        mtu = device.mtu or self._largest(device)
        # The kernel forgets all ends of a device that is given a MAC address, even its own.
        mac = device.mac if device.mac != link.mac else ""
        if mac or (link.up, link.mtu) != (True, mtu):
            self._kernel.set(link.number, mtu, mac)
            changes.append(f"{device.name} is up, its MTU {mtu}")
        changes += self._addresses(device, link.number)
        return link.number, changes

    def _largest(self, device: Device) -> int:
        return (self._kernel.mtu_at(device.local) or _USUAL_MTU) - _OVERHEAD[device.kind, device.version]

    def _addresses(self, device: Device, index: int) -> Iterator[str]:
        """The new one first: the device is never without."""
        there = self._kernel.addresses(index)
        for address in {device.address} - there:
            self._kernel.put_address("add", index, address)
            yield f"{device.name} has address {address}"
        for address in there - {device.address}:
            self._kernel.put_address("del", index, address)
            yield f"{device.name} has no longer address {address}"

    def _ends(self, device: Device, index: int, wanted: Set[End], problems: list[str]) -> Iterator[str]:
        if device.kind != VXLAN:
            return
        there = self._kernel.ends(index)
        kept = {one.address for one in wanted} | {one.mac for one in wanted}
        for end in sorted(there - wanted):
            # What is replaced by the next step is not deleted after it, nor before.
            if end.address not in kept and end.mac not in kept:
                self._kernel.drop_end(index, end)
                yield f"{device.name} forgets {end.host}"
        for end in sorted(wanted - there):
            if _tried(functools.partial(self._kernel.put_end, index, end), problems):
                yield f"{device.name} knows {end.host}"

    def _routes(self, wanted: Tunnels, links: dict[str, int], problems: list[str]) -> Iterator[str]:
        """A destination that gets another way is without one for a moment only."""
        there = self._kernel.routes()
        made = {Route(one.destination, one.gateway, links.get(one.device, 0)) for one in wanted.routes}
        moving = {route.destination: route for route in made - there}
        for route in sorted(there - made):
            self._kernel.put_route("del", route)
            new = moving.pop(route.destination, None)
            if new is not None and not _tried(functools.partial(self._kernel.put_route, "add", new), problems):
                # Rather the old way than none.
                _tried(functools.partial(self._kernel.put_route, "add", route), problems)
                continue
            yield f"{route.destination} no longer by {route.gateway}"
        for route in sorted(moving.values()):
            if _tried(functools.partial(self._kernel.put_route, "add", route), problems):
                yield f"{route.destination} by {route.gateway}"


def _tried(action: Callable[[], None], problems: list[str]) -> bool:
    """Whether an action succeeded; else its problem is noted."""
    try:
        action()
    except DataplaneError as error:
        problems.append(str(error))
        return False
    return True
