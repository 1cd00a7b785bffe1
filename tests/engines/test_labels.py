"""Labels and names of real containers in the store, and policy that selects by them."""

from __future__ import annotations

import functools
from typing import Any

from tests.netns import traffic
from tests.netns.waiting import until

from . import leftovers
from .hosts import NETWORK, OTHER_NETWORK, Host
from .sites import Site

COMPOSE = ("--label=com.docker.compose.project=shop", "--label=com.docker.compose.service=db")
FORCED = {"projectcalico.org/namespace": "libnetwork", "projectcalico.org/orchestrator": "libnetwork"}
DB = 'com.docker.compose.service == "db"'


def labels(site: Site) -> dict[str, dict[str, str]]:
    """The labels of every endpoint, by the network it is in."""
    found = {document["metadata"]["annotations"]["calico.docker/network-name"]: document for document in every(site)}
    return {network: document["metadata"]["labels"] for network, document in found.items()}


def every(site: Site) -> list[Any]:
    return leftovers.endpoints(site.store)


def deny(site: Site, selector: str) -> str:
    """A policy that lets nothing reach what the selector selects; its key."""
    revision = site.put("GlobalNetworkPolicy", "default.nobody", {"selector": selector, "types": ["Ingress"]})
    [record] = [one for one in site.store.list("/calico/resources/").records if one.revision == revision]
    return record.key


def test_an_endpoint_has_the_labels_and_the_names_of_its_container(site: Site, host: Host) -> None:
    host.container("db-1", *COMPOSE, "--label=org.projectcalico.label.team=red", "--label=maintainer=me")
    assert labels(site)[NETWORK] == FORCED | {
        "calico.docker/container": "db-1",
        "calico.docker/network": NETWORK,
        "com.docker.compose.project": "shop",
        "com.docker.compose.service": "db",
        "team": "red",
    }
    [document] = every(site)
    assert document["spec"]["containerID"] == host.inspect("db-1")["Id"]


def test_labels_that_cannot_be_do_not_keep_a_container_from_its_network(site: Site, host: Host) -> None:
    prefix = "--label=org.projectcalico.label."
    wrong = [
        f"{prefix}a!b=x",
        f"{prefix}long={'x' * 64}",
        f"{prefix}calico.docker/network={OTHER_NETWORK}",
        f"{prefix}=x",
    ]
    host.container("n" * 70, *wrong, f"{prefix}projectcalico.org/namespace=other", f'{prefix}team=" || all() || "')
    assert labels(site)[NETWORK] == FORCED | {"calico.docker/network": NETWORK}
    log = host.plugin.log.read_text()
    assert "org.projectcalico.label.… long: 'xxx" in log
    assert "is reserved" in log


def test_a_connected_network_gets_the_labels_too(site: Site, host: Host) -> None:
    host.container("db-1", *COMPOSE)
    host.docker("network", "connect", OTHER_NETWORK, "db-1")
    found = labels(site)
    assert found[OTHER_NETWORK] == found[NETWORK] | {"calico.docker/network": OTHER_NETWORK}
    host.docker("network", "disconnect", NETWORK, "db-1")
    assert list(labels(site)) == [OTHER_NETWORK]


def test_a_container_that_starts_later_or_again_has_its_labels(site: Site, host: Host) -> None:
    host.docker("create", "--name=db-1", f"--network={NETWORK}", *COMPOSE, "probe")
    for _time in range(2):
        host.docker("start", "db-1")
        assert labels(site)[NETWORK]["com.docker.compose.service"] == "db"
        host.docker("stop", "--time=1", "db-1")
    host.docker("start", "db-1")
    host.docker("restart", "--time=1", "db-1")
    assert labels(site)[NETWORK]["com.docker.compose.service"] == "db"


def test_a_name_is_that_at_the_start(site: Site, host: Host) -> None:
    host.container("one")
    host.docker("rename", "one", "two")
    host.docker("network", "connect", OTHER_NETWORK, "two")
    found = labels(site)
    assert found[NETWORK]["calico.docker/container"] == "one"
    assert found[OTHER_NETWORK]["calico.docker/container"] == "two"
    host.docker("restart", "--time=1", "two")
    assert labels(site)[NETWORK]["calico.docker/container"] == "two"


def test_names_that_are_parts_of_each_other_are_told_apart(site: Site, host: Host) -> None:
    for name in ("db", "xdb", "db.x", "d-b", "dbx"):
        host.container(name, f"--label=com.docker.compose.service={name}")
    found = {document["metadata"]["labels"]["calico.docker/container"]: document for document in every(site)}
    assert set(found) == {"db", "xdb", "db.x", "d-b", "dbx"}
    for name, document in found.items():
        assert document["metadata"]["labels"]["com.docker.compose.service"] == name
        assert document["spec"]["containerID"] == host.inspect(name)["Id"]


def test_policy_selects_by_the_service_from_the_first_packet(site: Site, host: Host) -> None:
    web = host.container("web")
    key = deny(site, DB)
    try:
        db = host.container("db-1", *COMPOSE)
        other = host.container("db-2", "--label=com.docker.compose.service=db2")
        assert not traffic.reaches(web, db, 80, 4)
        assert traffic.reaches(web, other, 80, 4)
    finally:
        site.store.commit({}, [key])
    until(functools.partial(traffic.reaches, web, db, 80, 4))
