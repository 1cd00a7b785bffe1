"""What every cluster has: the resources that upstream's tools create when they are missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import (
    bgp_configurations,
    cluster_informations,
    felix_configurations,
    ipam_configurations,
    kinds,
    resources,
    tiers,
)

from . import Marks, Outcome, converge, merges


def bootstrap(
    store: stores.Store,
    *,
    timestamp: str,
    new_uid: Callable[[], str],
    as_number: int | None = None,
    check_mode: bool = False,
) -> dict[str, Outcome]:
    """Create what is missing; of what is there only the AS number changes, and only if one is given."""

    def merge(wanted: resources.Resource, stored: resources.Resource | None) -> resources.Resource:
        kept = merges.keep_stored(wanted, stored)
        if not isinstance(kept, bgp_configurations.BGPConfiguration) or as_number is None:
            return kept
        return dataclasses.replace(kept, spec=dataclasses.replace(kept.spec, as_number=as_number))

    outcomes = {}
    for resource in _initial(new_uid().replace("-", "")):
        outcomes[f"{resource.KIND}/{resource.name}"] = converge(
            store,
            kinds.KeyParts(type(resource), resource.name, None),
            resource,
            Marks(new_uid(), timestamp),
            merge=merge,
            check_mode=check_mode,
        )
    return outcomes


def _initial(guid: str) -> Iterable[resources.Resource]:
    """Tiers first and ClusterInformation last: it tells upstream's Felix that the datastore is ready."""
    for name in tiers.WELL_KNOWN:
        yield tiers.well_known(name)
    default = resources.Metadata(name=bgp_configurations.DEFAULT)
    yield bgp_configurations.BGPConfiguration(default, bgp_configurations.BGPConfigurationSpec())
    # As upstream's node writes it: no periodic status keys in the store.
    felix = felix_configurations.FelixConfigurationSpec(reporting_interval="0s", log_severity_screen="Info")
    yield felix_configurations.FelixConfiguration(default, felix)
    ipam = ipam_configurations.IPAMConfigurationSpec(auto_allocate_blocks=True)
    yield ipam_configurations.IPAMConfiguration(default, ipam)
    yield cluster_informations.initial(guid)
