"""What keeps the containers of a Docker network that is ``--internal`` to themselves.

A policy in a tier before the others: it hands on what stays within the network, and denies the rest. So neither the
network's Profile, which may be older than the wish, nor a policy for other purposes opens what was to be closed.
"""

from __future__ import annotations

from . import policies, profiles, tiers

TIER = "libnetwork"
LABEL = "calico.docker/internal"  # of the endpoints themselves, with the network's name
_ORDER = 10.0


def tier() -> tiers.Tier:
    """The tier; whoever wants a say before it makes one of a lower order."""
    return tiers.Tier.decode({"metadata": {"name": TIER}, "spec": {"order": _ORDER, "defaultAction": "Deny"}})


def policy(network: str) -> policies.GlobalNetworkPolicy:
    """The policy of the internal network ``network``, whose name can be a Profile's."""
    members = f'{profiles.NETWORK_LABEL} == "{network}"'
    document = {
        "metadata": {"name": f"{TIER}.internal-{_escaped(network)}"},
        "spec": {
            "tier": TIER,
            "selector": f'{LABEL} == "{network}"',
            "types": ["Ingress", "Egress"],
            "ingress": [{"action": "Pass", "source": {"selector": members}}, {"action": "Deny"}],
            "egress": [{"action": "Pass", "destination": {"selector": members}}, {"action": "Deny"}],
        },
    }
    return policies.GlobalNetworkPolicy.decode(document, strict=True)


def _escaped(network: str) -> str:
    """A policy's name has no further dot: it becomes a dash, and a dash two, as in names of WorkloadEndpoints."""
    return network.replace("-", "--").replace(".", "-")
