"""What a list of each kind shows, upstream's columns: ``ps`` and ``wide``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import policies

Document = Mapping[str, Any]
# heading -> the value's place in the document, or how to make it
Column = tuple[str, str | Callable[[Document], object]]

_LINE = 80
_NAME: Column = ("NAME", "metadata.name")
_NAMESPACE: Column = ("NAMESPACE", "metadata.namespace")


def _peer_node(document: Document) -> object:
    spec = document["spec"]
    return spec.get("node") or spec.get("nodeSelector") or "(global)"


def _peer_ip(document: Document) -> object:
    spec = document["spec"]
    return spec.get("peerIP") or spec.get("peerSelector")


def _count(direction: str) -> Callable[[Document], object]:
    """How many rules of both families a filter has for a direction."""
    return lambda document: sum(len(document["spec"].get(f"{direction}V{version}", ())) for version in (4, 6))


def _short(name: str) -> Callable[[Document], object]:
    """A list that fits a line."""

    def cut(document: Document) -> object:
        text = ",".join(document["spec"].get(name, ()))
        return text if len(text) <= _LINE else f"{text[: _LINE - 3]}..."

    return cut


_PS: Mapping[str, tuple[Column, ...]] = {
    "BGPConfiguration": (
        _NAME,
        ("LOGSEVERITY", "spec.logSeverityScreen"),
        ("MESHENABLED", "spec.nodeToNodeMeshEnabled"),
        ("ASNUMBER", "spec.asNumber"),
    ),
    "BGPFilter": (_NAME, ("NUMEXPORT", _count("export")), ("NUMIMPORT", _count("import"))),
    "BGPPeer": (_NAME, ("PEERIP", _peer_ip), ("NODE", _peer_node), ("ASN", "spec.asNumber")),
    "ClusterInformation": (_NAME, ("CLUSTERGUID", "spec.clusterGUID"), ("DATASTOREREADY", "spec.datastoreReady")),
    "FelixConfiguration": (_NAME, ("LOGSEVERITY", "spec.logSeverityScreen")),
    "HostEndpoint": (_NAME, ("NODE", "spec.node")),
    "IPAMConfiguration": (
        _NAME,
        ("STRICTAFFINITY", "spec.strictAffinity"),
        ("AUTOALLOCATEBLOCKS", "spec.autoAllocateBlocks"),
    ),
    "IPPool": (_NAME, ("CIDR", "spec.cidr"), ("SELECTOR", "spec.nodeSelector")),
    **{kind.KIND: (_NAME, ("TIER", "spec.tier")) for kind in policies.KINDS},
    "Tier": (_NAME, ("ORDER", "spec.order"), ("DEFAULTACTION", "spec.defaultAction")),
    "WorkloadEndpoint": (
        ("WORKLOAD", "spec.workload"),
        ("NODE", "spec.node"),
        ("NETWORKS", "spec.ipNetworks"),
        ("INTERFACE", "spec.interfaceName"),
    ),
}
_WIDE: Mapping[str, tuple[Column, ...]] = {
    "GlobalNetworkSet": (_NAME, ("NETS", _short("nets"))),
    "HostEndpoint": (
        _NAME,
        ("NODE", "spec.node"),
        ("INTERFACE", "spec.interfaceName"),
        ("IPS", "spec.expectedIPs"),
        ("PROFILES", "spec.profiles"),
    ),
    "IPAMConfiguration": (
        _NAME,
        ("STRICTAFFINITY", "spec.strictAffinity"),
        ("AUTOALLOCATEBLOCKS", "spec.autoAllocateBlocks"),
        ("MAXBLOCKSPERHOST", "spec.maxBlocksPerHost"),
    ),
    "IPPool": (
        _NAME,
        ("CIDR", "spec.cidr"),
        ("BLOCKSIZE", "spec.blockSize"),
        ("NAT", "spec.natOutgoing"),
        ("IPIPMODE", "spec.ipipMode"),
        ("VXLANMODE", "spec.vxlanMode"),
        ("DISABLED", "spec.disabled"),
        ("DISABLEBGPEXPORT", "spec.disableBGPExport"),
        ("SELECTOR", "spec.nodeSelector"),
    ),
    "IPReservation": (_NAME, ("CIDRS", _short("reservedCIDRs"))),
    "NetworkSet": (_NAME, ("NETS", _short("nets"))),
    "Node": (
        _NAME,
        ("ASN", "spec.bgp.asNumber"),
        ("IPV4", "spec.bgp.ipv4Address"),
        ("IPV6", "spec.bgp.ipv6Address"),
    ),
    **{
        kind.KIND: (
            _NAME,
            ("TIER", "spec.tier"),
            ("ORDER", "spec.order"),
            ("SELECTOR", "spec.selector"),
            ("TYPES", "spec.types"),
        )
        for kind in policies.KINDS
    },
    "Profile": (_NAME, ("LABELS", "spec.labelsToApply")),
    "WorkloadEndpoint": (
        _NAME,
        ("NODE", "spec.node"),
        ("NETWORKS", "spec.ipNetworks"),
        ("INTERFACE", "spec.interfaceName"),
        ("PROFILES", "spec.profiles"),
    ),
}
# Upstream writes only flags that are true; a table says the others too.
_FLAGS = ("spec.natOutgoing", "spec.disabled", "spec.disableBGPExport")


def rows(kind: str, documents: Iterable[Document], *, wide: bool, namespaces: bool) -> list[list[str]]:
    """The heading, and a row for each document."""
    columns = (_WIDE.get(kind) if wide else None) or _PS.get(kind, (_NAME,))
    if namespaces:
        columns = (_NAMESPACE, *columns)
    heading = [heading for heading, _place in columns]
    return [heading, *([_cell(document, place) for _heading, place in columns] for document in documents)]


def _cell(document: Document, place: str | Callable[[Document], object]) -> str:
    if not isinstance(place, str):
        return _text(place(document))
    value: Any = document
    for name in place.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return _text(False if value is None and place in _FLAGS else value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ",".join(f"{name}={item}" for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return str(value)
