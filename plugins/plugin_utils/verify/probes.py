"""Who pings whom, and what came of it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ansible_collections.calico.docker.plugins.plugin_utils import inventory

from . import reading, rows

_ADDRESSES = {4: "IPAddress", 6: "GlobalIPv6Address"}
CONTAINER = "probe container"
_POLICY = "routes are not to blame if the rows above are ok: does policy let network {} ping?"


def pairs(hosts: inventory.Hosts, names: Sequence[str], limit: int) -> list[tuple[str, str]]:
    """A pair of hosts for each pair of racks and one inside of each rack, at most ``limit``.

    A host without a rack is one by itself. The nearest in the order of names come first, so that with a small limit
    every rack is in some pair still; hosts of a rack take turns.
    """
    racks: dict[str, list[str]] = {}
    for name in sorted(names):
        racks.setdefault(str(hosts[name].get("calico_rack", f"host {name}")), []).append(name)
    members = list(racks.values())
    between = [
        (members[one][distance % len(members[one])], members[other][0]) for distance, one, other in _far(members)
    ]
    inside = [(rack[0], rack[1]) for rack in members if len(rack) > 1]
    return [*between, *inside][:limit]


def _far(members: Sequence[object]) -> Iterator[tuple[int, int, int]]:
    """Distance and the numbers of two racks: neighbours of a ring, then those two apart, and so on."""
    seen = set()
    for distance, one in itertools.product(range(1, len(members) // 2 + 1), range(len(members))):
        pair = frozenset({one, (one + distance) % len(members)})
        if pair not in seen:
            seen.add(pair)
            yield distance, one, (one + distance) % len(members)


def addresses(result: reading.Result) -> list[str]:
    """Those of a probe container, as ``docker inspect`` printed its networks."""
    try:
        (network,) = json.loads(result.get("stdout") or "").values()
    except (ValueError, AttributeError):
        return []
    return [network[name] for name in _ADDRESSES.values() if network.get(name)]


def check(host: str, seen: Mapping[str, reading.Result], network: str) -> Iterable[rows.Row]:
    """The container of a host (``started``, ``addresses``), and its ``pings``: items of (target host, address)."""
    started = seen["started"]
    if reading.was_skipped(started):
        return
    if started.get("rc") != 0:
        yield rows.failed(host, CONTAINER, _not_started(started))
    elif not (own := addresses(seen["addresses"])):
        yield rows.failed(host, CONTAINER, f"it has no address: did it end at once? {reading.complaint(started)}")
    else:
        yield rows.Row(host, CONTAINER, differs=" ".join(own))
        yield from _pings(host, seen["pings"], network)


def _pings(host: str, pings: reading.Result, network: str) -> Iterable[rows.Row]:
    for one in pings.get("results") or ():
        if reading.was_skipped(one):
            continue
        target, address = one["item"]
        check_ = f"ping of {target}'s container"
        if one.get("rc") == 0:
            yield rows.Row(host, check_, differs=address)
        else:
            said = " ".join(reading.complaint(one).split())
            yield rows.failed(host, check_, f"{address} does not answer; {_POLICY.format(network)} ping says: {said}")


def _not_started(result: reading.Result) -> str:
    said = " ".join(reading.complaint(result).split())
    if "No such image" in said or "Unable to find image" in said:
        return f"docker pull the image, name another in calico_verify_image, or --skip-tags probe: {said}"
    return f"it did not start: {said}"


def targets(own: str, chosen: Iterable[Sequence[str]], known: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """What a host pings: (target host, address)."""
    return [(target, address) for source, target in chosen if source == own for address in known.get(target, ())]
