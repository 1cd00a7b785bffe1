"""What writing one kind of resource demands of the rest of the store."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import errors


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Why a change is refused; else what must still hold when it is written, and what goes with it."""

    problems: tuple[errors.Problem, ...] = ()
    expect: Mapping[str, int] = dataclasses.field(default_factory=dict)
    unchanged: Mapping[str, int] = dataclasses.field(default_factory=dict)
    deletes: tuple[str, ...] = ()


# (store, stored or None, wanted or None): each of the kind that the guard is for. At least one is given.
Guard = Callable[[store.Store, Any, Any], Terms]
