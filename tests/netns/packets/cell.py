"""A host with workloads and uplinks whose other ends are mute wires: whatever is sent there, only the host acts.

All ends lie in one namespace without any address, so nobody answers, asks for a neighbour or drops anything, and one
socket hears everything that comes out of the host. Sending is done when the packet has gone all its way, mostly: what
is missing has to be asked for again before it counts as dropped.
"""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import select
import socket
from collections.abc import Iterable, Iterator, Mapping

from calico_node.agent.order import Order
from calico_node.calc.endpoints import INTERFACE_PREFIX
from calico_node.dataplane import interfaces
from tests.netns import hosts
from tests.netns.inside import inside
from tests.netns.namespaces import World
from tests.states import records

from . import frames

WORKLOADS = range(1, 7)
WORKLOAD = {number: f"{INTERFACE_PREFIX}{number:011x}" for number in WORKLOADS}
*KNOWN, STRANGER = WORKLOAD.values()  # no store knows the last one
UPLINKS = ("eth0", "eth1")
HOST = {
    "eth0": ("192.0.2.1", "2001:db8::1"),
    "eth1": ("198.51.100.1", "2001:db8:1::1"),
}
_GATEWAY = {"eth0": ("192.0.2.9", "2001:db8::9"), "eth1": ("198.51.100.9", "2001:db8:1::9")}
_BEHIND_ETH1 = tuple(
    map(ipaddress.ip_network, ("198.51.100.0/24", "2001:db8:1::/64", "203.0.113.128/25", "2001:db8:3:1::/64"))
)
_OWN = frozenset(frames.address(address) for found in HOST.values() for address in found)
# The address at each workload's interface, by IP version.
ADDRESS: Mapping[int, Mapping[str, frames.Address]] = {
    version: {
        place: frames.address(records.default_addresses(number)[version == 6]) for number, place in WORKLOAD.items()
    }
    for version in (4, 6)
}
_WORKLOAD_OF = {address: place for found in ADDRESS.values() for place, address in found.items()}
PROTOCOLS = (frames.ICMP, frames.TCP, frames.UDP, frames.GRE, frames.ESP, frames.ICMPV6, frames.SCTP, frames.UDPLITE)
# Names that Python's socket module does not have.
_RECEIVE_BUFFER, _IGNORE_OUTGOING, _ALL_PROTOCOLS = 33, 23, 0x0003
_GATEWAY_MAC = bytes.fromhex("eeeeeeeeeeee")


@dataclasses.dataclass(frozen=True, slots=True)
class Arrival:
    """What came out of the host: by which interface, or None to the host itself."""

    place: str | None
    carried: bytes


def mac(place: str) -> bytes:
    """The address of an interface's other end."""
    return bytes.fromhex("0200000000") + bytes([_ENDS[place]])


_ENDS = {place: number for number, place in enumerate((*WORKLOAD.values(), *UPLINKS), 1)}


class Cell:
    """Host ``host1`` of the test states and its wires."""

    def __init__(self, world: World, host: hosts.Host, *, always_routed: bool = True) -> None:
        self.host = host
        host.drivers = dataclasses.replace(host.drivers, forget=_nothing_to_forget, forget_ports=_nothing_to_forget)
        host.order = Order("host1", host.drivers)
        self._space = world.space("ends")
        self._space.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        self._cable(world)
        self._know_neighbours()
        self._route_uplinks()
        if always_routed:
            self._route_workloads()
        self._macs = {place: _mac_of(host, place) for place in _ENDS}

    def _cable(self, world: World) -> None:
        host = self.host.space
        for place in WORKLOAD.values():
            world.cable(host, place, self._space, _end(place))
            host.ip(f"link set {place} address {_GATEWAY_MAC.hex(':')} up")
            host.ip(f"address add {interfaces.GATEWAY_IPV6}/64 dev {place} nodad")
        self.host.outside.space.ip(f"link set eth0 netns {self._space.name} name {_end('eth0')}")
        world.cable(host, "eth1", self._space, _end("eth1"))
        host.address("eth1", f"{HOST['eth1'][0]}/24", f"{HOST['eth1'][1]}/64")
        for place in _ENDS:
            self._space.ip(f"link set {_end(place)} address {mac(place).hex(':')} up")

    def _know_neighbours(self) -> None:
        """Nobody answers, so nobody is to be asked."""
        for place in _ENDS:
            for address in _GATEWAY.get(place) or [ADDRESS[version][place] for version in (4, 6)]:
                self.host.space.ip(
                    f"neighbour replace {address} lladdr {mac(place).hex(':')} dev {place} nud permanent"
                )

    def _route_uplinks(self) -> None:
        space = self.host.space
        space.run("sysctl", "-qw", *(f"net.ipv4.conf.{name}.rp_filter=0" for name in ("all", *UPLINKS)))
        for network in _BEHIND_ETH1:
            space.ip(f"route replace {network} via {_GATEWAY['eth1'][network.version == 6]} dev eth1 metric 10 onlink")

    def _route_workloads(self) -> None:
        """A way to every workload, whether the store knows it or not: so policy alone is what stops packets."""
        for found in ADDRESS.values():
            for place, address in found.items():
                self.host.space.ip(f"route add {address} dev {place} metric 2048")

    @contextlib.contextmanager
    def open(self) -> Iterator[Wires]:
        """Sockets to send and to listen with."""
        with contextlib.ExitStack() as stack:
            with inside(self._space):
                ends = _packet_socket(stack, "")
                senders = {place: _packet_socket(stack, _end(place)) for place in _ENDS}
            with inside(self.host.space):
                local = list(_raw_sockets(stack))
                own = {
                    4: stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)),
                    6: stack.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)),
                }
            yield Wires(self._macs, ends, senders, local, own)

    def forget_connections(self) -> None:
        """Whatever comes next is the first packet of its connection."""
        self.host.space.run("conntrack", "-F")


class Wires:
    """Puts packets into the host and takes out what it lets pass."""

    def __init__(
        self,
        macs: Mapping[str, bytes],
        ends: socket.socket,
        senders: Mapping[str, socket.socket],
        local: Iterable[socket.socket],
        own: Mapping[int, socket.socket],
    ) -> None:
        self._macs = macs
        self._ends = ends
        self._senders = senders
        self._local = {one.fileno(): one for one in local}
        self._own = own
        self._poll = select.poll()
        for descriptor in (ends.fileno(), *self._local):
            self._poll.register(descriptor, select.POLLIN)

    def send(self, place: str | None, datagram: bytes) -> None:
        """From the other end of an interface, or from the host itself."""
        if place is not None:
            self._senders[place].send(frames.ethernet(datagram, mac(place), self._macs[place]))
            return
        version = datagram[0] >> 4
        destination = datagram[16:20] if version == 4 else datagram[24:40]
        # What its own policy refuses the kernel refuses to the sender.
        with contextlib.suppress(PermissionError):
            self._own[version].sendto(datagram, (str(ipaddress.ip_address(destination)), 0))

    def arrivals(self, seconds: float = 0) -> Iterator[Arrival]:
        """What has come; after ``seconds`` in which nothing came, that is all."""
        while ready := self._poll.poll(seconds * 1000):
            for descriptor, _event in ready:
                if descriptor in self._local:
                    yield from _locally(self._local[descriptor])
                else:
                    yield from self._at_ends()

    def _at_ends(self) -> Iterator[Arrival]:
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, (name, *_rest) = self._ends.recvfrom(2048)
                if frame[12:14] in (b"\x08\x00", b"\x86\xdd"):
                    yield Arrival(_PLACES[name], frames.payload(frame[14:]))


def _locally(receiver: socket.socket) -> Iterator[Arrival]:
    with contextlib.suppress(BlockingIOError):
        while True:
            datagram = receiver.recv(2048)
            # Raw sockets show the header of IPv4 only.
            yield Arrival(None, frames.payload(datagram) if receiver.family == socket.AF_INET else datagram)


def outgoing(destination: frames.Address) -> str | None:
    """The interface to an address by the host's routes; None if it is the host's own."""
    if destination in _OWN:
        return None
    if destination in _WORKLOAD_OF:
        return _WORKLOAD_OF[destination]
    return "eth1" if any(destination in network for network in _BEHIND_ETH1) else "eth0"


def _end(place: str) -> str:
    return f"end{_ENDS[place]}"


_PLACES = {_end(place): place for place in _ENDS}


def _mac_of(host: hosts.Host, place: str) -> bytes:
    return bytes.fromhex(host.space.run("cat", f"/sys/class/net/{place}/address").strip().replace(":", ""))


def _packet_socket(stack: contextlib.ExitStack, name: str) -> socket.socket:
    """Bound to one interface for sending, to none for listening to all of them."""
    protocol = 0 if name else _ALL_PROTOCOLS
    made = stack.enter_context(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol)))
    if name:
        made.bind((name, 0))
        return made
    made.setsockopt(263, _IGNORE_OUTGOING, 1)
    return _roomy(made)


def _raw_sockets(stack: contextlib.ExitStack) -> Iterator[socket.socket]:
    """They hear what the host has let in, whether anything listens there or not."""
    for family in (socket.AF_INET, socket.AF_INET6):
        for protocol in PROTOCOLS:
            yield _roomy(stack.enter_context(socket.socket(family, socket.SOCK_RAW, protocol)))


def _roomy(made: socket.socket) -> socket.socket:
    made.setsockopt(socket.SOL_SOCKET, _RECEIVE_BUFFER, 1 << 26)
    made.setblocking(False)
    return made


def _nothing_to_forget(_leaving: object) -> tuple[str, ...]:
    """The tests forget all connections themselves."""
    return ()
