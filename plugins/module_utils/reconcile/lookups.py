"""What of a kind is stored, as far as it is valid."""

from __future__ import annotations

from typing import TypeVar

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import errors, resources

R = TypeVar("R", bound=resources.Resource)


def every(store: stores.Store, kind: type[R]) -> tuple[list[R], int]:
    """The valid resources of a kind, and the revision that this is true of."""
    listing = store.list(resources.prefix_of(kind))
    found = []
    for record in listing.records:
        try:
            found.append(kind.decode(record.document()))
        except errors.Invalid:  # it stands for nothing: the node's agent reports it
            continue
    return found, listing.revision
