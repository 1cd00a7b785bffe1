"""A route reflector and many clients of it: these are one BIRD that has as many addresses, tables and sessions."""

from __future__ import annotations

import dataclasses
import ipaddress
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .birds import Bird, Host
from .namespaces import World

REFLECTOR = "172.31.0.1"
_FIRST = ipaddress.ip_address("172.31.1.0")
_POOL = ipaddress.ip_network("10.64.0.0/14")
_CLIENTS = """
log stderr all;
timeformat protocol iso long;
router id 172.31.0.2;
protocol device {{ }}
{clients}
"""
# Each client has an address and a block of its own, and takes from the reflector what the others have.
_CLIENT = """
ipv4 table table{number};
protocol static block{number} {{ ipv4 {{ table table{number}; }}; route {block} blackhole; }}
protocol bgp client{number} {{
  router id {address};
  local {address} as 64512;
  neighbor {reflector} as 64512;
  multihop;
  connect delay time 1; connect retry time 2;
  ipv4 {{ table table{number}; import all; export where source = RTS_STATIC; }};
}}
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Reflection:
    """Both ends; ``count`` clients."""

    host: Host
    clients: Bird
    count: int

    def configure(self, annotations: dict[int, dict[str, str]] | None = None) -> None:
        """What the agent of the reflector does; ``annotations`` of the peers of some clients, by number."""
        self.host.configure(store(self.count, annotations or {}))

    def established(self) -> int:
        return len(self.host.bird.established())

    def learned(self, number: int) -> int:
        """How many blocks of others a client knows."""
        rows = self.clients.ask(f"show route table table{number} protocol client{number} count")
        return int(rows.split()[0])

    def connections(self) -> frozenset[str]:
        """The TCP connections of the reflector's sessions."""
        rows = self.host.space.run("ss", "-Htn", "state", "established", "( sport = :179 or dport = :179 )")
        return frozenset(" ".join(row.split()[-2:]) for row in rows.splitlines())


def address(number: int) -> str:
    return str(_FIRST + number)


def block(number: int) -> str:
    return f"{_POOL.network_address + 64 * number}/26"


def store(count: int, annotations: dict[int, dict[str, str]]) -> dict[str, Any]:
    """Pool, reflector, clients, and a BGPPeer for each client."""
    reflector = {"ipv4Address": f"{REFLECTOR}/16", "routeReflectorClusterID": "1.0.0.1"}
    resources = [
        {"kind": "IPPool", "metadata": {"name": "v4"}, "spec": {"cidr": str(_POOL)}},
        {"kind": "Node", "metadata": {"name": "reflector"}, "spec": {"bgp": reflector}},
    ]
    for number in range(count):
        bgp = {"ipv4Address": f"{address(number)}/16"}
        resources.append({"kind": "Node", "metadata": {"name": f"client{number}"}, "spec": {"bgp": bgp}})
        metadata = {"name": f"client{number}", "annotations": annotations.get(number, {})}
        spec = {"node": "reflector", "peerIP": address(number), "asNumber": 64512}
        resources.append({"kind": "BGPPeer", "metadata": metadata, "spec": spec})
    return {"resources": resources}


@contextmanager
def reflection(directory: pathlib.Path, count: int) -> Iterator[Reflection]:
    """A reflector and its clients, all of them running."""
    with World() as world:
        host = Host(world, "reflector", directory)
        space = world.space("clients")
        world.rack(host.space, space)
        host.space.address("eth0", f"{REFLECTOR}/16")
        space.address("eth0", *(f"{address(number)}/16" for number in range(count)))
        clients = Bird(world, space, directory / "clients")
        made = Reflection(host, clients, count)
        made.configure()
        host.bird.start()
        clients.driver.apply(_CLIENTS.format(clients="".join(map(_client, range(count)))))
        clients.start()
        yield made


def _client(number: int) -> str:
    return _CLIENT.format(number=number, address=address(number), block=block(number), reflector=REFLECTOR)
