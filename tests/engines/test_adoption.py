"""Containers that run on, or come back, while somebody who knows them is away."""

from __future__ import annotations

import functools

import pytest

from tests.netns import traffic
from tests.netns.waiting import until

from . import leftovers
from .hosts import Host
from .sites import Site
from .test_labels import COMPOSE, deny, labels

LIVE = "--live-restore"


def service(site: Site) -> str | None:
    """What the one endpoint says of its service; None while it is not known or there is none."""
    documents = leftovers.endpoints(site.store)
    return documents[0]["metadata"]["labels"].get("com.docker.compose.service") if len(documents) == 1 else None


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_containers_that_the_engine_brings_back_have_their_labels(site: Site, host: Host, end: str) -> None:
    """They join before its API answers."""
    host.container("db-1", *COMPOSE, "--restart=always")
    if end == "kill":
        host.engine.kill()
        host.start_engine()
    else:
        host.restart_engine()
    until(lambda: host.running("db-1"))
    until(lambda: service(site), lambda found: found == "db")
    [document] = leftovers.endpoints(site.store)
    assert document["spec"]["interfaceName"] in host.links()
    db, web = host.place("db-1"), host.container("web")
    until(functools.partial(traffic.reaches, web, db, 80, 4))


def test_a_container_that_came_back_is_never_open_to_whom_its_labels_close_it(site: Site, host: Host) -> None:
    web = host.container("web")
    key = deny(site, 'com.docker.compose.service == "db"')
    try:
        host.container("db-1", *COMPOSE, "--restart=always")
        host.restart_engine()
        until(lambda: host.running("db-1"))
        db, web = host.place("db-1"), host.container("web2")
        for _time in range(5):
            assert not traffic.reaches(web, db, 80, 4)
    finally:
        site.store.commit({}, [key])


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_live_restore_keeps_endpoint_and_labels(site: Site, host: Host, end: str) -> None:
    """The plugin is new when the engine comes back."""
    host.restart_engine(LIVE)
    try:
        db, web = host.container("db-1", *COMPOSE), host.container("web")
        before = leftovers.endpoints(site.store)
        getattr(host.engine, end)()
        host.kill_plugin()
        host.start_plugin()
        assert traffic.reaches(web, db, 80, 4)
        host.start_engine(LIVE)
        assert traffic.reaches(web, db, 80, 4)
        assert leftovers.endpoints(site.store) == before
        host.docker("stop", "--time=1", "db-1")
        assert len(leftovers.endpoints(site.store)) == 1
    finally:
        host.clean()
        host.restart_engine()


def test_labels_that_an_earlier_release_did_not_know_are_added(site: Site, host: Host) -> None:
    """Its records name the interface and no container; the plugin that comes after it makes up for that."""
    host.container("db-1", *COMPOSE)
    [record] = [one for one in site.store.list("/calico/resources/").records if "/workloadendpoints/" in one.key]
    document = record.document()
    del document["spec"]["containerID"]
    document["metadata"]["labels"] = {}
    site.store.commit({record.key: document})
    host.kill_plugin()
    host.start_plugin()
    until(lambda: service(site), lambda found: found == "db")
    assert labels(site)["frontend"]["calico.docker/container"] == "db-1"
