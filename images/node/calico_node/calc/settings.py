"""The agent's settings for one host, as far as its kernel has to follow them. Names are Calico's."""

from __future__ import annotations

import dataclasses
import ipaddress

from ansible_collections.calico.docker.plugins.module_utils.model import felix_configurations, rules
from ansible_collections.calico.docker.plugins.module_utils.model.felix_configurations import DEFAULTS, ProtoPort
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# What natOutgoingExclusions and workloadSourceSpoofing may ask for.
HOSTS_TOO, ANY_SOURCE = "IPPoolsAndHostIPs", "Any"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Without a FelixConfiguration, Calico's defaults."""

    default_endpoint_to_host_action: str = DEFAULTS.default_endpoint_to_host_action or ""
    log_prefix: str = DEFAULTS.log_prefix or ""
    disable_conntrack_invalid_check: bool = False
    failsafe_inbound_host_ports: tuple[ProtoPort, ...] = DEFAULTS.failsafe_inbound_host_ports or ()
    failsafe_outbound_host_ports: tuple[ProtoPort, ...] = DEFAULTS.failsafe_outbound_host_ports or ()
    workload_source_spoofing: str = DEFAULTS.workload_source_spoofing or ""
    allow_vxlan_packets_from_workloads: bool = False
    allow_ipip_packets_from_workloads: bool = False
    vxlan_port: int = DEFAULTS.vxlan_port or 0
    vxlan_vni: int = DEFAULTS.vxlan_vni or 0
    vxlan_mtu: int = 0
    ipip_mtu: int = 0
    nat_outgoing_address: Address | None = None
    nat_outgoing_exclusions: str = DEFAULTS.nat_outgoing_exclusions or ""
    nat_port_range: rules.PortRange | None = None


def settings(snapshot: Snapshot, host: str) -> Settings:
    """What holds on a host."""
    node = snapshot.nodes.get(host)
    labels = node.metadata.labels if node is not None else {}
    found = felix_configurations.effective(snapshot.felix_configurations, host, labels)
    return Settings(**{field.name: getattr(found, field.name) for field in dataclasses.fields(Settings)})
