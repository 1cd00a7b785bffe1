"""What an audit says: one thing that is wrong, and the transaction that puts it right, where that is safe. Pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.calico.docker.plugins.module_utils.reconcile import changes


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """``subject`` is an address, a block, a handle or a key; without ``change`` a person must decide."""

    kind: str
    subject: str
    text: str
    change: changes.Change | None = None

    @property
    def identity(self) -> tuple[str, str]:
        return self.kind, self.subject
