"""The agent's settings for one host: FelixConfiguration ``default``, and ``node.<host>`` over it field by field."""

from __future__ import annotations

import dataclasses

from ansible_collections.calico.docker.plugins.module_utils.model import felix_configurations
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """Calico's defaults stand here; names are Calico's."""

    default_endpoint_to_host_action: str = "Drop"
    log_prefix: str = "calico-packet"


def settings(snapshot: Snapshot, host: str) -> Settings:
    """What is set for a host."""
    found = {}
    for name in (felix_configurations.DEFAULT, f"node.{host}"):
        configuration = snapshot.felix_configurations.get(name)
        for field in dataclasses.fields(Settings) if configuration else ():
            if (value := getattr(configuration and configuration.spec, field.name)) is not None:
                found[field.name] = value
    return Settings(**found)
