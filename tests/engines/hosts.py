"""A Docker host as role node leaves it: agent, plugin, BIRD and a real engine, each a process of its machine."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from typing import Any

from calico_node.libnetwork import unix_http
from tests.netns.namespaces import Namespace
from tests.netns.traffic import Place
from tests.netns.waiting import until

from .machines import Machine, Service
from .recorder import Recorder

# Debian's release: the engine's version.
VERSIONS = {"bookworm": "20.10", "trixie": "26.1", "sid": "28.5"}
NETWORK, OTHER_NETWORK = "frontend", "backend"
_PROGRAMS = pathlib.Path("/opt/engines")
_PROBE = pathlib.Path(__file__).parents[2] / "build/images/calico-lab-probe.tar"
_PLUGIN, _RECORDED = "/run/docker/plugins/calico.sock", "/run/calico/plugin.sock"
_ENGINE, _AGENT = "/run/docker.sock", "/run/calico/agent.sock"


class Host:
    """One of a site's hosts. ``recorded`` puts a recorder between engine and plugin."""

    def __init__(
        self, machine: Machine, release: str, etcd: str, directory: pathlib.Path, *, recorded: bool = True
    ) -> None:
        directory.mkdir()
        self.machine = machine
        self.name = machine.name
        self.release = release
        self._path = f"{_PROGRAMS / release}:/usr/sbin:/usr/bin:/sbin:/bin"
        self._directory = directory
        self._places: list[str] = []
        self._socket = _RECORDED if recorded else _PLUGIN
        self.recorder = Recorder(machine.path(_PLUGIN), machine.path(_RECORDED)) if recorded else None
        for needed in ("/run/calico", "/var/lib/calico/bird", "/run/docker/plugins", "/etc/docker"):
            machine.path(needed).mkdir(parents=True, exist_ok=True)
        self._ours = {"NODENAME": machine.name, "ETCD_ENDPOINTS": etcd}
        plugin = {
            "CALICO_PLUGIN_SOCKET": self._socket,
            "CALICO_DOCKER_SOCKET": _ENGINE,
            "STATE_DIRECTORY": "/var/lib/calico/libnetwork",
            "CALICO_BOOT_PATIENCE": "0",
        }
        self.agent = self._service("agent", *_module("calico_node.agent"), **self._ours)
        self.plugin = self._service("plugin", *_module("calico_node.libnetwork"), **self._ours, **plugin)
        self.bird = self._service("bird", "calico-bird")
        self.containerd = self._service("containerd", "containerd")

    def start(self) -> None:
        """Everything, in the order of the units."""
        self.start_agent()
        self.start_plugin()
        self.bird.start()
        self.containerd.start()
        until(self.machine.path("/run/containerd/containerd.sock").exists, seconds=30)
        self.start_engine()
        self.docker("load", "--quiet", "--input", str(_PROBE))
        self.docker("tag", "calico-lab-probe", "probe")
        for network in (NETWORK, OTHER_NETWORK):
            self.network(network, "--ipv6")

    def start_agent(self) -> None:
        self.agent.start()
        until(lambda: _answers(self.machine.path(_AGENT), "GET", "/status"))

    def start_plugin(self) -> None:
        """The plugin, and the recorder in front of it."""
        self.plugin.start()
        until(lambda: _answers(self.machine.path(self._socket), "POST", "/Plugin.Activate"), seconds=30)
        if self.recorder is not None:
            self.recorder.open()

    def stop_plugin(self) -> None:
        """Nothing is left at the plugin's socket."""
        self.kill_plugin()
        self.machine.path(self._socket).unlink(missing_ok=True)

    def kill_plugin(self) -> None:
        if self.recorder is not None:
            self.recorder.close()
        self.plugin.kill()

    def start_engine(self, *options: str, seconds: float = 60) -> None:
        """The engine, once its API answers."""
        self.engine = self._service(
            "engine", "dockerd", "--userland-proxy=false", "--exec-opt=native.cgroupdriver=cgroupfs",
            "--containerd=/run/containerd/containerd.sock", *options,
        )  # fmt: skip
        self.engine.start()
        until(lambda: _answers(self.machine.path(_ENGINE), "GET", "/info"), seconds=seconds)

    def restart_engine(self, *options: str) -> None:
        """As systemctl does it."""
        self.engine.stop()
        self.start_engine(*options)

    def docker(self, *words: str, seconds: float = 60) -> str:
        """What the docker command says; a failing one fails the test."""
        done = self.attempt(*words, seconds=seconds)
        assert done.returncode == 0, f"docker {' '.join(words)} on {self.name}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def refusal(self, *words: str, seconds: float = 60) -> str:
        """What the docker command says when it fails, as it must."""
        done = self.attempt(*words, seconds=seconds)
        assert done.returncode != 0, f"docker {' '.join(words)} on {self.name} succeeded: {done.stdout}"
        return done.stderr.strip()

    def calicoctl(self, *words: str) -> str:
        """What our own command says, with the settings of role node."""
        done = self.machine.attempt(*_module("calico_node.cli"), *words, environment=self._ours)
        assert done.returncode == 0, f"calicoctl {' '.join(words)} on {self.name}: {done.stdout}{done.stderr}"
        return done.stdout

    @property
    def plugin_socket(self) -> pathlib.Path:
        """Where the plugin itself listens."""
        return self.machine.path(self._socket)

    def ask_plugin(self, call: str, body: Any) -> tuple[int, Any]:
        """Status and answer of the plugin itself."""
        return unix_http.call(str(self.plugin_socket), "POST", f"/{call}", body, timeout=30)

    def attempt(self, *words: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": self._path, "DOCKER_CONFIG": "/run/cli"}
        return self.machine.attempt("docker", *words, seconds=seconds, environment=environment)

    def network(self, name: str, *options: str) -> str:
        """A Calico network; its id."""
        return self.docker("network", "create", "--driver=calico", "--ipam-driver=calico", *options, name)

    def container(self, name: str, *options: str, network: str = NETWORK) -> Place:
        """A container that serves port 80 (and others by ``--env PORTS=``), and where it is in the network."""
        self.docker("run", "--detach", f"--name={name}", f"--network={network}", *options, "probe")
        return self.place(name, network)

    def place(self, container: str, network: str = NETWORK) -> Place:
        """The network namespace of a running container and its addresses in a network."""
        found = self.inspect(container)
        name = f"{self.machine.space.name}-{found['Id'][:12]}-{found['State']['Pid']}"
        if name not in self._places:
            target = pathlib.Path("/run/netns", name)
            target.touch()
            # By the machine's own numbers of processes.
            source = self.machine.path(f"/proc/{found['State']['Pid']}/ns/net")
            subprocess.run(["mount", "--bind", str(source), str(target)], check=True)
            self._places.append(name)
        return Place(Namespace(name), addresses(found, network))

    def inspect(self, name: str) -> Any:
        return json.loads(self.docker("inspect", name))[0]

    def running(self, container: str) -> bool:
        return bool(self.inspect(container)["State"]["Running"])

    def ask(self, container: str, *words: str) -> str:
        """What a command says inside a container."""
        return self.docker("exec", container, *words)

    def links(self) -> list[str]:
        """The host's sides of containers' interfaces."""
        listed = json.loads(self.machine.run("ip", "-json", "link", "show"))
        return [link["ifname"] for link in listed if link["ifname"].startswith(("cali", "tmp"))]

    def revive(self) -> None:
        """Start what a test that failed has left dead."""
        if not self.agent.runs:
            self.start_agent()
        if not self.plugin.runs:
            self.kill_plugin()
            self.start_plugin()
        if not self.engine.runs:
            self.start_engine()

    def clean(self) -> None:
        """No container, no network but the two of the start; everything runs."""
        self.revive()
        if containers := self.docker("ps", "--all", "--quiet").split():
            self.docker("rm", "--force", "--volumes", *containers)
        listed = self.docker("network", "ls", "--format={{.Name}}").split()
        if made := [name for name in listed if name not in (NETWORK, OTHER_NETWORK, "bridge", "host", "none")]:
            self.docker("network", "rm", *made)
        for name in self._places:
            subprocess.run(["ip", "netns", "delete", name], check=True)
        self._places.clear()
        if self.recorder is not None:
            self.recorder.calls.clear()
            self.recorder.delays.clear()

    def end(self) -> None:
        if self.recorder is not None:
            self.recorder.close()
        self.machine.end()
        for service in (self.agent, self.plugin, self.bird, self.containerd, self.engine):
            service.wait()

    def _service(self, name: str, *command: str, **environment: str) -> Service:
        return Service(self.machine, self._directory / f"{name}.log", *command, PATH=self._path, **environment)


def addresses(container: Any, network: str) -> dict[int, str]:
    """The addresses that an inspected container has in a network, by version."""
    found = container["NetworkSettings"]["Networks"][network]
    listed = {4: found["IPAddress"], 6: found["GlobalIPv6Address"]}
    return {version: address for version, address in listed.items() if address}


def _module(name: str) -> tuple[str, ...]:
    return sys.executable, "-P", "-m", name


def _answers(path: pathlib.Path, method: str, target: str) -> bool:
    try:
        return unix_http.call(str(path), method, target, timeout=5)[0] == 200
    except unix_http.Unreachable:
        return False
