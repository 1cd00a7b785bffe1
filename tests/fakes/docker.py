"""What surrounds the libnetwork plugin, in memory: the container engine's API, the agent, the kernel's veth pairs."""

import dataclasses

from ansible_collections.calico.docker.plugins.module_utils.model import fields
from calico_node.dataplane import veth
from calico_node.libnetwork import engine
from calico_node.libnetwork.errors import Refused


class FakeEngine:
    """Networks by id, containers by endpoint; ``error`` makes every call fail."""

    def __init__(self, names: dict[str, str] | None = None) -> None:
        self.known = {
            identity: engine.Network(identity, name, "calico", {}) for identity, name in (names or {}).items()
        }
        self.error: Exception | None = None
        self.owners: dict[str, engine.Container] = {}
        self.running: set[str] = set()
        self.bound: set[int] = set()
        self.addresses = {"192.0.2.1", "2001:db8::1", "127.0.0.1"}

    def objection(self, _protocol: object, _version: int, address: object, port: int) -> str | None:
        """What the host has against giving a port away: ``bound`` are those of its own processes."""
        if address is not None and str(address) not in self.addresses:
            return "the address is not the host's"
        return "a process of the host has it" if port in self.bound else None

    def own(self, endpoint: str, name: str, labels: dict[str, str] | None = None, *, runs: bool = True) -> None:
        """An endpoint is of a container, which runs or only starts."""
        self.owners[endpoint] = engine.Container(f"c{endpoint[:63]}", name, labels or {}, frozenset([endpoint]))
        (self.running.add if runs else self.running.discard)(endpoint)

    def joining(self, network: str, endpoint: str) -> engine.Container:
        assert self.network(network)
        if endpoint not in self.owners:
            raise Refused(f"the engine does not say whose endpoint {endpoint} is", 503)
        return dataclasses.replace(self.owners[endpoint], endpoints=frozenset())

    def containers(self) -> tuple[engine.Container, ...]:
        if self.error is not None:
            raise self.error
        return tuple(self.owners[endpoint] for endpoint in sorted(self.running))

    def attach(self, network: str, endpoint: str, *addresses: fields.Address) -> None:
        """From now on the engine knows the endpoint."""
        before = self.known[network]
        self.known[network] = dataclasses.replace(
            before, endpoints={**before.endpoints, endpoint: frozenset(addresses)}
        )

    def network(self, identity: str) -> engine.Network:
        if self.error is not None:
            raise self.error
        if identity not in self.known:
            raise Refused(f"the engine does not know network {identity}: not found", 503)
        return self.known[identity]

    def networks(self) -> tuple[engine.Network, ...]:
        if self.error is not None:
            raise self.error
        return tuple(self.known.values())


class FakeAgent:
    """Programs everything at once, or fails with ``error``."""

    def __init__(self) -> None:
        self.waits: list[tuple[str, int]] = []
        self.error: Exception | None = None

    def wait(self, endpoint: str, revision: int) -> None:
        self.waits.append((endpoint, revision))
        if self.error is not None:
            raise self.error


class FakeLinks:
    """Pairs by name; ``attached`` are those whose other end is in a container."""

    def __init__(self, mtus: dict[str, int] | None = None) -> None:
        self.pairs: dict[str, veth.Pair] = {}
        self.attached: set[str] = set()
        self.mtus = mtus or {}
        self.error: Exception | None = None

    def create(self, pair: veth.Pair) -> None:
        if self.error is not None:
            raise self.error
        self.pairs[pair.name] = pair

    def remove(self, name: str) -> bool:
        self.attached.discard(name)
        return self.pairs.pop(name, None) is not None

    def links(self) -> tuple[veth.Link, ...]:
        return tuple(veth.Link(pair.name, pair.alias, pair.name in self.attached) for pair in self.pairs.values())

    def mtu_of(self, address: fields.Address) -> int | None:
        return self.mtus.get(str(address))
