"""``calicoctl explain``: whether a packet may pass from one address to another, and who decides that."""

from __future__ import annotations

import argparse

from ansible_collections.calico.docker.plugins.module_utils.model import (
    fields,
    ports,
    resources,
    snapshot_builder,
    verdict,
)
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.model.verdict import staged

from . import tables
from .context import Context
from .errors import CommandError

_HEADING = ("ENDPOINT", "DIRECTION", "TIER", "DECIDED BY", "OUTCOME")
_ICMP = {4: 1, 6: 58}
# A client's, if nobody says otherwise: few rules ask for it.
_SOURCE_PORT = 49152


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("source", type=_address, metavar="SOURCE", help="address of who connects")
    parser.add_argument("destination", type=_address, metavar="DESTINATION", help="address of who is connected to")
    parser.add_argument("traffic", metavar="PROTOCOL[/PORT]", help="such as tcp/5432, icmp/8 (a type) or 47")
    parser.add_argument("--source-port", type=int, default=_SOURCE_PORT, metavar="PORT", help="default: %(default)s")
    parser.add_argument("--uplink", default=verdict.UPLINK, metavar="NAME", help="between hosts (default: %(default)s)")
    parser.add_argument("--staged", action="store_true", help="as if the staged policies were in force")


def run(arguments: argparse.Namespace, context: Context) -> None:
    """Print the verdict and its trail. Raises CommandError, StoreError."""
    packet = _packet(arguments)
    with context.store(arguments) as opened:
        listing = opened.list(resources.PREFIX)
    snapshot = snapshot_builder.build(listing.records, listing.revision)
    found = verdict.Oracle(staged.enforced(snapshot) if arguments.staged else snapshot).between(
        packet, uplink=arguments.uplink
    )
    context.stdout.write(f"{found}\n")
    if found.trail:
        rows = [(step.endpoint, step.direction, step.tier or "-", str(step), step.outcome) for step in found.trail]
        context.stdout.write("\n" + tables.padded([_HEADING, *rows]))


def _address(text: str) -> fields.Address:
    try:
        return fields.ADDRESS.decode(text, True)
    except Invalid as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _packet(arguments: argparse.Namespace) -> verdict.Packet:
    """The packet that the arguments describe. Raises CommandError."""
    source, destination = arguments.source, arguments.destination
    if source.version != destination.version:
        raise CommandError(f"{source} and {destination} are of different IP families: no packet has both")
    word, _slash, number = arguments.traffic.partition("/")
    protocol = _protocol(word, source.version)
    if protocol == _ICMP[source.version]:
        return verdict.Packet(protocol, source, destination, icmp_type=_number(number, 254), icmp_code=0)
    if not ports.has_ports(protocol):
        return verdict.Packet(protocol, source, destination)
    return verdict.Packet(protocol, source, destination, arguments.source_port, _number(number, 65535))


def _protocol(word: str, family: int) -> int:
    """By name in any case (icmp is that of the family), or by number."""
    if word.lower() == "icmp":
        return _ICMP[family]
    names = {name.lower(): number for name, number in ports.PROTOCOL_NUMBERS.items()}
    if word.lower() in names:
        return names[word.lower()]
    if word.isascii() and word.isdigit() and 1 <= int(word) <= 255:
        return int(word)
    raise CommandError(f"{word} is no protocol: give one of {', '.join(names)} or a number from 1 to 255")


def _number(text: str, last: int) -> int:
    if text.isascii() and text.isdigit() and int(text) <= last:
        return int(text)
    raise CommandError(f"{text or 'nothing'} is no number up to {last}: give PROTOCOL/PORT, or icmp/TYPE")
