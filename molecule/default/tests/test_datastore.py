"""Containers do not reach etcd, wherever it is, without any policy of the user; the hosts do."""

import pytest

from tests.lab import facts, hosts

CONTAINER = "web1"
HOST = hosts.host_of(CONTAINER)


def address(member: str) -> str:
    """Where a member serves clients besides loopback."""
    url = hosts.must(member, "systemctl show --property Environment etcd | grep -o 'ADVERTISE_CLIENT_URLS=[^ ]*'")
    return url.rpartition("//")[2].partition(":")[0]


@pytest.mark.parametrize(
    "member",
    [
        pytest.param("rack1-host1", id="on its own host"),
        pytest.param("rack1-host2", id="on a host of the same rack"),
        pytest.param("rack2-host1", id="on a host of the other rack"),
    ],
)
@pytest.mark.parametrize("port", [2379, 2380])
def test_a_container_does_not_reach_etcd(member: str, port: int) -> None:
    place = address(member)
    hosts.must(HOST, f"python3 -c 'import socket; socket.create_connection((\"{place}\", {port}), 5)'")
    facts.check(
        facts.Fact(
            f"{CONTAINER} does not reach etcd of {member}, TCP {port}",
            HOST,
            f"docker exec {CONTAINER} wget -q -T 2 -O - http://{place}:{port}/version",
            lambda answer: answer.code != 0 and "timed out" in answer.text,
        )
    )


def test_other_ports_of_a_host_with_etcd_are_left_to_the_users_policy() -> None:
    place = address("rack2-host1")
    facts.check(
        facts.Fact(
            f"{CONTAINER} is answered by rack2-host1 where nothing listens",
            HOST,
            f"docker exec {CONTAINER} wget -q -T 2 -O - http://{place}:4001/version",
            lambda answer: "refused" in answer.text,
        )
    )
