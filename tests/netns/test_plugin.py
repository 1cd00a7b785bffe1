"""The plugin's process as Docker meets it: its socket, real etcd, real veth pairs; Docker and the agent are ours."""

import ipaddress
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import profiles
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import keys
from calico_node.libnetwork import unix_http
from tests.fakes import cluster, peers

from . import etcds, namespaces
from .waiting import until

SUBNET = "10.65.0.0/26"  # of the network
NETWORK, ENDPOINT, CONTAINER = "f" * 64, "0123456789ab" * 5 + "abcd", "c" * 64
HOST_SIDE, CONTAINER_SIDE = "cali0123456789a", "tmp0123456789a"
SANDBOX = "/var/run/docker/netns/0123456789ab"
SAID = {"NetworkID": NETWORK, "EndpointID": ENDPOINT}


class Plugin:
    """A process, killed at the end."""

    def __init__(self, directory: pathlib.Path, endpoint: str) -> None:
        self.socket = directory / "docker" / "plugins" / "calico.sock"
        self._directory = directory
        self.environment = {
            **os.environ,
            "NODENAME": "host1",
            "ETCD_ENDPOINTS": endpoint,
            "CALICO_PLUGIN_SOCKET": str(self.socket),
            "CALICO_DOCKER_SOCKET": str(directory / "docker.sock"),
            "CALICO_AGENT_SOCKET": str(directory / "agent.sock"),
            "STATE_DIRECTORY": str(directory / "state"),
            "CALICO_BOOT_PATIENCE": "0",  # the container that runs the tests has just been started
            "NOTIFY_SOCKET": str(directory / "notify.sock"),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it says that it is ready, as systemd does."""
        notify = self._directory / "notify.sock"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, self.log.open("ab") as log:
            notify.unlink(missing_ok=True)
            manager.bind(str(notify))
            manager.settimeout(30)
            command = [sys.executable, "-P", "-m", "calico_node.libnetwork"]
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
            assert manager.recv(1000).startswith(b"READY=1\n"), self.log.read_text()

    @property
    def log(self) -> pathlib.Path:
        return self._directory / "plugin.log"

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=20)

    def call(self, name: str, **body: Any) -> tuple[int, Any]:
        return unix_http.call(str(self.socket), "POST", f"/{name}", body, timeout=30)

    def must(self, name: str, **body: Any) -> Any:
        status, answer = self.call(name, **body)
        assert status == 200, answer
        return answer


@pytest.fixture
def member(tmp_path: pathlib.Path) -> Iterator[etcds.Member]:
    found = etcds.Member(tmp_path, "m0")
    with etcds.running(found):
        yield found


@pytest.fixture
def opened(member: etcds.Member) -> Iterator[store.Store]:
    with store.open(store.Config(endpoints=(member.url,))) as found:
        for key, document in cluster.records({"p4": "10.65.0.0/24", "p6": "fd65::/112"}).items():
            found.commit({key: document})
        yield found


def said(path: str) -> Any:
    """What Docker's API says while the one container joins, or runs."""
    entry = {"Name": "box", "EndpointID": ENDPOINT}
    if path.startswith("/containers/json"):
        networks = {"frontend": {"EndpointID": ENDPOINT if path == "/containers/json" else ""}}
        labels = {"com.docker.compose.service": "db"}
        return [{"Id": CONTAINER, "Names": ["/box"], "Labels": labels, "NetworkSettings": {"Networks": networks}}]
    network = {"Id": NETWORK, "Name": "frontend", "Driver": "calico", "Containers": {f"ep-{ENDPOINT}": entry}}
    network["IPAM"] = {"Config": [{"Subnet": SUBNET}]}
    none = {"Id": "0" * 64, "Name": "none", "Driver": "null"}
    return [none] if path == "/networks" else none if path.endswith(none["Id"]) else network


@pytest.fixture
def plugin(tmp_path: pathlib.Path, member: etcds.Member, opened: store.Store) -> Iterator[Plugin]:
    assert opened
    found = Plugin(tmp_path, member.url)
    with (
        peers.listening(tmp_path / "docker.sock", lambda _method, path, _body: (200, said(path))),
        peers.listening(tmp_path / "agent.sock", lambda *_asked: (200, {"programmed": True})),
    ):
        found.start()
        yield found
        if found.process is not None and found.process.poll() is None:
            found.end(signal.SIGKILL)
        subprocess.run(["ip", "link", "delete", HOST_SIDE], check=False, capture_output=True)


def create(plugin: Plugin) -> None:
    """What Docker asks for ``docker run`` before Join."""
    v4 = plugin.must("IpamDriver.RequestAddress", PoolID="CalicoPoolIPv4")["Address"]
    v6 = plugin.must("IpamDriver.RequestAddress", PoolID="CalicoPoolIPv6")["Address"]
    interface = {"Address": v4, "AddressIPv6": v6, "MacAddress": ""}
    plugin.must("NetworkDriver.CreateEndpoint", **SAID, Interface=interface, Options={})


def run(plugin: Plugin) -> Any:
    """What Docker asks for ``docker run``; the answer to Join."""
    create(plugin)
    return plugin.must("NetworkDriver.Join", **SAID, SandboxKey=SANDBOX, Options={})


def stop(plugin: Plugin, opened: store.Store) -> None:
    """What Docker asks when the container ends."""
    addresses = [str(address) for address in taken(opened)]
    plugin.must("NetworkDriver.Leave", **SAID)
    plugin.must("NetworkDriver.DeleteEndpoint", **SAID)
    for address in addresses:
        plugin.must("IpamDriver.ReleaseAddress", PoolID="CalicoPoolIPv4", Address=address)


def taken(opened: store.Store) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    found = []
    for version in (4, 6):
        for record in opened.list(keys.blocks(version)).records:
            cidr = keys.cidr_of(record.key)
            assert cidr is not None
            slots = record.document()["allocations"]
            found += [cidr[ordinal] for ordinal, slot in enumerate(slots) if slot is not None]
    return found


def endpoints(opened: store.Store) -> list[Any]:
    prefix = "/calico/resources/v3/projectcalico.org/workloadendpoints/"
    return [record.document() for record in opened.list(prefix).records]


def link(name: str) -> bool:
    return pathlib.Path("/sys/class/net", name).exists()


def test_a_container_comes_and_goes(plugin: Plugin, opened: store.Store) -> None:
    answer = run(plugin)
    assert answer["InterfaceName"] == {"SrcName": CONTAINER_SIDE, "DstPrefix": "eth"}
    [endpoint] = endpoints(opened)
    assert endpoint["spec"]["interfaceName"] == HOST_SIDE
    assert endpoint["spec"]["containerID"] == CONTAINER
    assert endpoint["metadata"]["labels"]["com.docker.compose.service"] == "db"
    assert [f"{address}/{address.max_prefixlen}" for address in taken(opened)] == endpoint["spec"]["ipNetworks"]
    assert opened.get(profiles.for_network("frontend").key) is not None
    with namespaces.World() as world:
        container = world.space("container")
        subprocess.run(["ip", "link", "set", CONTAINER_SIDE, "netns", container.name], check=True)
        assert CONTAINER_SIDE in container.ip("link show")
    stop(plugin, opened)
    assert not link(HOST_SIDE)
    assert endpoints(opened) == []
    assert taken(opened) == []


def test_a_plugin_that_is_killed_goes_on_where_it_was(plugin: Plugin, opened: store.Store) -> None:
    run(plugin)
    plugin.end(signal.SIGKILL)
    assert plugin.socket.exists()
    plugin.start()
    assert plugin.must("Plugin.Activate") == {"Implements": ["NetworkDriver", "IpamDriver"]}
    stop(plugin, opened)
    assert (link(HOST_SIDE), endpoints(opened), taken(opened)) == (False, [], [])


def test_a_container_that_joins_while_docker_is_silent_is_adopted_when_it_answers(
    plugin: Plugin, tmp_path: pathlib.Path, opened: store.Store
) -> None:
    """As at the start of dockerd, also if the plugin is killed in between."""
    create(plugin)
    (tmp_path / "docker.sock").rename(tmp_path / "silent")
    plugin.must("NetworkDriver.Join", **SAID, SandboxKey="/x")
    [endpoint] = endpoints(opened)
    assert "interfaceName" not in endpoint["spec"]
    plugin.end(signal.SIGKILL)
    plugin.start()
    (tmp_path / "silent").rename(tmp_path / "docker.sock")
    [endpoint] = until(lambda: endpoints(opened), lambda found: "interfaceName" in found[0]["spec"])
    assert endpoint["metadata"]["labels"]["calico.docker/container"] == "box"


def test_a_plugin_that_is_killed_knows_what_a_containers_interface_has(plugin: Plugin) -> None:
    """By the interface's alias, which the kernel keeps."""
    run(plugin)
    plugin.end(signal.SIGKILL)
    plugin.start()
    second = {"NetworkID": NETWORK, "EndpointID": "b" * 64}
    answers = []
    for subnet in (SUBNET, "10.65.0.64/26"):
        address = plugin.must("IpamDriver.RequestAddress", PoolID=subnet)["Address"]
        plugin.must("NetworkDriver.CreateEndpoint", **second, Interface={"Address": address}, Options={})
        answers.append(plugin.call("NetworkDriver.Join", **second, SandboxKey=SANDBOX, Options={}))
        plugin.must("NetworkDriver.DeleteEndpoint", **second)
    assert [status for status, _answer in answers] == [400, 200]
    assert f"it is in the subnet {SUBNET} of another network of it" in answers[0][1]["Err"]
    assert answers[1][1]["Gateway"] == "169.254.1.2"


def test_with_etcd_down_calls_fail_in_time_and_leave_nothing(
    plugin: Plugin, member: etcds.Member, opened: store.Store
) -> None:
    member.send(signal.SIGSTOP)
    began = time.monotonic()
    status, answer = plugin.call("IpamDriver.RequestAddress", PoolID="CalicoPoolIPv4")
    assert status == 503
    assert "etcd does not answer within 3 s" in answer["Err"]
    assert time.monotonic() - began < 10
    assert plugin.must("Plugin.Activate")
    assert plugin.must("NetworkDriver.GetCapabilities") == {"Scope": "local"}
    member.send(signal.SIGCONT)
    until(lambda: plugin.call("IpamDriver.RequestPool", AddressSpace="CalicoLocalAddressSpace")[0], lambda s: s == 200)
    assert taken(opened) == []


def test_what_ends_while_etcd_is_down_is_gone_when_it_is_back(
    plugin: Plugin, member: etcds.Member, opened: store.Store
) -> None:
    """Docker says it once only."""
    run(plugin)
    member.send(signal.SIGSTOP)
    plugin.must("NetworkDriver.Leave", **SAID)
    status, _answer = plugin.call("NetworkDriver.DeleteEndpoint", **SAID)
    assert status == 503
    member.send(signal.SIGCONT)
    # etcd may still carry out what we gave up on: then the address is left, and goes when nobody had it for a while.
    until(lambda: (endpoints(opened), taken(opened)), lambda found: found == ([], []), seconds=90)


def test_without_etcd_it_starts_and_serves_what_needs_none(
    plugin: Plugin, member: etcds.Member, opened: store.Store
) -> None:
    assert opened
    plugin.end(signal.SIGKILL)
    member.kill()
    plugin.start()
    assert plugin.must("Plugin.Activate")
    assert plugin.must("IpamDriver.GetDefaultAddressSpaces")


def test_a_join_without_agent_fails_in_time_and_leaves_no_interface(
    plugin: Plugin, tmp_path: pathlib.Path, opened: store.Store
) -> None:
    (tmp_path / "agent.sock").unlink()
    create(plugin)
    status, answer = plugin.call("NetworkDriver.Join", **SAID, SandboxKey="/x")
    assert len(endpoints(opened)) == 1
    assert status == 503
    assert "the agent does not answer" in answer["Err"]
    assert not link(HOST_SIDE)


def test_a_plugin_that_is_asked_to_stop_does_and_takes_its_socket_along(plugin: Plugin) -> None:
    assert plugin.end(signal.SIGTERM) == 0
    assert not plugin.socket.exists()


def test_a_second_plugin_does_not_take_the_socket(plugin: Plugin) -> None:
    command = [sys.executable, "-P", "-m", "calico_node.libnetwork"]
    second = subprocess.run(command, env=plugin.environment, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert f"cannot start: another process answers at {plugin.socket}: stop it first" in second.stderr
    assert plugin.must("Plugin.Activate")
