"""Real BIRDs in namespaces, each started by the image's own wrapper and configured by the agent's driver."""

from __future__ import annotations

import json
import pathlib
import signal
import subprocess
from typing import Any

from calico_node.calc import bgp
from calico_node.dataplane import bird, bird_control, bird_sessions
from calico_node.dataplane.errors import DataplaneError
from calico_node.render import bird as bird_text
from tests.golden import stores

from .namespaces import Namespace, World
from .waiting import until

AGENT = "80"  # the protocol number of the agent's routes
# The wrapper knows only the image's paths: each BIRD gets them to itself in a mount namespace, and its unit's rights.
_OWN_PATHS = """
mkdir -p /var/lib/calico /run/calico
mount --bind "$0/lib" /var/lib/calico && mount --bind "$0/run" /run/calico &&
exec setpriv --no-new-privs --bounding-set=-all,+net_admin,+net_bind_service,+net_raw --inh-caps=-all calico-bird
"""


class Bird:
    """One host's BIRD."""

    def __init__(self, world: World, space: Namespace, directory: pathlib.Path) -> None:
        self.space = space
        self._world = world
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        (directory / "lib/bird").mkdir(parents=True)
        (directory / "run").mkdir()
        self.log = directory / "log"
        self.paths = bird.Paths(config=directory / "lib/bird/bird.conf", control=directory / "run/bird.ctl")
        self.driver = bird.BirdDriver(self.paths)
        self.control = bird_control.Control(self.paths.control)

    def start(self) -> None:
        """Run the wrapper and wait until BIRD answers."""
        words = ("unshare", "--mount", "--propagation", "private", "sh", "-c", _OWN_PATHS, str(self._directory))
        self._process = self._world.spawn(self.space, *words, log=self.log)
        until(self.answers)

    def answers(self) -> bool:
        try:
            return bool(self.control.ask("show status"))
        except DataplaneError:  # not there, or just leaving
            return False

    def kill(self) -> None:
        """As a crash: no word to the peers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def ask(self, command: str) -> str:
        return "\n".join(line.text for line in self.control.ask(command))

    def sessions(self) -> tuple[bird_sessions.Session, ...]:
        return bird_sessions.read(self.control)

    def established(self) -> list[str]:
        return [session.protocol for session in self.sessions() if session.established]

    def arguments(self) -> list[str]:
        """The command line that the wrapper chose."""
        assert self._process is not None
        return pathlib.Path(f"/proc/{self._process.pid}/cmdline").read_text().split("\0")


class Host:
    """A Docker host as far as BGP sees it: a namespace that forwards, with a BIRD."""

    def __init__(self, world: World, name: str, directory: pathlib.Path) -> None:
        self.name = name
        self.space = world.space(name)
        self.space.forward()
        self.bird = Bird(world, self.space, directory / name)

    def configure(self, store: dict[str, Any]) -> None:
        """What the agent does with BIRD after a change of the store, or of the host's passwords in it."""
        passwords = stores.passwords(store)
        configuration = bgp.configuration(stores.snapshot(store), self.name, passwords)
        secrets = bird_text.secrets(configuration, passwords.known)
        self.bird.driver.apply(bird_text.render(configuration), secrets)

    def workload(self, address: str, interface: str = "cali0") -> None:
        """A workload's route as the agent writes it."""
        family = "-6" if ":" in address else "-4"
        self.space.ip(f"{family} route add {address} dev {interface} proto {AGENT} metric 1024")

    def route(self, destination: str) -> dict[str, Any] | None:
        """BIRD's route in the kernel to exactly this destination."""
        family = "-6" if ":" in destination else "-4"
        exact = destination.removesuffix("/32").removesuffix("/128")
        found = json.loads(self.space.run("ip", family, "-json", "route", "show", "proto", "bird"))
        return next((route for route in found if route["dst"] == exact), None)
