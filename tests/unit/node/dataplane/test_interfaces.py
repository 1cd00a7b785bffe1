"""Interfaces and kernel settings: once an era, only what differs, IPv6 only where there is one."""

import pathlib

import pytest

from calico_node.dataplane import errors, interfaces, sysctls
from calico_node.dataplane.links import Link

GATEWAY_LINE = "fe80000000000000eceeeefffeeeeeee {:02x} 40 20 82 cali1\n"
LOOPBACK_LINE = "00000000000000000000000000000001 01 80 10 80 lo\n"


class FakeAddresses:
    def __init__(self) -> None:
        self.added: list[tuple[int, str, int]] = []

    def add_address(self, link: int, address: str, length: int) -> None:
        self.added.append((link, address, length))


@pytest.fixture
def proc(tmp_path: pathlib.Path) -> pathlib.Path:
    """A /proc/sys/net of a host with both families and the interface cali1, as the kernel makes them."""
    values = {
        "ipv4/ip_forward": "0",
        "ipv4/conf/cali1/proxy_arp": "0",
        "ipv4/conf/cali1/forwarding": "1",
        "ipv4/conf/cali1/rp_filter": "2",
        "ipv4/conf/cali1/route_localnet": "0",
        "ipv4/neigh/cali1/proxy_delay": "80",
        "ipv6/conf/all/forwarding": "0",
        "ipv6/conf/all/accept_ra": "0",
        "ipv6/conf/eth0/accept_ra": "1",
        "ipv6/conf/cali1/accept_ra": "0",
        "ipv6/conf/cali1/forwarding": "0",
        "ipv6/conf/cali1/disable_ipv6": "0",
    }
    for name, value in values.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(value + "\n")
    (tmp_path / "if_inet6").write_text(LOOPBACK_LINE)
    return tmp_path


def read(proc: pathlib.Path, name: str) -> str:
    return (proc / name).read_text().strip()


def driver(proc: pathlib.Path, addresses: FakeAddresses) -> interfaces.InterfaceDriver:
    return interfaces.InterfaceDriver(addresses, sysctls.Sysctls(proc), proc / "if_inet6")


def test_an_interface_is_set_up_and_gets_the_gateways_address(proc: pathlib.Path) -> None:
    addresses = FakeAddresses()
    links = {"cali1": Link(11, 1)}
    made = driver(proc, addresses)
    (change,) = made.apply(["cali1"], links)
    assert "proxy_arp=1" in change
    assert "forwarding=1" not in change.partition("ipv6")[0]  # it had that
    assert addresses.added == [(11, "fe80::ecee:eeff:feee:eeee", 64)]
    assert made.ready(links) == links
    assert made.apply(["cali1"], links) == ()


def test_an_address_that_is_there_is_not_added(proc: pathlib.Path) -> None:
    (proc / "if_inet6").write_text(LOOPBACK_LINE + GATEWAY_LINE.format(11))
    addresses = FakeAddresses()
    driver(proc, addresses).apply(["cali1"], {"cali1": Link(11, 1)})
    assert addresses.added == []


def test_a_new_era_and_a_resync_look_again(proc: pathlib.Path) -> None:
    made = driver(proc, FakeAddresses())
    made.apply(["cali1"], {"cali1": Link(11, 1)})
    (proc / "ipv4/conf/cali1/proxy_arp").write_text("0")
    assert made.apply(["cali1"], {"cali1": Link(11, 2)})
    (proc / "ipv4/conf/cali1/proxy_arp").write_text("0")
    assert not made.apply(["cali1"], {"cali1": Link(11, 2)})
    made.resync()
    assert made.apply(["cali1"], {"cali1": Link(11, 2)})


def test_one_interface_that_vanishes_does_not_keep_the_others_from_work(proc: pathlib.Path) -> None:
    made = driver(proc, FakeAddresses())
    links = {"cali0": Link(10, 1), "cali1": Link(11, 2)}
    with pytest.raises(errors.DataplaneError, match="cali0"):
        made.apply(["cali0", "cali1"], links)
    assert set(made.ready(links)) == {"cali1"}


def test_a_router_keeps_listening_to_the_router_that_it_lives_by(proc: pathlib.Path) -> None:
    settings = sysctls.Sysctls(proc)
    changed = settings.forward()
    assert (read(proc, "ipv4/ip_forward"), read(proc, "ipv6/conf/all/forwarding")) == ("1", "1")
    assert (read(proc, "ipv6/conf/eth0/accept_ra"), read(proc, "ipv6/conf/cali1/accept_ra")) == ("2", "0")
    assert changed.index("ipv6/conf/eth0/accept_ra=2") < changed.index("ipv6/conf/all/forwarding=1")
    assert settings.forward() == ()


def test_a_host_without_ipv6_has_the_settings_of_ipv4_only(proc: pathlib.Path) -> None:
    (proc / "ipv6").rename(proc / "gone")
    addresses = FakeAddresses()
    (change,) = driver(proc, addresses).apply(["cali1"], {"cali1": Link(11, 1)})
    assert "ipv6" not in change
    assert addresses.added == []
    assert sysctls.Sysctls(proc).forward() == ("ipv4/ip_forward=1",)


def test_the_kernel_looks_at_no_source_address_of_a_workload_that_may_send_from_others(proc: pathlib.Path) -> None:
    made, links = driver(proc, FakeAddresses()), {"cali1": Link(11, 1)}
    made.apply(["cali1"], links)
    assert read(proc, "ipv4/conf/cali1/rp_filter") == "1"
    assert len(made.apply(["cali1"], links, ["cali1"])) == 1
    assert read(proc, "ipv4/conf/cali1/rp_filter") == "0"
    assert made.apply(["cali1"], links, ["cali1"]) == ()
    made.apply(["cali1"], links)
    assert read(proc, "ipv4/conf/cali1/rp_filter") == "1"


def test_the_host_leads_loopback_only_to_interfaces_that_publish(proc: pathlib.Path) -> None:
    (proc / "if_inet6").write_text(GATEWAY_LINE.format(11))
    made = driver(proc, FakeAddresses())
    links = {"cali1": Link(11, 1)}
    made.apply(["cali1"], links)
    assert made.apply(["cali1"], links, publishing=["cali1"]) == ("cali1: ipv4/conf/cali1/route_localnet=1",)
    assert made.apply(["cali1"], links, publishing=["cali1"]) == ()
    assert made.apply(["cali1"], links) == ("cali1: ipv4/conf/cali1/route_localnet=0",)


def test_without_our_table_loopback_is_closed(proc: pathlib.Path) -> None:
    (proc / "ipv4/conf/cali1/route_localnet").write_text("1\n")
    (proc / "ipv4/conf/eth0").mkdir(parents=True)
    (proc / "ipv4/conf/eth0/route_localnet").write_text("1\n")
    (proc / "ipv4/conf/cali2").mkdir()  # on its way out
    sysctls.Sysctls(proc).close_loopback("cali")
    assert (read(proc, "ipv4/conf/cali1/route_localnet"), read(proc, "ipv4/conf/eth0/route_localnet")) == ("0", "1")
