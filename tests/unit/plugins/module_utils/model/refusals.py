"""How the tables of refused input are checked."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import errors, resources


def refused(kind: type[resources.Resource], spec: dict[str, Any], name: str = "x", **metadata: Any) -> list[str]:
    """The fields that are refused, all of them, each with a text that says what is allowed."""
    with pytest.raises(errors.Invalid) as caught:
        kind.decode({"metadata": {"name": name, **metadata}, "spec": spec}, strict=True)
    assert all(problem.allowed for problem in caught.value.problems)
    return [problem.field for problem in caught.value.problems]


def accepted(kind: type[resources.Resource], spec: dict[str, Any], name: str = "x", **metadata: Any) -> Any:
    """The resource, which is the same when it is written and read again."""
    resource = kind.decode({"metadata": {"name": name, **metadata}, "spec": spec}, strict=True)
    assert kind.decode(resource.encode(), strict=True) == resource
    return resource
