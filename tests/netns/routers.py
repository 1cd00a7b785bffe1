"""A host and the routers of its rack: BIRDs with configurations written by hand, as a network team has them."""

from __future__ import annotations

import dataclasses
import io
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from calico_node.cli import context, node_sessions
from calico_node.dataplane import bird_control

from .birds import Bird, Host
from .namespaces import Namespace, World
from .waiting import until

HOST = "a"
HOST_AS, ROUTER_AS = 64512, 64513
NODE = {
    "kind": "Node",
    "metadata": {"name": HOST},
    "spec": {"bgp": {"ipv4Address": "172.31.1.11/24", "ipv6Address": "fd31::11/64"}},
}
POOLS = [
    {"kind": "IPPool", "metadata": {"name": "v4"}, "spec": {"cidr": "10.65.0.0/16"}},
    {"kind": "IPPool", "metadata": {"name": "v6"}, "spec": {"cidr": "fd65::/48"}},
]
ROUTER = """
log stderr all;
timeformat protocol iso long;
router id 172.31.1.{number};
protocol device {{ }}
protocol direct {{ ipv4; ipv6; }}
protocol kernel kernel4 {{ ipv4 {{ export where source = RTS_BGP; }}; }}
protocol kernel kernel6 {{ ipv6 {{ export where source = RTS_BGP; }}; }}
protocol bfd {{ }}
protocol static told4 {{ ipv4; {routes4} }}
protocol static told6 {{ ipv6; {routes6} }}
protocol bgp host4 {{
  local as {as_number};
  neighbor 172.31.1.11 as {host_as};
  {options}
  connect delay time 1; connect retry time 1; error wait time 1, 2; graceful restart on;
  ipv4 {{ import all; export filter {{ if proto != "told4" then reject; {tell} accept; }}; add paths on; {channel} }};
}}
protocol bgp host6 {{
  local as {as_number};
  neighbor fd31::11 as {host_as};
  {options}
  connect delay time 1; connect retry time 1; error wait time 1, 2; graceful restart on;
  ipv6 {{ import all; export filter {{ if proto != "told6" then reject; {tell} accept; }}; add paths on; {channel} }};
}}
"""


@dataclasses.dataclass(slots=True)
class Router:
    """A router of the rack: 172.31.1.<number>, fd31::<number>."""

    number: int
    bird: Bird

    def configure(self, *routes: str, options: str = "", tell: str = "", channel: str = "", **numbers: int) -> None:
        """Announce ``routes``. ``options``: BIRD's words for the session; ``tell``: what it does to a route."""
        by_family = {4: "", 6: ""}
        for route in routes:
            by_family[6 if ":" in route else 4] += f"route {route} blackhole; "
        text = ROUTER.format(
            number=self.number,
            routes4=by_family[4],
            routes6=by_family[6],
            options=options,
            tell=tell,
            channel=channel,
            **{"as_number": ROUTER_AS, "host_as": HOST_AS, **numbers},
        )
        self.bird.driver.apply(text)

    def route(self, destination: str) -> str:
        """What the router knows of a destination, its attributes too; nothing if it does not."""
        return routes(self.bird, destination)


@dataclasses.dataclass(frozen=True, slots=True)
class Rack:
    """All of it."""

    world: World
    host: Host
    switch: Namespace
    routers: dict[int, Router]

    def configure(self, *documents: dict[str, Any], **more: Any) -> None:
        """What the store says beside pools and node."""
        self.host.configure({"resources": [NODE, *POOLS, *documents], **more})

    def clear(self) -> None:
        """No BGPPeers, routers that announce nothing, and every link up."""
        self.configure()
        for port, router in enumerate(self.routers.values(), start=1):
            self.switch.ip(f"link set port{port} up")
            if not router.bird.answers():
                router.bird.start()
            router.configure()
            router.bird.ask("enable all")
        until(lambda: not self.connections())

    def cut(self, number: int) -> None:
        """Pull a router's cable at the switch; ``clear`` plugs it in again."""
        self.switch.ip(f"link set port{[*self.routers].index(number) + 1} down")

    def neighbour(self, number: int) -> Namespace:
        """A further machine in the rack, without a BIRD."""
        space = self.world.space(f"neighbour{number}")
        space.forward()
        self.world.cable(space, "eth0", self.switch, f"further{number}")
        self.switch.ip(f"link set further{number} master bridge up")
        space.address("eth0", f"172.31.1.{number}/24", f"fd31::{number}/64")
        return space

    def connections(self) -> frozenset[str]:
        """The TCP connections of established sessions: one that was made again has another port."""
        rows = self.host.space.run("ss", "-Htn", "state", "established", "( sport = :179 or dport = :179 )")
        return frozenset(" ".join(row.split()[-2:]) for row in rows.splitlines())

    def connections_with(self, number: int) -> frozenset[str]:
        ends = (f"172.31.1.{number}:", f"[fd31::{number}]:")
        return frozenset(row for row in self.connections() if any(end in row for end in ends))

    def session(self, number: int, version: int = 4) -> str:
        """The name of the host's session with a router."""
        return f"glob4_172_31_1_{number}" if version == 4 else f"glob6_fd31__{number}"


@contextmanager
def rack(directory: pathlib.Path, *numbers: int) -> Iterator[Rack]:
    """A host and routers with these numbers, their BIRDs running."""
    with World() as world:
        host = Host(world, HOST, directory)
        spaces = {number: world.space(f"router{number}") for number in numbers}
        switch = world.rack(host.space, *spaces.values())
        host.space.address("eth0", "172.31.1.11/24", "fd31::11/64")
        routers = {}
        for number, space in spaces.items():
            space.forward()
            space.address("eth0", f"172.31.1.{number}/24", f"fd31::{number}/64")
            routers[number] = Router(number, Bird(world, space, directory / f"router{number}"))
            routers[number].configure()
            routers[number].bird.start()
        made = Rack(world, host, switch, routers)
        made.configure()
        host.bird.start()
        yield made


def peers(number: int, annotations: dict[str, str] | None = None, **spec: Any) -> list[dict[str, Any]]:
    """BGPPeers of every node with a router, one a family."""
    return [
        {
            "kind": "BGPPeer",
            "metadata": {"name": f"router{number}-v{version}", "annotations": annotations or {}},
            "spec": {"peerIP": address, "asNumber": ROUTER_AS, **spec},
        }
        for version, address in ((4, f"172.31.1.{number}"), (6, f"fd31::{number}"))
    ]


def routes(bird: Bird, destination: str) -> str:
    """A BIRD's routes to exactly this destination, with all attributes."""
    try:
        return bird.ask(f"show route {destination} all")
    except bird_control.ControlError as error:
        if "Network not found" in str(error):
            return ""
        raise


def node_status(made: Rack, counters: pathlib.Path) -> str:
    """What ``calicoctl node status`` prints and complains of on the host, where ``counters`` are those of TCP."""
    output = io.StringIO()
    asked = context.Context(
        environ={},
        stdin=io.StringIO(),
        stdout=output,
        stderr=io.StringIO(),
        bird_socket=made.host.bird.paths.control,
        tcp_counters=counters,
    )
    problems = [*node_sessions.show(asked)]
    return output.getvalue() + "".join(problems)


def md5(password: str) -> str:
    """BIRD's words for a password."""
    return f'authentication md5; password "{password}";'


def established(made: Rack, *numbers: int) -> None:
    """Wait until the host's sessions with these routers, of both families, are."""
    wanted = {made.session(number, version) for number in numbers for version in (4, 6)}
    until(made.host.bird.established, lambda found: wanted <= set(found), seconds=30)
