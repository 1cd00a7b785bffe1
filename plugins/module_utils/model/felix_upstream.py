"""Settings of FelixConfiguration that only upstream's Felix follows: checked, kept, and without effect on the agent."""

from __future__ import annotations

import dataclasses
from typing import Any

from . import fields, schema


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSettings:
    """For Felix on other hosts of the same store, and for what Felix does in other ways than the agent."""

    reporting_interval: str | None = schema.member("reportingInterval", fields.DURATION)
    reporting_ttl: str | None = schema.member("reportingTTL", fields.DURATION)
    endpoint_reporting_enabled: bool | None = schema.member("endpointReportingEnabled", fields.BOOLEAN)
    endpoint_reporting_delay: str | None = schema.member("endpointReportingDelay", fields.DURATION)
    log_severity_screen: str | None = schema.member("logSeverityScreen", fields.LOG_SEVERITY)
    ipv6_support: bool | None = schema.member("ipv6Support", fields.BOOLEAN)
    iptables_filter_deny_action: str | None = schema.member("iptablesFilterDenyAction", fields.choice("Drop", "Reject"))
    interface_prefix: str | None = schema.member(
        "interfacePrefix", fields.text(r"[A-Za-z0-9_.-]{1,15}(,[A-Za-z0-9_.-]{1,15})*", "interface name prefixes")
    )
    iptables_mark_mask: int | None = schema.member("iptablesMarkMask", fields.integer(0, 0xFFFFFFFF))
    interface_exclude: str | None = schema.member("interfaceExclude", fields.text())
    chain_insert_mode: str | None = schema.member(
        "chainInsertMode", fields.text(r"(?i)insert|append", "Insert or Append")
    )
    iptables_filter_allow_action: str | None = schema.member(
        "iptablesFilterAllowAction", fields.choice("Accept", "Return")
    )
    iptables_mangle_allow_action: str | None = schema.member(
        "iptablesMangleAllowAction", fields.choice("Accept", "Return")
    )
    iptables_backend: str | None = schema.member("iptablesBackend", fields.choice("Legacy", "NFT", "Auto"))
    nftables_mode: str | None = schema.member("nftablesMode", fields.choice("Disabled", "Enabled", "Auto"))
    iptables_refresh_interval: str | None = schema.member("iptablesRefreshInterval", fields.DURATION)
    nftables_refresh_interval: str | None = schema.member("nftablesRefreshInterval", fields.DURATION)
    route_refresh_interval: str | None = schema.member("routeRefreshInterval", fields.DURATION)
    ipsets_refresh_interval: str | None = schema.member("ipsetsRefreshInterval", fields.DURATION)
    external_nodes_list: Any = schema.member("externalNodesList", fields.ANYTHING)
    ip_forwarding: str | None = schema.member("ipForwarding", fields.choice("Enabled", "Disabled"))
    remove_external_routes: bool | None = schema.member("removeExternalRoutes", fields.BOOLEAN)
    device_route_protocol: int | None = schema.member("deviceRouteProtocol", fields.integer(0, 255))
    program_cluster_routes: str | None = schema.member("programClusterRoutes", fields.text())
    route_source: str | None = schema.member("routeSource", fields.choice("CalicoIPAM", "WorkloadIPs"))
    floating_ips: str | None = schema.member("floatingIPs", fields.choice("Enabled", "Disabled"))
    bpf_enabled: bool | None = schema.member("bpfEnabled", fields.BOOLEAN)
    wireguard_enabled: bool | None = schema.member("wireguardEnabled", fields.BOOLEAN)
    health_enabled: bool | None = schema.member("healthEnabled", fields.BOOLEAN)
    health_port: int | None = schema.member("healthPort", fields.integer(0, 65535))
    prometheus_metrics_enabled: bool | None = schema.member("prometheusMetricsEnabled", fields.BOOLEAN)
    prometheus_metrics_port: int | None = schema.member("prometheusMetricsPort", fields.integer(0, 65535))
