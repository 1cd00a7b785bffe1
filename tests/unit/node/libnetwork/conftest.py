"""A plugin with everything around it in memory, called as its HTTP side calls it."""

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import Any

import pytest

from calico_node.ipam import allocate
from calico_node.libnetwork import adoption, app, collect, endpoints, ipam, network, networks, publications
from tests.fakes import cluster, docker
from tests.fakes.store import FakeStore

FRONTEND = "f" * 64
BACKEND = "b" * 64


@dataclasses.dataclass
class World:
    """One host, ``host1``, and its plugin."""

    store: FakeStore
    engine: docker.FakeEngine
    agent: docker.FakeAgent
    links: docker.FakeLinks
    clock: cluster.Clock
    state: pathlib.Path

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """A new process of the plugin: what it knew is gone."""
        allocator = allocate.Allocator(self.store, "host1", clock=self.clock)
        self.networks = networks.Networks(self.state, self.engine)
        known = endpoints.Endpoints(self.store, "host1", clock=self.clock)
        self.adoption = adoption.Adoption(
            hasty=self.engine, patient=self.engine, links=self.links, known=known, clock=self.clock
        )
        self.collector = collect.Collector(
            engine=self.engine, links=self.links, known=known, allocator=allocator, clock=self.clock
        )
        addresses = ipam.IpamDriver(allocator, known, self.collector.reclaim, self.networks.subnets)
        driver = network.NetworkDriver(
            node="host1",
            datastore=self.store,
            known=known,
            handles_of=allocator.handles_of,
            give_back=addresses.give_back,
            known_networks=self.networks,
            agent=self.agent,
            links=self.links,
            adoption=self.adoption,
            collector=self.collector,
            ports=publications.Publications(
                self.store, known, self.links, objection=self.engine.objection, clock=self.clock
            ),
        )
        driver.recall()
        self.calls = app.calls(driver, addresses)

    def call(self, name: str, **body: Any) -> Mapping[str, Any]:
        return self.calls[name](body)

    def network(self, name: str, **body: Any) -> Mapping[str, Any]:
        return self.call(f"NetworkDriver.{name}", **body)

    def ipam(self, name: str, **body: Any) -> Mapping[str, Any]:
        return self.call(f"IpamDriver.{name}", **body)

    def address(self, version: int = 4, wanted: str = "") -> str:
        """An address as the engine asks for it, with its prefix length."""
        return str(self.ipam("RequestAddress", PoolID=f"CalicoPoolIPv{version}", Address=wanted)["Address"])

    def create(self, endpoint: str, network: str = FRONTEND, v4: str = "", v6: str = "", **body: Any) -> Any:
        interface = {"Address": v4, "AddressIPv6": v6, "MacAddress": ""}
        if endpoint not in self.engine.owners:
            self.engine.own(endpoint, "box", runs=False)
        return self.network(
            "CreateEndpoint", **{"NetworkID": network, "EndpointID": endpoint, "Interface": interface, **body}
        )

    def join(self, endpoint: str, network: str = FRONTEND, sandbox: str = "/var/run/docker/netns/1") -> Any:
        return self.network("Join", NetworkID=network, EndpointID=endpoint, SandboxKey=sandbox)

    def run(self, endpoint: str, network: str = FRONTEND, sandbox: str = "/var/run/docker/netns/1") -> str:
        """All that ``docker run`` does; returns the IPv4 address."""
        address = self.address()
        self.create(endpoint, network, v4=address)
        self.join(endpoint, network, sandbox)
        self.links.attached.add(endpoints.interface_name(endpoint))
        self.engine.running.add(endpoint)
        return address.partition("/")[0]

    def endpoints(self) -> dict[str, Any]:
        return {k: v for k, v in self.store.documents().items() if "/workloadendpoints/" in k}

    def taken(self) -> list[str]:
        """Every address that some block says is taken."""
        return sorted(str(held.address) for held in allocate.Allocator(self.store, "host1").held())


@pytest.fixture
def world(tmp_path: pathlib.Path) -> World:
    pools = {"p4": "10.65.0.0/24", "p6": "fd65::/112"}
    return World(
        FakeStore(cluster.records(pools)),
        docker.FakeEngine({FRONTEND: "frontend", BACKEND: "backend"}),
        docker.FakeAgent(),
        docker.FakeLinks({"172.31.1.11": 8950}),
        cluster.Clock(),
        tmp_path / "networks",
    )
