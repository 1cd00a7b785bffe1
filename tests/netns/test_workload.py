"""A virtual machine's interface beside containers: policy, routes and source check are for it as for them."""

from __future__ import annotations

from ansible_collections.calico.docker.plugins.module_utils import reconcile
from ansible_collections.calico.docker.plugins.module_utils.model import kinds, workload_endpoints
from ansible_collections.calico.docker.plugins.module_utils.reconcile import workloads
from tests.fakes import cluster
from tests.fakes.store import FakeStore
from tests.states import records

from . import traffic
from .hosts import Host

MARKS = reconcile.Marks(cluster.UID, cluster.CREATED)


def machine(network: str) -> workload_endpoints.WorkloadEndpoint:
    """What module workload writes, at the place of container 1."""
    spec = {
        "orchestrator": "ansible",
        "node": "host1",
        "workload": "vm",
        "endpoint": "eth0",
        "interfaceName": f"cali{1:011x}",
        "ipNetworks": list(records.default_addresses(1)),
        "profiles": [network],
    }
    metadata = {"name": "host1-ansible-vm-eth0", "namespace": "default"}
    return workload_endpoints.WorkloadEndpoint.decode({"metadata": metadata, "spec": spec}, strict=True)


def written(network: str) -> list[records.Change]:
    """The store's records once the workload is there."""
    store = FakeStore(cluster.records({"p4": "10.65.0.0/16", "p6": "fd65::/48"}, hosts=["host1"]))
    wanted = machine(network)
    identity = kinds.KeyParts(workload_endpoints.WorkloadEndpoint, wanted.name, "default")
    assert workloads.converge(store, identity, wanted, MARKS, now=cluster.Clock().now).changed
    record = store.get(wanted.key)
    assert record is not None
    return [records.Change(record.key, record.value)]


def test_it_is_a_member_of_a_network_and_fenced_off_from_others(host: Host) -> None:
    vm, mate, stranger = (host.container(number) for number in (1, 2, 3))
    networks = [records.network(name) for name in ("frontend", "backend")]
    others = [records.endpoint(2), records.endpoint(3, networks=["backend"])]
    host.apply([*networks, *others, *written("frontend")])
    with traffic.listening(vm, 80), traffic.listening(mate, 80), traffic.listening(stranger, 80):
        for version in (4, 6):
            pairs = [
                (vm.space, mate.addresses[version], 80),
                (mate.space, vm.addresses[version], 80),
                (vm.space, stranger.addresses[version], 80),
                (stranger.space, vm.addresses[version], 80),
            ]
            assert traffic.reaching(pairs) == [True, True, False, False]
    host.apply([*networks, *others, *written("backend")])
    with traffic.listening(mate, 80), traffic.listening(stranger, 80):
        pairs = [(vm.space, place.addresses[4], 80) for place in (mate, stranger)]
        assert traffic.reaching(pairs) == [False, True]
