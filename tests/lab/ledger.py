"""Three books of the lab's addresses, which must agree: what engines gave containers, endpoints, and blocks.

Read from the engines and from etcd, without a line of what is tested: `calicoctl ipam check` has to be right, too.
"""

import base64
import collections
import dataclasses
import ipaddress
import json
import shlex
import time
from collections.abc import Iterator, Mapping
from typing import Any

from tests.lab import hosts

PATIENCE = 120.0  # seconds until what was interrupted is cleared up
_ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/"
_BLOCKS = "/calico/ipam/v2/assignment/"
_ASK = """
import sys, urllib.request
print(urllib.request.urlopen("http://127.0.0.1:2379/v3/kv/range", sys.argv[1].encode(), 5).read().decode())
"""
_CALICO = "docker network ls --quiet --filter driver=calico | xargs -r docker network inspect"
Addresses = Mapping[str, frozenset[str]]


@dataclasses.dataclass(frozen=True, slots=True)
class Books:
    """The addresses of each endpoint by the engines and by the store; what blocks hold, with the handles."""

    engines: Addresses
    endpoints: Addresses
    blocks: Mapping[str, str]


def read() -> Books:
    """The books one after the other; what changes meanwhile looks wrong until the next look."""
    stored = _stored(_ENDPOINTS)
    endpoints = {document["spec"]["endpoint"]: _plain(document["spec"]["ipNetworks"]) for document in stored}
    held = {address: handle for block in _stored(_BLOCKS) for address, handle in _held(block)}
    engines = {identity: found for host in hosts.HOSTS for identity, found in _engine(host)}
    return Books(engines, endpoints, held)


def problems(books: Books) -> list[str]:
    """What disagrees."""
    given = {address for addresses in books.engines.values() for address in addresses}
    return [
        *(f"double: {said}" for said in _doubles(books.engines)),
        *(f"double: {said}" for said in _doubles(books.endpoints)),
        *(f"leaked: {address} of handle {books.blocks[address]}" for address in sorted(books.blocks.keys() - given)),
        *(f"counts as free, but a container has it: {address}" for address in sorted(given - books.blocks.keys())),
        *(f"no container has the endpoint {name}" for name in sorted(books.endpoints.keys() - books.engines.keys())),
        *(f"a container has no endpoint {name}" for name in sorted(books.engines.keys() - books.endpoints.keys())),
    ]


def agree(*, patience: float = PATIENCE) -> None:
    """Assert that the books agree within the time, and that every host's calicoctl says so."""
    end = time.monotonic() + patience
    while (found := problems(read())) and time.monotonic() < end:
        time.sleep(1)
    assert not found, "\n".join(found)
    for host in hosts.HOSTS:
        hosts.must(host, "calicoctl ipam check")


def doubles() -> set[str]:
    """Addresses that two endpoints have, as one revision of the store says."""
    return _doubles({name["spec"]["endpoint"]: _plain(name["spec"]["ipNetworks"]) for name in _stored(_ENDPOINTS)})


def _doubles(users: Addresses) -> set[str]:
    having = collections.defaultdict(list)
    for name, addresses in users.items():
        for address in addresses:
            having[address].append(name)
    return {f"{address} of {' and '.join(names)}" for address, names in having.items() if len(names) > 1}


def _engine(host: str) -> Iterator[tuple[str, frozenset[str]]]:
    for network in json.loads(hosts.must(host, _CALICO) or "[]"):
        for entry in network["Containers"].values():
            yield entry["EndpointID"], _plain(entry[name] for name in ("IPv4Address", "IPv6Address") if entry[name])


def _held(block: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    first = ipaddress.ip_network(block["cidr"]).network_address
    for ordinal, index in enumerate(block["allocations"]):
        attributes = {} if index is None else block["attributes"][index]
        if index is not None and "releasedAt" not in attributes:
            yield str(first + ordinal), str(attributes.get("handle_id"))


def _stored(prefix: str) -> list[dict[str, Any]]:
    """All documents below a prefix, at one revision."""
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    asked = json.dumps({"key": _encoded(prefix), "range_end": _encoded(end)})
    answer = _first(f"python3 -c {shlex.quote(_ASK)} {shlex.quote(asked)}")
    return [json.loads(base64.b64decode(record["value"])) for record in json.loads(answer).get("kvs", [])]


def _first(command: str) -> str:
    """The answer of the first member that has one."""
    *others, last = hosts.DATASTORE
    for member in others:
        if (answer := hosts.run(member, command)).code == 0:
            return answer.text
    return hosts.must(last, command)


def _encoded(key: str) -> str:
    return base64.b64encode(key.encode()).decode()


def _plain(networks: Any) -> frozenset[str]:
    return frozenset(str(ipaddress.ip_interface(network).ip) for network in networks)
