"""Services of a swarm on Calico's networks: role swarm, tasks on two nodes, policy, what comes back."""

import pathlib
import re
from collections.abc import Iterator

import pytest

from tests.lab import facts, hosts, places, playbooks

STACK = pathlib.Path(__file__).parents[3] / "examples" / "swarm" / "stack.yml"
MANAGER, WORKER = "rack1-host1", "rack2-host2"
NODES = (MANAGER, WORKER)
NETWORKS = '{"calico_swarm_networks": [{"name": "shop", "ipv6": true}]}'
STORE = {"etcd_endpoints": ["http://127.0.0.1:2379"]}
SETTLED = """[ "$(docker service ls --format '{{.Replicas}}' | sort -u)" = 2/2 ]"""
VERSIONS = [pytest.param(4, id="IPv4"), pytest.param(6, id="IPv6")]
pytestmark = pytest.mark.usefixtures("stack")


def play(*arguments: str) -> hosts.Answer:
    """Playbook swarm on the swarm's nodes."""
    return playbooks.play("playbooks/swarm.yml", f"--limit={','.join(NODES)}", f"--extra-vars={NETWORKS}", *arguments)


def changes(answer: hosts.Answer) -> set[str]:
    """How many changes each node had."""
    assert answer.code == 0, answer.text
    return set(re.findall(r"changed=(\d+)", answer.text.partition("PLAY RECAP")[2]))


def gone(node: str, network: str) -> None:
    """Remove a network as soon as the last task of it has ended."""
    hosts.eventually(node, f"docker network rm {network} || ! docker network inspect {network}")


@pytest.fixture(scope="module")
def swarm() -> Iterator[None]:
    """Two nodes are a swarm that may use network `shop`."""
    place = places.address_of(MANAGER)
    hosts.must(MANAGER, f"docker swarm init --advertise-addr {place}")
    token = hosts.must(MANAGER, "docker swarm join-token --quiet worker")
    hosts.must(WORKER, f"docker swarm join --token {token} {place}:2377")
    assert changes(play("--check")) == {"2"}
    assert changes(play()) == {"2"}
    assert changes(play()) == {"0"}
    yield
    assert changes(play("--extra-vars=calico_swarm_state=absent")) == {"2"}
    for node in reversed(NODES):
        assert hosts.must(node, "docker plugin ls --quiet") == ""
        hosts.must(node, "docker swarm leave --force")
        gone(node, "docker_gwbridge")


@pytest.fixture(scope="module")
def stack(swarm: None) -> Iterator[None]:  # noqa: ARG001 - comes first
    """A web and a db on each node."""
    for node in NODES:
        hosts.must(node, "docker tag probe localhost:1/probe")
    # Under such a name Docker's look into a registry fails at once.
    command = "SHOP_IMAGE=localhost:1/probe docker stack deploy --resolve-image never -c - app"
    hosts.must(MANAGER, f"{command} <<'EOF'\n{STACK.read_text()}\nEOF\n")
    hosts.eventually(MANAGER, SETTLED, patience=60)
    yield
    hosts.must(MANAGER, "docker stack rm app")


def task(node: str, service: str) -> places.Place:
    """The container of a service on a node."""
    name = hosts.eventually(node, f"docker ps --filter name=app_{service} --format '{{{{.Names}}}}' | grep .")
    return places.Place(node, name, "shop")


@pytest.mark.parametrize("version", VERSIONS)
def test_tasks_of_one_network_reach_each_other(version: int) -> None:
    for source, target in ((MANAGER, WORKER), (WORKER, MANAGER), (MANAGER, MANAGER)):
        facts.check(places.reaches(task(source, "web"), task(target, "db"), 80, version=version))


@pytest.mark.parametrize("version", VERSIONS)
def test_containers_of_other_networks_do_not(version: int) -> None:
    web1 = places.Place(MANAGER, "web1", "frontend")
    facts.check(places.blocked(web1, task(WORKER, "web"), 80, version=version))
    facts.check(places.blocked(task(WORKER, "web"), web1, 80, version=version))


def test_policy_knows_services_by_their_names() -> None:
    service = 'com.docker.swarm.service.name == "app_{}"'.format
    source = {"selector": service("web")}
    rule = {"action": "Allow", "protocol": "TCP", "source": source, "destination": {"ports": [5432]}}
    policy = {**STORE, "name": "swarm-db", "selector": service("db")}
    playbooks.module(MANAGER, "calico.docker.policy", {**policy, "ingress": [rule]})
    try:
        facts.check(places.reaches(task(MANAGER, "web"), task(WORKER, "db"), 5432))
        facts.check(places.blocked(task(MANAGER, "web"), task(WORKER, "db"), 80))
        facts.check(places.blocked(task(MANAGER, "db"), task(WORKER, "db"), 5432))
    finally:
        assert playbooks.module(MANAGER, "calico.docker.policy", {**policy, "state": "absent"})["changed"]


@pytest.mark.parametrize("node", NODES)
def test_docker_run_may_use_the_network_too(node: str) -> None:
    other = NODES[NODES[0] == node]
    ask = f"wget -q -T 5 -O - http://{task(other, 'web').address(4)}/cgi-bin/whoami"
    hosts.must(node, f"docker run --rm --network shop probe {ask}")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("systemctl kill --signal=KILL calico-libnetwork", id="the driver is killed"),
        pytest.param("kill -KILL $(pgrep -f 'sh /bin/plugi[n]')", id="the plugin is killed"),
        pytest.param("systemctl restart docker", id="Docker restarts"),
    ],
)
def test_services_go_on(command: str) -> None:
    hosts.must(WORKER, command)
    hosts.must(MANAGER, "docker service update --detach --force --quiet app_web")
    hosts.eventually(MANAGER, SETTLED, patience=60)
    facts.check(places.reaches(task(MANAGER, "web"), task(WORKER, "web"), 80))
    assert hosts.eventually(WORKER, "docker plugin ls --format '{{.Name}} {{.Enabled}}' | grep true")


def test_a_network_without_settings_is_refused_in_words() -> None:
    hosts.must(MANAGER, "docker network create --scope swarm --driver calico-swarm:latest plain")
    try:
        create = (
            "docker service create --detach --quiet --no-resolve-image --name plain --network plain localhost:1/probe"
        )
        hosts.must(MANAGER, create)
        hosts.eventually(MANAGER, "docker service ps --no-trunc --format '{{.Error}}' plain | grep -e --config-from")
    finally:
        hosts.must(MANAGER, "docker service rm plain")
        gone(MANAGER, "plain")


def test_what_services_use_is_not_taken_away() -> None:
    answer = play("--extra-vars=calico_swarm_state=absent")
    assert answer.code != 0
    assert "is in use by service" in answer.text
    assert changes(play()) == {"0"}
