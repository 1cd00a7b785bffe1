"""The kernel settings of role docker in a real kernel: a host that hears router advertisements keeps its way out."""

from __future__ import annotations

import pathlib
import socket
import struct
from collections.abc import Iterator

import jinja2
import pytest
import yaml

from tests.netns import inside, namespaces, waiting

ROLE = pathlib.Path(__file__).parents[2] / "roles/docker"
SETTINGS = "/etc/sysctl.d/90-calico.conf"
# Type 134, hop limit 64, no flags, the router is a default router for 30 minutes.
ADVERTISEMENT = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
ALL_NODES = "ff02::1"


class Role:
    """Role docker's forwarding tasks, with its file in a directory of the test."""

    def __init__(self, host: namespaces.Namespace, settings: pathlib.Path) -> None:
        tasks = yaml.safe_load((ROLE / "tasks/forwarding.yml").read_text())
        self._find, self._apply = (
            task["ansible.builtin.shell"]["cmd"] for task in tasks if "ansible.builtin.shell" in task
        )
        self._host, self._settings = host, settings

    def run(self) -> list[str]:
        """The settings that it writes, in order; they are applied."""
        found = self._shell(self._find).splitlines()
        self._settings.write_text(_render(found))
        self._shell(self._apply)
        return [line for line in self._settings.read_text().splitlines() if not line.startswith("#")]

    def _shell(self, command: str) -> str:
        assert SETTINGS in command
        return self._host.run("/bin/bash", "-c", command.replace(SETTINGS, str(self._settings)))


def _render(interfaces: list[str]) -> str:
    # As Ansible's template module sets Jinja up.
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined)  # noqa: S701  # no HTML
    template = environment.from_string((ROLE / "templates/sysctl.conf.j2").read_text())
    return template.render(
        ansible_managed="Ansible managed",
        docker_ipv6={"stat": {"exists": True}},
        docker_ra={"stdout_lines": interfaces},
    )


def _advertise(router: namespaces.Namespace) -> None:
    with inside.inside(router), socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as raw:
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        raw.sendto(ADVERTISEMENT, (ALL_NODES, 0, 0, socket.if_nametoindex("eth0")))


@pytest.fixture
def world() -> Iterator[namespaces.World]:
    with namespaces.World() as world:
        yield world


@pytest.fixture
def router(world: namespaces.World) -> namespaces.Namespace:
    return world.space("router")


@pytest.fixture
def host(world: namespaces.World, router: namespaces.Namespace) -> namespaces.Namespace:
    """A host whose default route comes from the router's advertisement."""
    host = world.space("host")
    world.cable(host, "eth0", router, "eth0")
    host.run("sysctl", "-qw", "net.ipv6.conf.eth0.accept_ra=1")
    for space in (host, router):
        space.ip("link set eth0 up")
    waiting.until(lambda: "fe80" in router.ip("-6 address show dev eth0 scope link -tentative"))

    def ask() -> str:
        _advertise(router)
        return default_route(host)

    waiting.until(ask)
    return host


def default_route(host: namespaces.Namespace) -> str:
    return host.ip("-6 route show default proto ra")


def test_a_host_that_starts_to_forward_keeps_its_default_route(
    host: namespaces.Namespace, tmp_path: pathlib.Path
) -> None:
    Role(host, tmp_path / "settings").run()
    assert host.run("sysctl", "-n", "net.ipv6.conf.all.forwarding").strip() == "1"
    assert "dev eth0" in default_route(host)


def test_a_second_run_changes_nothing_though_the_router_is_silent(
    host: namespaces.Namespace, tmp_path: pathlib.Path
) -> None:
    role = Role(host, tmp_path / "settings")
    first = role.run()
    assert "net/ipv6/conf/eth0/accept_ra = 2" in first
    host.ip("-6 route flush proto ra")
    assert role.run() == first


def test_an_interface_that_is_gone_leaves_the_settings(host: namespaces.Namespace, tmp_path: pathlib.Path) -> None:
    role = Role(host, tmp_path / "settings")
    role.run()
    host.ip("link delete eth0")
    assert not [line for line in role.run() if "accept_ra" in line]
