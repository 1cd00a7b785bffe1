"""Any store in which a host's own interfaces are under policy too, as seen from tests/netns' host1."""

from __future__ import annotations

from hypothesis import strategies as st

from . import chances, records, stores
from .chances import any_of, record
from .records import Change


@st.composite
def _policy(draw: st.DrawFn, name: str) -> Change:
    """A policy of one of the uses that hosts' own interfaces have for it."""
    use = draw(st.sampled_from(({}, {}, {"doNotTrack": True}, {"preDNAT": True})))
    spec = {**draw(chances.fields(stores.GLOBAL_POLICY)), **use}
    if use or draw(st.booleans()):
        spec["applyOnForward"] = True
    if "preDNAT" in use:
        spec.pop("egress", None)
        spec["types"] = ["Ingress"]
    return records.raw("GlobalNetworkPolicy", name, spec)


# Addresses of host1, and one that it has not.
_OWN = ("192.0.2.1", "2001:db8::1", "198.51.100.1", "2001:db8:1::1", "127.0.0.1", "192.0.2.77")
_INTERFACES = ("eth0", "eth0", "eth1", "eth1", "*", "*", "lo", "cali00000000001")
_ENDPOINT = {
    "node": (100, st.sampled_from((*("host1",) * 7, "host2"))),
    "interfaceName": (75, st.sampled_from(_INTERFACES)),
    "expectedIPs": (60, st.lists(st.sampled_from(_OWN), min_size=1, max_size=3, unique=True)),
    "profiles": (60, stores.profile_names),
    "ports": (40, st.lists(stores.named_port, max_size=3)),
}
_failsafes = st.lists(
    chances.fields(
        {
            "protocol": (100, st.sampled_from(("TCP", "UDP", "SCTP"))),
            "port": (100, st.sampled_from(stores.PORTS)),
            "net": (40, st.sampled_from(("203.0.113.0/24", "2001:db8::/32", "0.0.0.0/0", "::/0", "192.0.2.9/32"))),
        }
    ),
    max_size=3,
)
_SETTINGS = {
    **stores.SETTINGS,
    "failsafeInboundHostPorts": (60, _failsafes),
    "failsafeOutboundHostPorts": (60, _failsafes),
    "vxlanPort": (40, st.sampled_from(stores.PORTS)),
    "allowVXLANPacketsFromWorkloads": (40, st.booleans()),
}

HOSTS = chances.together(
    stores.PEERS,
    st.tuples(
        any_of(85, [record("HostEndpoint", name, _ENDPOINT, {"labels": (80, stores.labels)}) for name in "hijk"]),
        any_of(70, [_policy(name) for name in "uvwxyz"]),
        any_of(70, [record("FelixConfiguration", name, _SETTINGS) for name in ("default", "node.host1")]),
        any_of(90, [record("Profile", name, stores.PROFILE) for name in stores.PROFILES]),
        any_of(60, [record("Tier", name, stores.TIER) for name in stores.TIERS]),
        stores.policies("NetworkPolicy", 20, 1),
        stores.policies("StagedGlobalNetworkPolicy", 30, 1),
    ),
)
