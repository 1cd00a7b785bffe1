"""``calicoctl ipam``: how full pools and blocks are, who holds an address, its release; ``check`` is in ipam_check."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.reconcile import releasing, usage

from . import ipam_check, tables
from .context import Context
from .errors import CommandError

_HEADING = ("GROUPING", "CIDR", "IPS TOTAL", "IPS IN USE", "IPS FREE")


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "action",
        choices=["show", "check", "release"],
        help="show: addresses in use and free; check: what is leaked, double or orphaned (exit code 1 if anything is); "
        "release: give back an address (--ip) that nobody has",
    )
    parser.add_argument("--repair", action="store_true", help="with check: put right what is safe to")
    parser.add_argument("--show-blocks", action="store_true", help="each block too, with the node that owns it")
    parser.add_argument("--ip", type=_address, metavar="ADDRESS", help="who holds this address, or which to release")
    parser.add_argument("--force", action="store_true", help="with release: though an endpoint seems to have it")


def _address(text: str) -> fields.Address:
    try:
        return fields.ADDRESS.decode(text, True)
    except Invalid as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(arguments: argparse.Namespace, context: Context) -> None:
    """Print what is assigned, or wrong. Raises CommandError, StoreError, Invalid."""
    if arguments.repair and arguments.action != "check":
        raise CommandError("--repair belongs to: calicoctl ipam check")
    if arguments.force and arguments.action != "release":
        raise CommandError("--force belongs to: calicoctl ipam release")
    _ACTIONS[arguments.action](arguments, context)


def _show(arguments: argparse.Namespace, context: Context) -> None:
    with context.store(arguments) as opened:
        found = usage.read(opened, context.clock.time())
    for text in found.unreadable:
        context.warn(f"left out, not valid: {text}")
    if arguments.ip is not None:
        context.stdout.write(_holder(found, arguments.ip))
        return
    rows = [row for pool in found.pools for row in _rows(pool, found, with_blocks=arguments.show_blocks)]
    context.stdout.write(tables.framed([_HEADING, *rows]))


def _release(arguments: argparse.Namespace, context: Context) -> None:
    if arguments.ip is None:
        raise CommandError("name the address: calicoctl ipam release --ip ADDRESS")
    with context.store(arguments) as opened:
        found = releasing.release(opened, [arguments.ip], context.clock.time(), force=arguments.force)
    if not found.addresses:
        raise CommandError(f"{arguments.ip} is not assigned")
    context.stdout.write(f"Successfully released IP address {arguments.ip}\n")


_ACTIONS = {"check": ipam_check.run, "show": _show, "release": _release}


def _rows(pool: ip_pools.IPPool, found: usage.Usage, *, with_blocks: bool) -> Iterable[tuple[str, ...]]:
    own = found.of_pool(pool)
    yield _row(f"IP Pool {pool.name}", pool.spec.cidr, sum(block.taken for block in own))
    for block in own if with_blocks else ():
        yield _row(f"  Block of {block.node or 'nobody'}", block.cidr, block.taken)


def _row(grouping: str, cidr: fields.Network, used: int) -> tuple[str, ...]:
    total = cidr.num_addresses
    return (grouping, str(cidr), _number(total), _share(used, total), _share(total - used, total))


def _share(part: int, total: int) -> str:
    return f"{_number(part)} ({round(100 * part / total)}%)"


def _number(value: int) -> str:
    """Whole up to a thousand million; a pool of IPv6 has more addresses than anybody reads."""
    return str(value) if value < 10**9 else f"{value:.4g}"


def _holder(found: usage.Usage, address: fields.Address) -> str:
    held = found.holder(address)
    if held is None:
        return f"{address} is not assigned\n"
    lines = [f"IP {address} is in use", f"  handle: {held.handle}"]
    lines += [f"  {name}: {value}" for name, value in sorted(held.attributes.items())]
    lines += [f"  released at: {held.released_at}"] if held.released_at else []
    lines += [f"  endpoint: {held.endpoint}"] if held.endpoint else []
    return "\n".join(lines) + "\n"
