"""ClusterInformation ``default``: the cluster's identity; Felix starts only when it says datastoreReady."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import ClassVar

from . import fields, schema
from .errors import Problem
from .resources import Metadata, Resource

DEFAULT = "default"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClusterInformationSpec:
    """``calico_version`` stays empty: a value makes upstream's calicoctl of another version refuse to work."""

    cluster_guid: str | None = schema.member("clusterGUID", fields.text(r"[0-9a-f]{32}", "32 hexadecimal digits"))
    cluster_type: str | None = schema.member("clusterType", fields.text())
    calico_version: str | None = schema.member("calicoVersion", fields.text())
    datastore_ready: bool | None = schema.member("datastoreReady", fields.BOOLEAN)


@dataclasses.dataclass(frozen=True, slots=True)
class ClusterInformation(Resource):
    """The only one is named ``default``."""

    spec: ClusterInformationSpec

    KIND: ClassVar[str] = "ClusterInformation"
    PLURAL: ClassVar[str] = "clusterinformations"
    SPEC: ClassVar[type[ClusterInformationSpec]] = ClusterInformationSpec

    def problems(self) -> Iterable[Problem]:
        if self.name != DEFAULT:
            yield Problem("metadata.name", self.name, "must be default, there is one per cluster")


def initial(guid: str) -> ClusterInformation:
    """What a new cluster starts with; ``guid`` is 32 hexadecimal digits."""
    spec = ClusterInformationSpec(cluster_guid=guid, cluster_type="docker", datastore_ready=True)
    return ClusterInformation(Metadata(name=DEFAULT), spec)
