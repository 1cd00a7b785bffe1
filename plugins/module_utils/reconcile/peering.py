"""BGP peers and their filters: a peer needs those that it names, and a filter that is named stays."""

from __future__ import annotations

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import bgp_filters, bgp_peers, resources
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Problem

from . import lookups
from .terms import Terms


def peer(store: stores.Store, _stored: bgp_peers.BGPPeer | None, wanted: bgp_peers.BGPPeer | None) -> Terms:
    """A BGPPeer: without one of its filters a peer would get and give what it should not."""
    problems = []
    expect = {}
    for index, name in enumerate(wanted.spec.filters if wanted is not None else ()):
        key = resources.key_of(bgp_filters.BGPFilter, name)
        record = store.get(key)
        if record is None:
            problems.append(Problem(f"spec.filters[{index}]", name, "there is no such BGPFilter: create it first"))
        else:
            expect[key] = record.revision
    return Terms(problems=tuple(problems), expect=expect)


def route_filter(
    store: stores.Store, stored: bgp_filters.BGPFilter | None, wanted: bgp_filters.BGPFilter | None
) -> Terms:
    """A BGPFilter."""
    if wanted is not None or stored is None:
        return Terms()
    peers, revision = lookups.every(store, bgp_peers.BGPPeer)
    users = sorted(peer.name for peer in peers if stored.name in peer.spec.filters)
    problems = [Problem("metadata.name", stored.name, f"used by BGPPeers {', '.join(users)}")] if users else []
    return Terms(problems=tuple(problems), unchanged={resources.prefix_of(bgp_peers.BGPPeer): revision})
