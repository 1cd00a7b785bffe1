"""What must hold on a host whatever else writes firewall rules there: our policy, and the others' rules."""

from __future__ import annotations

import contextlib
import re

from tests.netns import traffic
from tests.netns.hosts import Host
from tests.netns.traffic import Place
from tests.states import records, states

# 1 and 2 are in frontend, 3 is in backend; frontend may be reached from outside at one port.
STORE = (
    *states.STATES["two networks"],
    records.policy(
        "web",
        selector=states.FRONTEND,
        types=["Ingress"],
        ingress=[
            {"action": "Allow", "protocol": "TCP", "destination": {"ports": [443]}},
            {"action": "Allow", "source": {"selector": states.FRONTEND}},
        ],
    ),
)
_COUNTERS = re.compile(r"\[[0-9]+:[0-9]+\]")
_OURS = "0x10000/0x10000"


class Neighbourhood:
    """Containers on a host, and a machine outside."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.one, self.two, self.three = (host.container(number) for number in (1, 2, 3))

    def flows(self, version: int) -> dict[str, bool]:
        """Whether TCP connections are made that policy allows, and such as it forbids."""
        one, two, three, outside = self.one, self.two, self.three, self._host.outside
        with contextlib.ExitStack() as stack:
            for place in (one, two, three, outside):
                stack.enter_context(traffic.listening(place, 80, 443))
            wanted = {
                "one to two": (one, two, 80),
                "one to outside": (one, outside, 80),
                "outside to one": (outside, one, 443),
                "outside to one, another port": (outside, one, 80),
                "one to three": (one, three, 80),
                "three to one": (three, one, 80),
            }
            pairs = [(source.space, target.addresses[version], port) for source, target, port in wanted.values()]
            return dict(zip(wanted, traffic.reaching(pairs), strict=True))

    def check(self) -> None:
        """Policy holds in both IP versions: what it allows passes, and nothing else."""
        for version in (4, 6):
            assert self.flows(version) == {
                "one to two": True,
                "one to outside": True,
                "outside to one": True,
                "outside to one, another port": False,
                "one to three": False,
                "three to one": False,
            }, f"IPv{version}"

    def foreign(self) -> list[str]:
        """Everybody else's rules, chains and policies, without counters; an empty table is nobody's."""
        listed = [self._host.space.run(program) for program in ("iptables-save", "ip6tables-save")]
        lines = [_COUNTERS.sub("", line) for text in listed for line in text.splitlines()]
        return [line for line in lines if _OURS not in line and line[0] in "-:" and not line.endswith(" ACCEPT ")]


def bridged(host: Host, bridge: str, gateway: str, address: str) -> Place:
    """What a container on a bridge of Docker's is to the network."""
    space = host.world.space("bridged")
    host.world.cable(host.space, "vethbridged", space, "eth0")
    host.space.ip(f"link set vethbridged master {bridge} up")
    space.address("eth0", address)
    space.ip(f"route add default via {gateway}")
    return Place(space, {4: address.partition("/")[0]})
