"""What an audit says: one thing that is wrong, and the transaction that puts it right, where that is safe. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import keys

from . import books


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Arguments of ``store.commit``: it holds only while all that the finding rests on is as it was read."""

    puts: Mapping[str, store.Document] = dataclasses.field(default_factory=dict)
    deletes: tuple[str, ...] = ()
    expect: Mapping[str, int] = dataclasses.field(default_factory=dict)
    unchanged: Mapping[str, int] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """``subject`` is an address, a block, a handle or a key; without ``change`` a person must decide."""

    kind: str
    subject: str
    text: str
    change: Change | None = None

    @property
    def identity(self) -> tuple[str, str]:
        return self.kind, self.subject


def counted(name: str, handle: books.Handle | None, cidr: fields.Network, by: int) -> Change | None:
    """A handle that has ``by`` more addresses in a block; None if the handle cannot be read."""
    if handle is not None and handle.counts is None:
        return None
    before = {} if handle is None or handle.counts is None else dict(handle.counts)
    return written(name, {**before, cidr: before.get(cidr, 0) + by}, 0 if handle is None else handle.revision)


def written(name: str, counts: Mapping[fields.Network, int], revision: int) -> Change:
    """The handle with these counts; one without address is deleted, and one that never was stays away."""
    key = keys.handle(name)
    left = {str(cidr): count for cidr, count in counts.items() if count > 0}
    if left:
        return Change(puts={key: {"block": left, "deleted": False}}, expect={key: revision})
    return Change(deletes=(key,) if revision else (), expect={key: revision})


def merged(*changes: Change) -> Change:
    """All of them in one transaction."""
    return Change(
        puts={key: document for change in changes for key, document in change.puts.items()},
        deletes=tuple(key for change in changes for key in change.deletes),
        expect={key: revision for change in changes for key, revision in change.expect.items()},
        unchanged={prefix: revision for change in changes for prefix, revision in change.unchanged.items()},
    )
