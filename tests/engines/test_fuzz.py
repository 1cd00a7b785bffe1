"""Whatever is said at the plugin's socket, it answers in JSON, lives on, and what it refuses changes nothing."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
from http import client
from typing import Any

import pytest

from tests.netns import traffic

from . import leftovers
from .bodies import Bodies, templates
from .hosts import NETWORK, OTHER_NETWORK, Host
from .sites import Site

FLOW = 500  # one valid container in so many bodies, whose calls are fuzzed as well
SANDBOX = "/var/run/docker/netns/0123456789ab"


class Talk(client.HTTPConnection):
    """The plugin's socket; one connection for many calls."""

    def __init__(self, host: Host) -> None:
        super().__init__("plugin", timeout=30)
        self._path = str(host.plugin_socket)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)

    def say(self, name: str, body: bytes) -> tuple[int, Any]:
        """Status and document of the answer, which must be JSON."""
        # It may have answered before it has read all of what is too long.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.request("POST", f"/{name}", body)
        answer = self.getresponse()
        content = answer.read()
        if answer.status == 413:
            self.close()
        return answer.status, json.loads(content)


class Fuzz:
    """What is there, and whether a call may have changed it."""

    def __init__(self, site: Site, host: Host) -> None:
        self._site = site
        self._host = host
        self._pid = host.plugin.pid
        self.talk = Talk(host)
        self.refused = self.accepted = 0
        self.before = self.state()

    def state(self) -> tuple[Any, ...]:
        """The store's revision, interfaces, files."""
        files = self._host.machine.path("/var/lib/calico/libnetwork").rglob("*")
        listed = sorted((str(file), file.read_bytes()) for file in files if file.is_file())
        return self._site.store.list("/none/").revision, self._host.machine.interfaces(), listed

    def send(self, name: str, body: bytes) -> Any:
        """The document that is answered; None if it is a refusal."""
        status, document = self.talk.say(name, body)
        said = f"{name} {body[:300]!r}: {status} {document}"
        assert isinstance(document, dict), said
        if status == 200:
            self.accepted += 1
            self._undo(name, body, document)
            self.before = self.state()
            return document
        self.refused += 1
        assert document["Err"], said
        assert document["Err"] == document["Error"], said
        assert "journalctl -u calico-libnetwork" not in document["Err"], said
        assert self.state() == self.before, said
        return None

    def lives(self) -> bool:
        return self._host.plugin.runs and self._host.plugin.pid == self._pid

    def _undo(self, name: str, body: bytes, answer: Any) -> None:
        """What a fuzzed call was given is given back: the next refusal shall meet a settled state."""
        asked = json.loads(body or b"{}")
        if name == "IpamDriver.RequestAddress":
            address = answer["Address"].partition("/")[0]
            self.talk.say("IpamDriver.ReleaseAddress", json.dumps({**asked, "Address": address}).encode())
        if name == "NetworkDriver.CreateEndpoint":
            self.talk.say("NetworkDriver.DeleteEndpoint", body)


def test_nothing_that_is_said_breaks_the_plugin(site: Site, host: Host, request: pytest.FixtureRequest) -> None:
    seed, count = request.config.getoption("--seed"), request.config.getoption("--bodies")
    place, witness = host.container("one"), host.container("two")
    host.container("three", network=OTHER_NETWORK)  # the plugin shall have nothing to learn while it is fuzzed
    network = host.inspect(NETWORK)["Id"]
    known = templates(network, place.addresses[4])
    fuzz = Fuzz(site, host)
    with contextlib.closing(fuzz.talk):
        for number, (name, body) in enumerate(itertools.islice(Bodies(known, seed), count)):
            fuzz.send(name, body)
            if number % FLOW == 0:
                flow(fuzz, network, seed + number)
    assert fuzz.lives(), f"seed {seed}"
    assert min(fuzz.refused, fuzz.accepted) > count / 20, "bodies that are all alike test nothing"
    for version in (4, 6):
        assert traffic.reaches(witness, place, 80, version)
    assert len(leftovers.endpoints(site.store)) == 3


def flow(fuzz: Fuzz, network: str, seed: int) -> None:
    """A valid endpoint, the calls for which are fuzzed."""
    talk = fuzz.talk
    _status, given = talk.say("IpamDriver.RequestAddress", json.dumps({"PoolID": "CalicoPoolIPv4"}).encode())
    endpoint = {"NetworkID": network, "EndpointID": f"{seed:064x}"[-64:]}
    created = {**endpoint, "Interface": {"Address": given["Address"], "AddressIPv6": "", "MacAddress": ""}}
    assert talk.say("NetworkDriver.CreateEndpoint", json.dumps(created).encode())[0] == 200
    fuzz.before = fuzz.state()
    known = {
        "NetworkDriver.Join": {**endpoint, "SandboxKey": SANDBOX, "Options": {}},
        "NetworkDriver.CreateEndpoint": created,
        "NetworkDriver.ProgramExternalConnectivity": {**endpoint, "Options": {}},
    }
    for name, body in itertools.islice(Bodies(known, seed), 12):
        if name != "NetworkDriver.CreateEndpoint" or b'"EndpointID"' in body:
            fuzz.send(name, body)
    address = {"PoolID": "CalicoPoolIPv4", "Address": given["Address"].partition("/")[0]}
    for name, body in (("Leave", endpoint), ("DeleteEndpoint", endpoint)):
        assert talk.say(f"NetworkDriver.{name}", json.dumps(body).encode())[0] == 200
    assert talk.say("IpamDriver.ReleaseAddress", json.dumps(address).encode())[0] == 200
    fuzz.before = fuzz.state()
