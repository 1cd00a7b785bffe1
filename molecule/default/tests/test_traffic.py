"""Containers reach their own network everywhere, with their own address, and no other network."""

import pytest

from tests.lab import facts, hosts, playbooks

VERSIONS = [pytest.param(4, id="IPv4"), pytest.param(6, id="IPv6")]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("source", "target"),
    [
        pytest.param("web1", "web2", id="on the same host"),
        pytest.param("web1", "web3", id="across the hosts of a rack"),
        pytest.param("web1", "web4", id="across racks"),
        pytest.param("web4", "web1", id="back across racks"),
        pytest.param("db1", "db2", id="across racks on another network"),
    ],
)
def test_containers_of_one_network_see_each_others_own_addresses(source: str, target: str, version: int) -> None:
    facts.check(facts.reaches(source, target, version=version))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("source", "target"),
    [
        pytest.param("web1", "db1", id="on the same host"),
        pytest.param("web1", "db2", id="across racks"),
        pytest.param("db2", "web4", id="the other way round"),
    ],
)
def test_containers_of_two_networks_do_not(source: str, target: str, version: int) -> None:
    facts.check(facts.blocked(source, target, version=version))


@pytest.mark.parametrize("version", VERSIONS)
def test_pings_pass_within_a_network_and_not_between_two(version: int) -> None:
    near = hosts.addresses(hosts.host_of("web4"), "web4")[version]
    other = hosts.addresses(hosts.host_of("db2"), "db2")[version]
    hosts.eventually("rack1-host1", f"docker exec web1 ping -c 1 -W 2 {near}")
    assert hosts.run("rack1-host1", f"docker exec web1 ping -c 1 -W 2 {other}").code != 0


@pytest.mark.usefixtures("opened")
def test_one_policy_opens_one_port_until_it_is_taken_back() -> None:
    for version in (4, 6):
        for source, target in (("web1", "db1"), ("web4", "db2")):
            facts.check(facts.reaches(source, target, version=version, port=5432))
            facts.check(facts.blocked(source, target, version=version, port=5433))
        facts.check(facts.reaches("db1", "db2", version=version, port=5433))
    assert playbooks.play("molecule/lab/policy.yml", "--extra-vars=policy_state=absent").code == 0
    facts.check(facts.blocked("web1", "db1", version=4, port=5432))
    facts.check(facts.blocked("web4", "db2", version=6, port=5432))
