"""Routers' configurations, rendered from the role's templates as Ansible does it."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Mapping
from typing import Any

import jinja2

_TEMPLATES = pathlib.Path(__file__).parents[2] / "roles/fabric/templates"
SUFFIXES = {"frr": "conf", "bird": "conf", "eos": "cfg", "nxos": "cfg", "junos": "conf"}


def _regex_replace(value: str, pattern: str, replacement: str) -> str:
    """Ansible's filter, as far as the templates use it."""
    return re.sub(pattern, replacement, value)


def render(router: Mapping[str, Any]) -> str:
    """The configuration of a router of a plan."""
    loader = jinja2.FileSystemLoader(_TEMPLATES)
    # As module template.
    environment = jinja2.Environment(  # noqa: S701 - no HTML
        loader=loader, trim_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["regex_replace"] = _regex_replace
    platform = router["platform"]
    return environment.get_template(f"{platform}.{SUFFIXES[platform]}.j2").render(router=router)
