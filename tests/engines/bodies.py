"""Bodies that no engine sends: valid ones with something changed, JSON of any shape, and bytes that are no JSON."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

HOSTILE = (
    *("", " ", "\0", "é\u202e😀", "x" * 5000, "../../etc/passwd", "%s%n", "-", "/", "{}", "null", "a\nb"),
    *("0.0.0.0/0", "::/0", "10.65.0.0/16", "fd65::/48", "10.65.0.1", "10.65.0.1/33", "::ffff:10.65.0.1"),
    *("fe80::1%eth0", "999.1.1.1", "1e3", "ee:ee:ee:ee:ee:ee", "ff:ff:ff:ff:ff:ff", "CalicoPoolIPv4"),
    *("CalicoPoolIPv6", "com.docker.network.gateway"),
    *(0, -1, 65536, 2**63, 10**30, 1.5, float("1e308"), True, False, None),
)  # fmt: skip
_DEEP = 50_000


def templates(network: str, taken: str) -> dict[str, Any]:
    """A valid body of each call; ``network`` is the id of one, ``taken`` the address of a running container."""
    endpoint = {"NetworkID": network, "EndpointID": "e" * 64}
    generic = {"com.docker.network.enable_ipv6": True, "com.docker.network.generic": {}}
    data = {"AddressSpace": "CalicoLocalAddressSpace", "Gateway": "0.0.0.0/0", "Pool": "0.0.0.0/0"}
    port = {"Proto": 6, "IP": "", "Port": 80, "HostIP": "", "HostPort": 8080, "HostPortEnd": 8080}
    options = {
        "com.docker.network.portmap": [port],
        "com.docker.network.endpoint.exposedports": [{"Proto": 6, "Port": 80}],
    }
    pool = {
        "AddressSpace": "CalicoLocalAddressSpace",
        "Pool": "10.65.0.0/16",
        "SubPool": "",
        "Options": {},
        "V6": False,
    }
    return {
        "Plugin.Activate": {},
        "IpamDriver.GetCapabilities": {},
        "IpamDriver.GetDefaultAddressSpaces": {},
        "IpamDriver.RequestPool": pool,
        "IpamDriver.ReleasePool": {"PoolID": "CalicoPoolIPv4"},
        "IpamDriver.RequestAddress": {"PoolID": "CalicoPoolIPv4", "Address": taken, "Options": {}},
        "IpamDriver.ReleaseAddress": {"PoolID": "CalicoPoolIPv4", "Address": taken},
        "NetworkDriver.GetCapabilities": {},
        "NetworkDriver.CreateNetwork": {"NetworkID": "f" * 64, "Options": generic, "IPv4Data": [data], "IPv6Data": []},
        "NetworkDriver.DeleteNetwork": {"NetworkID": "f" * 64},
        "NetworkDriver.AllocateNetwork": {"NetworkID": "f" * 64},
        "NetworkDriver.FreeNetwork": {"NetworkID": "f" * 64},
        "NetworkDriver.GwAllocCheck": {"NetworkID": "f" * 64},
        "NetworkDriver.CreateEndpoint": {
            **endpoint,
            "Interface": {"Address": f"{taken}/32", "AddressIPv6": "", "MacAddress": ""},
            "Options": options,
        },
        "NetworkDriver.EndpointOperInfo": endpoint,
        "NetworkDriver.DeleteEndpoint": endpoint,
        "NetworkDriver.Join": {**endpoint, "SandboxKey": "/var/run/docker/netns/0123456789ab", "Options": options},
        "NetworkDriver.Leave": endpoint,
        "NetworkDriver.ProgramExternalConnectivity": {**endpoint, "Options": options},
        "NetworkDriver.RevokeExternalConnectivity": endpoint,
        "NetworkDriver.DiscoverNew": {"DiscoveryType": 1, "DiscoveryData": {"Address": "192.0.2.1", "Self": True}},
        "NetworkDriver.DiscoverDelete": {"DiscoveryType": 1, "DiscoveryData": {}},
        "NetworkDriver.NoSuchCall": {},
    }


class Bodies:
    """An endless row of calls, the same for the same seed."""

    def __init__(self, known: dict[str, Any], seed: int) -> None:
        self._known = known
        self._random = random.Random(seed)  # noqa: S311 - chance, no secret

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        ways = (self._mutated, self._mutated, self._mutated, self._any_json, self._broken)
        names = list(self._known)
        while True:
            name = self._random.choice(names)
            yield name, self._random.choice(ways)(self._known[name])

    def _mutated(self, body: Any) -> bytes:
        """A valid body with one to three values changed, lost or doubled."""
        holder = [copy.deepcopy(body)]
        for _time in range(self._random.randint(1, 3)):
            self._mutate(holder)
        return json.dumps(holder[0] if holder else None).encode()

    def _mutate(self, body: Any) -> None:
        """Change something in a list or an object, at any depth."""
        places = list(body) if isinstance(body, dict) else list(range(len(body)))
        if not places or self._random.random() < 0.1:
            self._add(body)
            return
        place = self._random.choice(places)
        if isinstance(body[place], (dict, list)) and self._random.random() < 0.7:
            self._mutate(body[place])
        elif self._random.random() < 0.2:
            del body[place]
        else:
            body[place] = self._value(3)

    def _add(self, body: Any) -> None:
        if isinstance(body, dict):
            body[str(self._random.choice(HOSTILE))] = self._value(2)
        else:
            body.append(self._value(2))

    def _any_json(self, _body: Any) -> bytes:
        return json.dumps(self._value(4)).encode()

    def _value(self, depth: int) -> Any:
        make: Callable[[], Any] = self._random.choice(
            (
                lambda: self._random.choice(HOSTILE),
                lambda: self._random.randbytes(self._random.randint(0, 70)).hex(),
                lambda: (
                    f"10.{self._random.randint(0, 300)}.0.{self._random.randint(0, 300)}/{self._random.randint(0, 40)}"
                ),
                lambda: [self._value(depth - 1) for _item in range(self._random.randint(0, 3))] if depth else [],
                lambda: self._object(depth),
            )
        )
        return make()

    def _object(self, depth: int) -> dict[str, Any]:
        names = ("NetworkID", "EndpointID", "PoolID", "Address", "Options", "Port", "colour", "")
        return {name: self._value(depth - 1) for name in self._random.choices(names, k=3)} if depth else {}

    def _broken(self, body: Any) -> bytes:
        """Bytes that are hardly JSON."""
        text = bytearray(json.dumps(body).encode())
        way = self._random.randrange(60)
        if way == 0:
            return b"[" * _DEEP
        if way == 1:
            return b'{"a":' * _DEEP
        if way == 2:
            return b'"' + b"x" * 300_000 + b'"'
        if way < 20:
            return bytes(text[: self._random.randint(0, len(text))])
        if way < 40:
            return self._random.randbytes(self._random.randint(0, 200))
        for _time in range(self._random.randint(1, 5)):
            text[self._random.randrange(len(text))] = self._random.randrange(256)
        return bytes(text)
