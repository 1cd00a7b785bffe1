"""JSON merge patches (RFC 7386), and of Kubernetes' strategic ones what means the same.

No list in a spec of Calico's has a merge key, so a strategic patch replaces lists as a merge patch does, unless a
directive says otherwise. Those are refused.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid


def applied(document: Any, patch: Any) -> Any:
    """The document with the patch laid over it: null removes a member, everything but objects is replaced."""
    if not isinstance(patch, dict):
        return patch
    changed = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            changed.pop(name, None)
        else:
            changed[name] = applied(changed.get(name), value)
    return changed


def refuse_directives(patch: Any, place: str = "patch") -> None:
    """Raises Invalid if there is a ``$patch`` or the like anywhere in it."""
    if isinstance(patch, list):
        for index, item in enumerate(patch):
            refuse_directives(item, f"{place}[{index}]")
    elif isinstance(patch, dict):
        for name, value in patch.items():
            if name.startswith("$"):
                allowed = "directives of strategic patches are not supported: state the whole list, or use --type json"
                raise Invalid.of(value, allowed, f"{place}.{name}")
            refuse_directives(value, f"{place}.{name}")
