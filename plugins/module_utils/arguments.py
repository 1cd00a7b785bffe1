"""Option groups that several modules share, each with its text in doc_fragments/. Private to this collection."""

from __future__ import annotations

from typing import Any

Spec = dict[str, Any]

# doc_fragments/etcd.py
ETCD: Spec = {
    "etcd_endpoints": {"type": "list", "elements": "str", "required": True},
    "etcd_ca_cert": {"type": "path"},
    "etcd_cert": {"type": "path"},
    "etcd_key": {"type": "path", "no_log": False},
    "etcd_username": {"type": "str"},
    "etcd_password": {"type": "str", "no_log": True},
    "etcd_timeout": {"type": "float", "default": 5.0},
}

# doc_fragments/resource.py
RESOURCE: Spec = {
    **ETCD,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "labels": {"type": "dict"},
}
NAME: Spec = {"name": {"type": "str", "required": True}}
DEFAULT_NAME: Spec = {"name": {"type": "str", "default": "default"}}

# Of BGP sessions: where a password is, never the password
PASSWORD: Spec = {
    "type": "dict",
    "no_log": False,
    "options": {
        "secret_key_ref": {
            "type": "dict",
            "required": True,
            "no_log": False,
            "options": {
                "name": {"type": "str", "required": True},
                "key": {"type": "str", "required": True, "no_log": False},
            },
        },
    },
}

# doc_fragments/bgp_sessions.py
BGP_SESSIONS: Spec = {
    "bfd_interval": {"type": "str"},
    "bfd_multiplier": {"type": "int"},
    "long_lived_stale_time": {"type": "str"},
    "import_limit": {"type": "int"},
}

# Twice in modules/felix_configuration.py
HOST_PORTS: Spec = {
    "type": "list",
    "elements": "dict",
    "options": {
        "protocol": {"type": "str", "choices": ["TCP", "UDP", "SCTP"], "default": "TCP"},
        "port": {"type": "int", "required": True},
        "net": {"type": "str"},
    },
}

_ICMP: Spec = {"type": {"type": "int"}, "code": {"type": "int"}}
_SERVICE_ACCOUNTS: Spec = {"names": {"type": "list", "elements": "str"}, "selector": {"type": "str"}}
_PEER: Spec = {
    "selector": {"type": "str"},
    "not_selector": {"type": "str"},
    "namespace_selector": {"type": "str"},
    "service_accounts": {"type": "dict", "options": _SERVICE_ACCOUNTS},
    "nets": {"type": "list", "elements": "str"},
    "not_nets": {"type": "list", "elements": "str"},
    "ports": {"type": "list", "elements": "str"},
    "not_ports": {"type": "list", "elements": "str"},
}
_RULE: Spec = {
    "action": {"type": "str", "required": True, "choices": ["Allow", "Deny", "Log", "Pass"]},
    "ip_version": {"type": "int", "choices": [4, 6]},
    "protocol": {"type": "str"},
    "not_protocol": {"type": "str"},
    "icmp": {"type": "dict", "options": _ICMP},
    "not_icmp": {"type": "dict", "options": _ICMP},
    "source": {"type": "dict", "options": _PEER},
    "destination": {"type": "dict", "options": _PEER},
    "metadata": {"type": "dict", "options": {"annotations": {"type": "dict"}}},
}
# doc_fragments/rules.py
RULES: Spec = {
    "ingress": {"type": "list", "elements": "dict", "options": _RULE},
    "egress": {"type": "list", "elements": "dict", "options": _RULE},
}
# doc_fragments/network_policies.py
POLICY: Spec = {
    "tier": {"type": "str"},
    "order": {"type": "float"},
    "selector": {"type": "str"},
    "service_account_selector": {"type": "str"},
    "types": {"type": "list", "elements": "str", "choices": ["Ingress", "Egress"]},
    "performance_hints": {"type": "list", "elements": "str"},
    "staged": {"type": "bool", "default": False},
    "staged_action": {"type": "str", "choices": ["Set", "Delete"]},
}

# doc_fragments/docker.py
DOCKER: Spec = {"docker_host": {"type": "str"}}
# doc_fragments/docker_networks.py
DOCKER_NETWORK: Spec = {
    "name": {"type": "str", "required": True},
    "ipv6": {"type": "bool", "default": False},
    "internal": {"type": "bool", "default": False},
    "labels": {"type": "dict", "default": {}},
}

# modules/reachability.py
_PARTY: Spec = {"selector": {"type": "str"}, "address": {"type": "str"}}
STATEMENT: Spec = {
    "name": {"type": "str"},
    "source": {"type": "dict", "required": True, "options": _PARTY},
    "destination": {"type": "dict", "required": True, "options": _PARTY},
    "protocol": {"type": "str", "choices": ["TCP", "UDP", "SCTP", "ICMP"], "default": "TCP"},
    "ports": {"type": "list", "elements": "int"},
    "source_port": {"type": "int", "default": 49152},
    "ip_version": {"type": "int", "choices": [4, 6]},
    "expect": {"type": "str", "choices": ["Allow", "Deny"], "default": "Allow"},
    "may_be_nobody": {"type": "bool", "default": False},
}

# modules/workload.py
WORKLOAD: Spec = {
    "namespace": {"type": "str", "default": "default"},
    "node": {"type": "str", "required": True},
    "orchestrator": {"type": "str", "default": "ansible"},
    "endpoint": {"type": "str", "default": "eth0"},
    "interface_name": {"type": "str"},
    "ip_networks": {"type": "list", "elements": "str"},
    "mac": {"type": "str"},
    "profiles": {"type": "list", "elements": "str"},
    "ports": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "protocol": {"type": "str", "choices": ["TCP", "UDP", "SCTP"], "required": True},
            "port": {"type": "int", "required": True},
        },
    },
    "allow_spoofed_source_prefixes": {"type": "list", "elements": "str"},
}
