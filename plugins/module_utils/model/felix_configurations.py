"""FelixConfiguration: settings of the agent, by Calico's names; unknown ones are left as they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from . import felix_upstream, fields, rules, schema, selectors
from .errors import Invalid, Problem
from .resources import Resource

DEFAULT = "default"
# What is before the name of a node in the name of its own configuration
_NODE = "node."
# Upstream's older versions write "" for a port without a network.
_NET: schema.Form[fields.Network | None] = schema.Form(
    lambda value, strict: None if value == "" else fields.LOOSE_NETWORK.decode(value, strict), str
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProtoPort:
    """A port that stays open on HostEndpoints whatever policy says, from or to anywhere or one network."""

    protocol: str = schema.member("protocol", fields.choice("TCP", "UDP", "SCTP", "tcp", "udp", "sctp"), "TCP")
    port: int = schema.member("port", fields.integer(0, 65535), required=True)
    net: fields.Network | None = schema.member("net", _NET)

    @property
    def protocol_number(self) -> int:
        """IANA's number."""
        return rules.protocol_number(self.protocol.upper())


def _ports(*words: str) -> tuple[ProtoPort, ...]:
    return tuple(ProtoPort(protocol=word[:3], port=int(word[4:])) for word in words)


PROTO_PORT: schema.Form[ProtoPort] = schema.struct(ProtoPort)
_FAILSAFES = fields.sequence(PROTO_PORT, keep_empty=True)


def _decode_nat_ports(value: object, strict: bool) -> rules.PortRange:
    port = rules.PORT.decode(value, strict)
    if isinstance(port, str):
        raise Invalid.of(value, 'must be a range of ports such as "32768:65535"')
    return port


_NAT_PORTS: schema.Form[rules.PortRange] = schema.Form(_decode_nat_ports, rules.PORT.encode)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FelixConfigurationSpec(felix_upstream.UpstreamSettings):
    """Absent fields mean what a weaker FelixConfiguration says, in the end DEFAULTS."""

    node_selector: str | None = schema.member("nodeSelector", fields.SELECTOR)
    default_endpoint_to_host_action: str | None = schema.member(
        "defaultEndpointToHostAction", fields.choice("Drop", "Return", "Accept")
    )
    log_prefix: str | None = schema.member("logPrefix", fields.text(r"[ -~]{1,27}", "1 to 27 printable characters"))
    failsafe_inbound_host_ports: tuple[ProtoPort, ...] | None = schema.member("failsafeInboundHostPorts", _FAILSAFES)
    failsafe_outbound_host_ports: tuple[ProtoPort, ...] | None = schema.member("failsafeOutboundHostPorts", _FAILSAFES)
    disable_conntrack_invalid_check: bool | None = schema.member("disableConntrackInvalidCheck", fields.BOOLEAN)
    workload_source_spoofing: str | None = schema.member("workloadSourceSpoofing", fields.choice("Disabled", "Any"))
    allow_vxlan_packets_from_workloads: bool | None = schema.member("allowVXLANPacketsFromWorkloads", fields.BOOLEAN)
    allow_ipip_packets_from_workloads: bool | None = schema.member("allowIPIPPacketsFromWorkloads", fields.BOOLEAN)
    vxlan_port: int | None = schema.member("vxlanPort", fields.integer(1, 65535))
    vxlan_vni: int | None = schema.member("vxlanVNI", fields.integer(1, 16777215))
    vxlan_mtu: int | None = schema.member("vxlanMTU", fields.integer(0, 65535))
    ipip_mtu: int | None = schema.member("ipipMTU", fields.integer(0, 65535))
    nat_outgoing_address: fields.Address | None = schema.member("natOutgoingAddress", fields.address(4))
    nat_outgoing_exclusions: str | None = schema.member(
        "natOutgoingExclusions", fields.choice("IPPoolsOnly", "IPPoolsAndHostIPs")
    )
    nat_port_range: rules.PortRange | None = schema.member("natPortRange", _NAT_PORTS)


# Calico's defaults of what the agent follows.
DEFAULTS = FelixConfigurationSpec(
    default_endpoint_to_host_action="Drop",
    interface_prefix="cali",
    log_prefix="calico-packet",
    failsafe_inbound_host_ports=_ports(
        "TCP/22", "UDP/68", "TCP/179", "TCP/2379", "TCP/2380", "TCP/5473", "TCP/6443", "TCP/6666", "TCP/6667"
    ),
    failsafe_outbound_host_ports=_ports(
        "UDP/53", "UDP/67", "TCP/179", "TCP/2379", "TCP/2380", "TCP/5473", "TCP/6443", "TCP/6666", "TCP/6667"
    ),
    disable_conntrack_invalid_check=False,
    workload_source_spoofing="Disabled",
    allow_vxlan_packets_from_workloads=False,
    allow_ipip_packets_from_workloads=False,
    vxlan_port=4789,
    vxlan_vni=4096,
    vxlan_mtu=0,
    ipip_mtu=0,
    nat_outgoing_exclusions="IPPoolsOnly",
)


@dataclasses.dataclass(frozen=True, slots=True)
class FelixConfiguration(Resource):
    """``default`` for the cluster, ``node.<name>`` for one host, any other for the hosts that nodeSelector matches."""

    spec: FelixConfigurationSpec

    KIND: ClassVar[str] = "FelixConfiguration"
    PLURAL: ClassVar[str] = "felixconfigurations"
    SPEC: ClassVar[type[FelixConfigurationSpec]] = FelixConfigurationSpec

    def problems(self) -> Iterable[Problem]:
        scoped = self.name != DEFAULT and not self.name.startswith(_NODE)
        if scoped and self.spec.node_selector is None:
            yield Problem("metadata.name", self.name, "must be default or node.<node name>, or give a nodeSelector")
        if not scoped and self.spec.node_selector is not None:
            yield Problem(
                "spec.nodeSelector", self.spec.node_selector, f"excludes the name {self.name}, which says where"
            )


def effective(known: Mapping[str, FelixConfiguration], host: str, labels: Mapping[str, str]) -> FelixConfigurationSpec:
    """What holds, field by field, on a host whose Node has these labels.

    ``node.<host>`` before the oldest one whose nodeSelector matches, before ``default``, before DEFAULTS.
    """
    layers = [DEFAULTS]
    layers += [known[DEFAULT].spec] if DEFAULT in known else []
    layers += _selecting(known.values(), labels)
    layers += [known[_NODE + host].spec] if _NODE + host in known else []
    found = {name: value for layer in layers for name, value in _given(layer) if name != "node_selector"}
    return FelixConfigurationSpec(**found)


def _selecting(known: Iterable[FelixConfiguration], labels: Mapping[str, str]) -> list[FelixConfigurationSpec]:
    """The oldest one that selects a Node with these labels, if any; equal ages by name."""
    found = [one for one in known if one.spec.node_selector and selectors.parse(one.spec.node_selector).matches(labels)]
    found.sort(key=lambda one: (one.metadata.creation_timestamp or "", one.name))
    return [one.spec for one in found[:1]]


def _given(spec: FelixConfigurationSpec) -> Iterable[tuple[str, Any]]:
    values = ((field.name, getattr(spec, field.name)) for field in dataclasses.fields(spec))
    return ((name, value) for name, value in values if value is not None)
