"""The Compose application of examples/compose, run as its README says: who reaches whom."""

import contextlib
import pathlib
import subprocess
from collections.abc import Iterator

import pytest

from tests.lab import facts, hosts, places, playbooks

EXAMPLE = pathlib.Path(__file__).parents[3] / "examples" / "compose"
FRONT, BACK, OTHER = "rack1-host1", "rack2-host1", "rack1-host2"
PORTS = {"web": 80, "api": 8080, "db": 5432}
PLACES = {
    "web": places.Place(FRONT, "shop-web-1", "shop"),
    "api": places.Place(FRONT, "shop-api-1", "shop"),
    "db": places.Place(BACK, "shop-db-1", "shop"),
    "stranger": places.Place(OTHER, "stranger", "shop"),
}
WHOAMI = "wget -T 2 -qO- http://{}:{}/cgi-bin/whoami"
CONNECT = "python3 -c 'import socket; socket.create_connection((\"{}\", {}), 2)'"
VERSIONS = [pytest.param(4, id="IPv4"), pytest.param(6, id="IPv6")]
pytestmark = pytest.mark.usefixtures("shop")


def compose(host: str, command: str) -> str:
    profile = {FRONT: "front", BACK: "back"}[host]
    return hosts.must(host, f"cd /root/shop && docker compose --profile {profile} {command}")


@pytest.fixture(scope="module")
def shop() -> Iterator[None]:
    with contextlib.ExitStack() as undo:
        undo.callback(clear)
        played = playbooks.play("examples/compose/shop.yml")
        assert played.code == 0, played.text
        for host in (FRONT, BACK):
            undo.callback(hosts.must, host, "rm -r /root/shop")
            subprocess.run(["docker", "cp", "-q", f"{EXAMPLE}/.", f"{host}:/root/shop"], check=True)
            undo.callback(compose, host, "down")
            compose(host, "up -d")
        undo.callback(hosts.must, OTHER, "docker rm -f stranger")
        hosts.must(OTHER, "docker run -d --name stranger --network shop probe")
        yield


def clear() -> None:
    """Remove what the playbook makes; other tests have a network of this name too."""
    for host in hosts.HOSTS:
        hosts.must(host, "docker network rm shop")
    hosts.must(FRONT, "calicoctl delete globalnetworkpolicy shop-web shop-api shop-db")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("source", "target"), [("web", "api"), ("api", "db"), ("api", "web"), ("stranger", "web")])
def test_what_policy_names_is_open(source: str, target: str, version: int) -> None:
    facts.check(places.reaches(PLACES[source], PLACES[target], PORTS[target], version=version))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("source", "target"), [("web", "db"), ("db", "api"), ("db", "web"), ("stranger", "api"), ("stranger", "db")]
)
def test_all_else_is_closed(source: str, target: str, version: int) -> None:
    facts.check(places.blocked(PLACES[source], PLACES[target], PORTS[target], version=version))


@pytest.mark.parametrize(("source", "name"), [("web", "api"), ("api", "db")])
def test_services_reach_each_other_by_name(source: str, name: str) -> None:
    compose(FRONT, f"exec -T {source} {WHOAMI.format(name, PORTS[name])}")


def test_only_web_is_reached_from_outside() -> None:
    hosts.eventually("tor", CONNECT.format(PLACES["web"].address(4), PORTS["web"]))
    hosts.eventually("tor", CONNECT.format(places.address_of(FRONT), 8080))
    for name in ("api", "db"):
        assert "timed out" in hosts.run("tor", CONNECT.format(PLACES[name].address(4), PORTS[name])).text


def test_a_service_that_is_made_anew_is_known_by_its_name() -> None:
    compose(FRONT, "up -d --force-recreate api")
    facts.check(places.reaches(PLACES["web"], PLACES["api"], PORTS["api"]))
    facts.check(places.reaches(PLACES["api"], PLACES["db"], PORTS["db"]))
    facts.check(places.blocked(PLACES["stranger"], PLACES["api"], PORTS["api"]))
