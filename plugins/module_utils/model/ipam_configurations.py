"""IPAMConfiguration ``default``: kept for upstream's tools; with etcd, IPAM follows /calico/ipam/v2/config alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import ClassVar

from . import fields, schema
from .errors import Problem
from .resources import Resource

DEFAULT = "default"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class IPAMConfigurationSpec:
    """Both flags are always written, for an absent one is false to upstream's readers."""

    strict_affinity: bool = schema.member("strictAffinity", fields.BOOLEAN, False)
    auto_allocate_blocks: bool = schema.member("autoAllocateBlocks", fields.BOOLEAN, False)
    max_blocks_per_host: int | None = schema.member("maxBlocksPerHost", fields.integer(0, 1000000))
    kube_virt_vm_address_persistence: str | None = schema.member("kubeVirtVMAddressPersistence", fields.text())


@dataclasses.dataclass(frozen=True, slots=True)
class IPAMConfiguration(Resource):
    """The only one is named ``default``."""

    spec: IPAMConfigurationSpec

    KIND: ClassVar[str] = "IPAMConfiguration"
    PLURAL: ClassVar[str] = "ipamconfigurations"
    SPEC: ClassVar[type[IPAMConfigurationSpec]] = IPAMConfigurationSpec

    def problems(self) -> Iterable[Problem]:
        if self.name != DEFAULT:
            yield Problem("metadata.name", self.name, "must be default, there is one per cluster")
