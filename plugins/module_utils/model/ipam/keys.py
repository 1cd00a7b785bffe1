"""Where address management stands in etcd (calico/ipam/v2): blocks, a host's affinities, handles, settings. Pure."""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.calico.docker.plugins.module_utils.model import fields

ROOT = "/calico/ipam/v2/"
CONFIG = ROOT + "config"
HANDLES = ROOT + "handle/"
_BLOCK = re.compile(r".*/ipv[46]/block/([0-9a-fA-F.:]+)-([0-9]{1,3})")


def blocks(version: int) -> str:
    """The prefix of all blocks of a family."""
    return f"{ROOT}assignment/ipv{version}/block/"


def block(cidr: fields.Network) -> str:
    """The key of a block."""
    return blocks(cidr.version) + _written(cidr)


def affinities(node: str, version: int) -> str:
    """The prefix of a host's affinities of a family."""
    return f"{ROOT}host/{node}/ipv{version}/block/"


def affinity(node: str, cidr: fields.Network) -> str:
    """The key that says that a block is a host's own."""
    return affinities(node, cidr.version) + _written(cidr)


def handle(name: str) -> str:
    """The key of a handle: what somebody holds, by block."""
    return HANDLES + name


def cidr_of(key: str) -> fields.Network | None:
    """The block that a block's or an affinity's key names; None for any other key."""
    found = _BLOCK.fullmatch(key)
    try:
        return ipaddress.ip_network(f"{found[1]}/{found[2]}") if found else None
    except ValueError:
        return None


def _written(cidr: fields.Network) -> str:
    return f"{cidr.network_address}-{cidr.prefixlen}"
