"""``calicoctl ipam show``: how full pools and blocks are, or who holds an address; ``ipam check`` is in ipam_check."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools, resources
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, keys

from . import ipam_check, tables
from .context import Context
from .errors import CommandError

_HEADING = ("GROUPING", "CIDR", "IPS TOTAL", "IPS IN USE", "IPS FREE")


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "action",
        choices=["show", "check"],
        help="show: addresses in use and free; check: what is leaked, double or orphaned (exit code 1 if anything is)",
    )
    parser.add_argument("--repair", action="store_true", help="with check: put right what is safe to")
    parser.add_argument("--show-blocks", action="store_true", help="each block too, with the node that owns it")
    parser.add_argument("--ip", type=_address, metavar="ADDRESS", help="who holds this address")


def _address(text: str) -> fields.Address:
    try:
        return fields.ADDRESS.decode(text, True)
    except Invalid as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(arguments: argparse.Namespace, context: Context) -> None:
    """Print what is assigned, or wrong. Raises CommandError, StoreError, Invalid."""
    if arguments.action == "check":
        ipam_check.run(arguments, context)
        return
    if arguments.repair:
        raise CommandError("--repair belongs to: calicoctl ipam check")
    with context.store(arguments) as opened:
        found = _Read(opened, context)
    if arguments.ip is not None:
        context.stdout.write(_holder(found.blocks, arguments.ip))
        return
    rows = [row for pool in found.pools for row in _rows(pool, found.blocks, with_blocks=arguments.show_blocks)]
    context.stdout.write(tables.framed([_HEADING, *rows]))


class _Read:
    """Pools and blocks of the store, sorted; what cannot be read is warned of and left out."""

    def __init__(self, opened: stores.Store, context: Context) -> None:
        self.pools: list[ip_pools.IPPool] = []
        self.blocks: list[blocks.Block] = []
        for record in opened.list(resources.prefix_of(ip_pools.IPPool)).records:
            try:
                self.pools.append(ip_pools.IPPool.decode(record.document()))
            except Invalid as error:
                context.warn(f"left out, not valid: {record.key}: {error}")
        for version in (4, 6):
            for record in opened.list(keys.blocks(version)).records:
                self._add_block(record, context)
        self.pools.sort(key=lambda pool: _position(pool.spec.cidr))
        self.blocks.sort(key=lambda block: _position(block.cidr))

    def _add_block(self, record: stores.Record, context: Context) -> None:
        cidr = keys.cidr_of(record.key)
        try:
            if cidr is not None:
                self.blocks.append(blocks.decode(cidr, record.document()))
        except Invalid as error:
            context.warn(f"left out, not valid: {record.key}: {error}")


def _position(cidr: fields.Network) -> tuple[int, int]:
    return cidr.version, int(cidr.network_address)


def _rows(pool: ip_pools.IPPool, every: Iterable[blocks.Block], *, with_blocks: bool) -> Iterable[tuple[str, ...]]:
    own = [block for block in every if ip_pools.overlap(block.cidr, pool.spec.cidr)]
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


def _holder(every: Iterable[blocks.Block], address: fields.Address) -> str:
    block = next((block for block in every if address in block.cidr), None)
    attributes = block.holder(address) if block else None
    if attributes is None:
        return f"{address} is not assigned\n"
    lines = [f"IP {address} is in use", f"  handle: {attributes.get('handle_id', '')}"]
    lines += [f"  {name}: {value}" for name, value in sorted((attributes.get("secondary") or {}).items())]
    return "\n".join(lines) + "\n"
