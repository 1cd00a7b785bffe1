"""``calicoctl ipam check`` and ``node delete``, where Docker's own word counts."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model.ipam import keys
from ansible_collections.calico.docker.plugins.module_utils.reconcile import books
from calico_node.ipam import allocate
from tests.netns.waiting import until

from . import leftovers
from .hosts import Host
from .sites import Site

AGREE = "Blocks, handles, affinities and endpoints agree.\n"
LONG_AGO = "2020-01-01T00:00:00Z"


def calicoctl(site: Site, host: Host, *words: str) -> subprocess.CompletedProcess[str]:
    settings = {"NODENAME": host.name, "ETCD_ENDPOINTS": site.etcd.url}
    return host.machine.attempt(sys.executable, "-P", "-m", "calico_node.cli", *words, environment=settings)


def age(site: Site) -> None:
    """All that was ever taken was taken long ago: what is young may be about to be used, and is never freed."""
    for version in (4, 6):
        for record in site.store.list(keys.blocks(version)).records:
            document = record.document()
            for holder in document["attributes"] or ():
                holder["secondary"]["timestamp"] = LONG_AGO
            site.store.commit({record.key: document}, expect={record.key: record.revision})
    for endpoint in books.endpoints(site.store).found:
        edit(site, endpoint.resource.key, lambda found: found["metadata"].update(creationTimestamp=LONG_AGO))


def edit(site: Site, key: str, change: Any) -> None:
    record = site.store.get(key)
    assert record is not None
    document = record.document()
    change(document)
    site.store.commit({key: document}, expect={key: record.revision})


def test_running_and_stopped_containers_are_in_order(site: Site, host: Host, other: Host) -> None:
    host.container("runs")
    host.container("stopped")
    host.docker("stop", "--time=0", "stopped")
    other.container("elsewhere")
    age(site)
    for each in (host, other):
        done = calicoctl(site, each, "ipam", "check")
        assert (done.returncode, done.stdout, done.stderr) == (0, AGREE, "")


def test_what_was_taken_for_a_container_that_never_came_is_given_back(site: Site, host: Host, other: Host) -> None:
    host.container("stays")
    kept = leftovers.taken(site.store)
    host.stop_plugin()  # it would see to it as well
    allocator = allocate.Allocator(site.store, host.name)
    lost = [str(allocator.assign(allocate.Wish(version))) for version in (4, 6)]
    assert calicoctl(site, host, "ipam", "check").stdout == AGREE  # its container may just be starting
    age(site)
    elsewhere = calicoctl(site, other, "ipam", "check", "--repair")
    assert elsewhere.returncode == 1
    assert elsewhere.stdout.count("run this on host1, whose Docker must be asked") == 4  # found, and still there
    done = calicoctl(site, host, "ipam", "check", "--repair")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"repaired: leaked {address}\n" in done.stdout for address in lost)
    assert leftovers.taken(site.store) == kept
    host.start_plugin()


def test_an_address_that_only_docker_knows_of_is_taken_again(site: Site, host: Host) -> None:
    held = host.container("runs").addresses
    for version in (4, 6):
        for record in site.store.list(keys.blocks(version)).records:
            edit(site, record.key, free_all)
    for record in site.store.list(keys.HANDLES).records:
        site.store.commit({}, [record.key])
    done = calicoctl(site, host, "ipam", "check", "--repair")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(map(str, leftovers.taken(site.store))) == sorted(held.values())


def free_all(block: Any) -> None:
    """As if an old backup had been restored."""
    slots = len(block["allocations"])
    block.update(allocations=[None] * slots, unallocated=list(range(slots)), attributes=[])
    block["sequenceNumberForAllocation"] = {}


def test_a_host_that_is_there_is_kept_and_one_that_is_gone_gives_all_back(site: Site, host: Host, other: Host) -> None:
    host.container("runs")
    other.container("stays")
    settings = site.store.get("/calico/resources/v3/projectcalico.org/nodes/host1")
    assert settings is not None
    refused = until(lambda: calicoctl(site, other, "node", "delete", "host1"), lambda done: done.returncode == 1)
    assert "host1 is there" in refused.stderr
    done = calicoctl(site, other, "node", "delete", "host1", "--force")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Node host1 is deleted. Released: 1 endpoints, 2 addresses,")
    assert {one.node for one in books.endpoints(site.store).found} == {"host2"}
    assert calicoctl(site, other, "ipam", "check").stdout == AGREE
    site.store.commit({settings.key: settings.document()})
