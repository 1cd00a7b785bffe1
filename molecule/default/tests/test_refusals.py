"""Bad input is refused before anything is written, in words that say what is wrong and what is allowed."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab import hosts, playbooks

HOST = "rack1-host1"
DRIVER = "--driver calico --ipam-driver calico"
STORE = {"etcd_endpoints": ["http://127.0.0.1:2379"]}


@pytest.fixture
def tiny_pool() -> Iterator[str]:
    """A pool of two addresses, and a network that takes its addresses from it."""
    pool = {**STORE, "name": "tiny"}
    playbooks.module(HOST, "calico.docker.ip_pool", {**pool, "cidr": "10.66.0.0/31", "block_size": 31})
    hosts.must(HOST, f"docker network create {DRIVER} --subnet 10.66.0.0/31 tiny")
    yield "tiny"
    hosts.must(HOST, "docker ps -aq --filter network=tiny | xargs -r docker rm -f; docker network rm tiny")
    assert "msg" not in playbooks.module(HOST, "calico.docker.ip_pool", {**pool, "state": "absent"})


def refusal(command: str) -> str:
    answer = hosts.run(HOST, command)
    assert answer.code != 0, answer.text
    assert "Traceback" not in answer.text
    return answer.text


def test_docker_refuses_a_network_of_an_unknown_pool() -> None:
    text = refusal(f"docker network create {DRIVER} --subnet 10.99.0.0/16 nowhere")
    assert "10.99.0.0/16" in text
    assert "10.65.0.0/16" in text, "the pools that there are"


def test_docker_refuses_an_address_in_use() -> None:
    hosts.must(HOST, f"docker network create {DRIVER} --subnet 10.65.0.0/16 named")
    try:
        taken = hosts.addresses(HOST, "web1")[4]
        text = refusal(f"docker run --rm --network named --ip {taken} probe true")
        assert f"{taken} is in use" in text
        assert HOST in text, "where it is in use"
    finally:
        hosts.must(HOST, "docker network rm named")


def test_an_exhausted_pool_is_told_and_gives_again_what_comes_back(tiny_pool: str) -> None:
    for name in ("first", "second"):
        hosts.must(HOST, f"docker run --detach --name {name} --network {tiny_pool} probe")
    text = refusal(f"docker run --rm --network {tiny_pool} probe true")
    assert "10.66.0.0/31" in text or "tiny" in text
    hosts.must(HOST, "docker rm --force first")
    hosts.must(HOST, f"docker run --rm --network {tiny_pool} probe true")


@pytest.mark.parametrize(
    ("module", "options", "words"),
    [
        pytest.param("ip_pool", {"name": "bad", "cidr": "10.67.0.300/16"}, ["cidr", "10.67.0.300/16"], id="CIDR"),
        pytest.param("ip_pool", {"name": "bad", "cidr": "10.65.8.0/24"}, ["overlap", "containers"], id="overlap"),
        pytest.param(
            "policy", {"name": "bad", "selector": "role = 'db'"}, ["selector", "role = 'db'"], id="syntax of a selector"
        ),
        pytest.param(
            "policy",
            {"name": "bad", "ingress": [{"action": "Allow", "protocol": "TCP", "destination": {"ports": [0]}}]},
            ["ports", "0", "1"],
            id="port 0",
        ),
    ],
)
def test_modules_refuse_what_cannot_be(module: str, options: dict[str, Any], words: list[str]) -> None:
    result = playbooks.module(HOST, f"calico.docker.{module}", {**STORE, **options})
    assert result["changed"] is False
    assert all(word in result["msg"] for word in words), result["msg"]


def test_a_second_host_of_one_name_is_refused() -> None:
    variables = ["--limit=rack1-host2", "--extra-vars=calico_node_name=rack1-host1", "--tags=node"]
    answer = playbooks.play("playbooks/site.yml", *variables)
    assert answer.code != 0
    assert "no host was touched" in answer.text
    assert "rack1-host1" in answer.text
