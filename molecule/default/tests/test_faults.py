"""What breaks on one host, and what goes on regardless: traffic, policy, and the next `docker run`."""

import contextlib
import subprocess
from collections.abc import Iterator

import pytest

from tests.lab import facts, hosts

HOST = "rack1-host1"  # of web1, web2 and db1
RUN = "docker run --rm --network frontend probe"


@contextlib.contextmanager
def stopped(service: str, names: tuple[str, ...] = (HOST,)) -> Iterator[None]:
    """A service is down on some hosts. Members of etcd are ready only together, so their start waits for none."""
    for name in names:
        hosts.must(name, f"systemctl stop {service}")
    try:
        yield
    finally:
        for name in names:
            hosts.must(name, f"systemctl start --no-block {service}")
        for name in names:
            hosts.eventually(name, f"systemctl is-active {service}")


def leftovers() -> str:
    """What a container that never ran must not leave: interfaces, containers, routes of the agent, endpoints."""
    return hosts.must(HOST, "ip -br link | grep -o '^cali[^@]*'; docker ps -aq; ip route show proto 80")


def traffic_is_as_before() -> None:
    for version in (4, 6):
        facts.check(facts.reaches("web1", "web2", version=version))
        facts.check(facts.reaches("web4", "web1", version=version))
        facts.check(facts.blocked("web1", "db1", version=version))
        facts.check(facts.blocked("db2", "web1", version=version))


def a_new_container_has_network() -> None:
    target = hosts.addresses(hosts.host_of("web4"), "web4")[4]
    hosts.eventually(HOST, f"{RUN} wget -q -T 5 -O - http://{target}/cgi-bin/whoami")


@pytest.mark.parametrize(
    ("service", "names", "word"),
    [
        pytest.param("etcd", hosts.DATASTORE, "etcd", id="the datastore"),
        pytest.param("calico-agent", (HOST,), "agent", id="the agent"),
    ],
)
def test_while_a_part_is_down_traffic_goes_on_and_docker_run_fails_clearly(
    service: str, names: tuple[str, ...], word: str
) -> None:
    stored = hosts.must(HOST, "calicoctl get workloadendpoints -A")
    with stopped(service, names):
        traffic_is_as_before()
        before = leftovers()
        answer = hosts.run(HOST, f"{RUN} true", timeout=60)
        assert answer.code != 0
        assert word in answer.text
        assert "Traceback" not in answer.text
        assert leftovers() == before
    assert hosts.eventually(HOST, "calicoctl get workloadendpoints -A") == stored
    a_new_container_has_network()


@pytest.mark.parametrize("service", ["calico-agent", "calico-libnetwork", "calico-bird"])
def test_a_part_that_is_killed_comes_back_by_itself(service: str) -> None:
    process = hosts.must(HOST, f"systemctl show --property MainPID --value {service}")
    hosts.must(HOST, f"systemctl kill --signal=KILL {service}")
    a_new_container_has_network()
    hosts.eventually(HOST, f"systemctl is-active {service}")
    assert hosts.must(HOST, f"systemctl show --property MainPID --value {service}") != process
    traffic_is_as_before()
    facts.check(facts.established(HOST), patience=60)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("systemctl restart docker", id="restarted"),
        pytest.param("systemctl kill --signal=KILL docker", id="killed"),
    ],
)
def test_containers_come_back_when_docker_is(command: str) -> None:
    hosts.must(HOST, command)
    everything_is_back(HOST)


@pytest.mark.parametrize(
    "commands",
    [
        pytest.param([["restart", "--time", "20"]], id="reboot"),
        pytest.param([["kill"], ["start"]], id="power cut"),
    ],
)
def test_containers_come_back_with_their_host(commands: list[list[str]]) -> None:
    for command in commands:
        subprocess.run(["docker", *command, HOST], check=True, capture_output=True, timeout=60)
    everything_is_back(HOST)


def everything_is_back(host: str) -> None:
    """All containers of the host run again and have their network, and its routes are with the others."""
    for container in ("web1", "web2", "db1"):
        hosts.eventually(host, f"docker ps --filter status=running --format '{{{{.Names}}}}' | grep -x {container}")
    traffic_is_as_before()
    facts.check(facts.established(host), patience=60)
