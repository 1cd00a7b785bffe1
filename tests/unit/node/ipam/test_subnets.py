"""Addresses of a part of a pool, which may be half of it, a block, or less than a block."""

import ipaddress

import pytest

from calico_node.ipam import allocate, errors
from tests.fakes import cluster
from tests.unit.node.ipam.world import ANY4, allocator, fake, own_blocks


def of(subnet: str, address: str = "", within: str = "") -> allocate.Wish:
    wanted = ipaddress.ip_address(address) if address else None
    network = ipaddress.ip_network(subnet)
    return allocate.Wish(network.version, network, wanted, ipaddress.ip_network(within) if within else None)


@pytest.mark.parametrize(
    ("pool", "subnet"),
    [
        pytest.param("10.65.0.0/24", "10.65.0.128/25", id="two blocks"),
        pytest.param("10.65.0.0/24", "10.65.0.64/26", id="one block"),
        pytest.param("10.65.0.0/24", "10.65.0.80/29", id="less than a block"),
        pytest.param("10.65.0.0/24", "10.65.0.77/32", id="one address"),
        pytest.param("fd65::/48", "fd65::1:0/121", id="IPv6"),
        pytest.param("fd65::/48", "fd65::1:8/125", id="less than a block, IPv6"),
    ],
)
def test_every_address_of_a_subnet_is_given_and_none_beside_it(pool: str, subnet: str) -> None:
    datastore, network = fake({"p1": pool}), ipaddress.ip_network(subnet)
    hosts = [allocator(datastore, host) for host in ("host1", "host2")]
    found = [hosts[number % 2].assign(of(subnet)) for number in range(network.num_addresses)]
    assert sorted(found) == list(network)
    for host in hosts:
        with pytest.raises(errors.Exhausted, match=rf"of it {subnet}\) is exhausted: {len(found)} of {len(found)} "):
            host.assign(of(subnet))


def test_hosts_that_share_less_than_a_block_borrow_of_each_other_unless_affinity_is_strict() -> None:
    subnet = of("10.65.0.80/29")
    datastore = fake(config={"strict_affinity": True, "auto_allocate_blocks": True})
    allocator(datastore, "host1").assign(subnet)
    with pytest.raises(errors.Exhausted, match="strict affinity"):
        allocator(datastore, "host2").assign(subnet)


def test_networks_beside_each_other_in_a_pool_use_the_hosts_blocks_together() -> None:
    datastore = fake()
    ours = allocator(datastore)
    for _time in range(4):
        ours.assign(of("10.65.0.0/28"))
        ours.assign(of("10.65.0.16/28"))
    assert own_blocks(datastore, "host1") == ["10.65.0.0/26"]


def test_the_hosts_other_blocks_do_not_serve_a_subnet() -> None:
    datastore = fake()
    ours = allocator(datastore)
    anywhere = ours.assign(ANY4)
    elsewhere = "10.65.0.0/25" if anywhere in ipaddress.ip_network("10.65.0.128/25") else "10.65.0.128/25"
    assert ours.assign(of(elsewhere)) in ipaddress.ip_network(elsewhere)
    assert len(own_blocks(datastore, "host1")) == 2


def test_an_empty_block_of_another_host_is_taken_over_for_a_part_of_it() -> None:
    datastore, clock = fake({"p1": "10.65.0.0/26"}), cluster.Clock()
    others = allocator(datastore, "host2", clock)
    others.release(others.assign(ANY4))
    clock.now += 60
    assert allocator(datastore, clock=clock).assign(of("10.65.0.16/28")) in ipaddress.ip_network("10.65.0.16/28")
    assert own_blocks(datastore, "host2") == []


def test_a_range_limits_what_is_given_unasked() -> None:
    ours = allocator(fake())
    found = {str(ours.assign(of("10.65.0.0/24", within="10.65.0.100/31"))) for _time in range(2)}
    assert found == {"10.65.0.100", "10.65.0.101"}
    with pytest.raises(errors.Exhausted):
        ours.assign(of("10.65.0.0/24", within="10.65.0.100/31"))
    assert str(ours.assign(of("10.65.0.0/24", "10.65.0.9", within="10.65.0.100/31"))) == "10.65.0.9"


def test_reserved_addresses_of_a_subnet_are_only_given_to_who_asks_for_them() -> None:
    datastore = fake()
    datastore.put(*cluster.record("IPReservation", "r", {"reservedCIDRs": ["10.65.0.80/30"]}))
    ours = allocator(datastore)
    found = [str(ours.assign(of("10.65.0.80/29"))) for _time in range(4)]
    assert found == ["10.65.0.84", "10.65.0.85", "10.65.0.86", "10.65.0.87"]
    with pytest.raises(errors.Exhausted):
        ours.assign(of("10.65.0.80/29"))
    assert str(ours.assign(of("10.65.0.80/29", "10.65.0.81"))) == "10.65.0.81"
