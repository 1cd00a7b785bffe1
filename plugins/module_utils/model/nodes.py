"""Node: a host of the cluster and its BGP addresses."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from . import bgp_numbers, fields, schema
from .resources import Resource

_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_DOTTED_QUAD = rf"{_OCTET}(\.{_OCTET}){{3}}"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NodeBGP:
    """Addresses keep the prefix length of the host's subnet."""

    as_number: int | None = schema.member("asNumber", bgp_numbers.AS_NUMBER)
    ipv4_address: fields.Interface | None = schema.member("ipv4Address", fields.interface(4))
    ipv6_address: fields.Interface | None = schema.member("ipv6Address", fields.interface(6))
    ipv4_ipip_tunnel_addr: str | None = schema.member("ipv4IPIPTunnelAddr", fields.text())
    route_reflector_cluster_id: str | None = schema.member(
        "routeReflectorClusterID", fields.text(_DOTTED_QUAD, "four numbers up to 255 such as 1.0.0.1")
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NodeSpec:
    """``bgp`` is absent on a host that does not take part in BGP."""

    bgp: NodeBGP | None = schema.member("bgp", schema.struct(NodeBGP))
    ipv4_vxlan_tunnel_addr: str | None = schema.member("ipv4VXLANTunnelAddr", fields.text())
    ipv6_vxlan_tunnel_addr: str | None = schema.member("ipv6VXLANTunnelAddr", fields.text())
    vxlan_tunnel_mac_addr: str | None = schema.member("vxlanTunnelMACAddr", fields.text())
    vxlan_tunnel_mac_addr_v6: str | None = schema.member("vxlanTunnelMACAddrV6", fields.text())
    orch_refs: Any = schema.member("orchRefs", fields.ANYTHING)
    addresses: Any = schema.member("addresses", fields.ANYTHING)
    interfaces: Any = schema.member("interfaces", fields.ANYTHING)
    wireguard: Any = schema.member("wireguard", fields.ANYTHING)

    def __post_init__(self) -> None:
        # Upstream refuses a Node with an empty one.
        if self.bgp == NodeBGP():
            object.__setattr__(self, "bgp", None)


@dataclasses.dataclass(frozen=True, slots=True)
class Node(Resource):
    """A host."""

    spec: NodeSpec

    KIND: ClassVar[str] = "Node"
    PLURAL: ClassVar[str] = "nodes"
    SPEC: ClassVar[type[NodeSpec]] = NodeSpec

    def address(self, version: int) -> fields.Address | None:
        """Its BGP address of a family, without the prefix length."""
        bgp = self.spec.bgp
        found = None if bgp is None else bgp.ipv4_address if version == 4 else bgp.ipv6_address
        return None if found is None else found.ip
