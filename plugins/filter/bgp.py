"""Filters about BGP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import bgp_secrets


def bgp_password_problems(passwords: Any) -> list[str]:
    """See bgp_password_problems.yml."""
    return [f"calico_bgp_passwords.{problem}" for problem in bgp_secrets.read(passwords).problems]


class FilterModule:
    """Ansible's entry."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name the filters."""
        return {"bgp_password_problems": bgp_password_problems}
