"""A host that is gone for good: all that it holds is released, then its Node goes with what is about it alone.

Each transaction leaves the store in order, so that a release that breaks off is simply begun again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import errors, fields, kinds, nodes, resources

from . import ATTEMPTS, Marks, Outcome, converge, estates, shown

Probe = Callable[[fields.Address], bool]


@dataclasses.dataclass(frozen=True, slots=True)
class Release:
    """What became of the Node, and what the host held: names of endpoints, addresses, blocks."""

    node: Outcome
    endpoints: tuple[str, ...]
    addresses: tuple[str, ...]
    blocks: tuple[str, ...]

    @property
    def changed(self) -> bool:
        return self.node.changed or bool(self.endpoints or self.addresses or self.blocks)


def decommission(
    store: stores.Store, name: str, now: float, *, answers: Probe | None, check_mode: bool = False
) -> Release:
    """Release all that node ``name`` holds, and remove its Node.

    ``answers`` says of an address whether somebody is there; None: do not ask. Raises Invalid if the host is there,
    StoreError.
    """
    if answers is not None:
        _refuse_living(store, name, answers)
    before = estates.read(store, name, now)
    if check_mode:
        return _told(_foreseen(store, name), before)
    _release(store, name, now)
    outcome = converge(store, kinds.KeyParts(nodes.Node, name, None), None, Marks("", ""))
    _release(store, name, now)  # what it may have taken until its Node was gone
    return _told(outcome, before)


def addresses_of(store: stores.Store, name: str) -> Iterator[fields.Address]:
    """Where the host of a node is reached, as far as its Node can be read."""
    if (node := _node(store, name)) is not None:
        yield from (address for version in (4, 6) if (address := node.address(version)) is not None)


def _refuse_living(store: stores.Store, name: str, answers: Probe) -> None:
    if _node(store, name) is None and store.get(resources.key_of(nodes.Node, name)) is not None:
        raise errors.Invalid.of(
            name,
            "its Node cannot be read, so whether the host is there cannot be found out: mend the Node, or use force "
            "if the host is gone",
            "metadata.name",
        )
    for address in addresses_of(store, name):
        if answers(address):
            raise errors.Invalid.of(
                name,
                f"the host is there, {address} answers: containers that run on it would lose their network and their "
                "addresses. Shut it down first, or use force if another machine has that address now",
                "metadata.name",
            )


def _release(store: stores.Store, name: str, now: float) -> None:
    """Transaction by transaction, each decided on a fresh view; only a lost race counts as an attempt."""
    attempts = 0
    while (change := estates.read(store, name, now).next_change()) is not None:
        try:
            change.commit(store)
            attempts = 0
        except stores.Conflict as conflict:
            attempts += 1
            if attempts == ATTEMPTS:
                raise stores.StoreError(
                    f"node {name}: other writers were faster {ATTEMPTS} times ({conflict}); run this again"
                ) from conflict


def _foreseen(store: stores.Store, name: str) -> Outcome:
    """What removing the Node would be, once the host holds nothing any more."""
    record = store.get(resources.key_of(nodes.Node, name))
    node = _node(store, name)
    return Outcome(record is not None, None if node is None else shown(node), None)


def _node(store: stores.Store, name: str) -> nodes.Node | None:
    record = store.get(resources.key_of(nodes.Node, name))
    try:
        return None if record is None else nodes.Node.decode(record.document())
    except errors.Invalid:
        return None


def _told(node: Outcome, before: estates.Estate) -> Release:
    return Release(
        node,
        tuple(sorted(key.rpartition("/")[2] for key in before.endpoints)),
        tuple(map(str, sorted(before.addresses, key=lambda address: (address.version, int(address))))),
        tuple(map(str, sorted(before.claimed, key=lambda cidr: (cidr.version, int(cidr.network_address))))),
    )
