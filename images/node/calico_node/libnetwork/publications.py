"""Publishes ports: writes to an endpoint's record which ports of this host lead to it; the agent does the rest.

The engine says when: ProgramExternalConnectivity for the endpoint that is a container's gateway, Revoke when it is not
any more. Two endpoints never get one port: the record is written only if no other of this host has changed meanwhile.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields, ports, profiles
from ansible_collections.calico.docker.plugins.module_utils.model.workload_endpoints import (
    WorkloadEndpoint,
    WorkloadEndpointPort,
)
from calico_node.ipam import swap

from . import bindings, endpoints, holders, published
from .errors import Refused
from .holders import Holder

# Why the host cannot give a port away: by protocol, IP version, address and number.
HostObjection = Callable[[ports.Protocol, int, "fields.Address | None", int], "str | None"]
Addresses = Iterable[fields.Address]
_log = logging.getLogger(__name__)


class Publications:
    """Reads and writes; safe to share between threads."""

    def __init__(
        self,
        datastore: store.Store,
        known: endpoints.Endpoints,
        links: holders.Links,
        *,
        objection: HostObjection = bindings.objection,
        clock: swap.Clock = time,
        patience: float = 5.0,
    ) -> None:
        self._datastore = datastore
        self._known = known
        self._links = links
        self._objection = objection
        self._clock = clock
        self._patience = patience

    def check(self, endpoint_id: str, network: str, addresses: Addresses, options: Mapping[str, Any]) -> None:
        """Refuse what cannot be published, before anything is written. Raises Refused, Invalid, StoreError.

        The engine hands over the same ports for each network of a container, so endpoints of other networks do not
        count yet: they may be of the same container. On one network it has one endpoint.
        """
        if wanted := published.asked(options):
            listing = self._datastore.list(self._known.prefix)
            found = holders.holders(listing.records, f"{self._known.prefix}{endpoint_id}", self._links)
            here = [one for one in found if one.sandbox is not None and one.network == network]
            published.chosen(wanted, (), self._objections(here, _versions(addresses)), bindings.dynamic())

    def publish(self, endpoint_id: str, options: Mapping[str, Any]) -> endpoints.Found | None:
        """Publish an endpoint's ports; None if it has none. Raises Refused, Invalid, StoreError, Busy."""
        wanted = published.asked(options)
        if not wanted:
            return None
        elsewhere = published.has_other_gateway(options)
        return swap.until_won(
            lambda: self._publish(endpoint_id, wanted, elsewhere), clock=self._clock, patience=self._patience
        )

    def withdraw(self, endpoint_id: str) -> None:
        """The opposite, for an endpoint that may be gone already. Raises Invalid, StoreError, Busy."""
        swap.until_won(lambda: self._withdraw(endpoint_id), clock=self._clock, patience=self._patience)

    def _publish(self, endpoint_id: str, wanted: tuple[published.Asked, ...], elsewhere: Set[int]) -> endpoints.Found:
        found = self._known.find(endpoint_id)
        if found is None:
            raise Refused(f"EndpointID: {endpoint_id} is refused: no such endpoint, CreateEndpoint comes first")
        listing = self._datastore.list(self._known.prefix)
        every = holders.holders(listing.records, found.endpoint.key, self._links)
        own = holders.sandboxes_of(self._links).get(found.interface) if every else None
        mates = [one for one in every if own and one.sandbox == own]
        alive = [one for one in every if one.sandbox is not None and one not in mates]
        done = elsewhere | {version for mate in mates for version in mate.versions}
        versions = _versions(found.addresses)
        mine = published.narrowed(wanted, versions, done)
        ports_now = published.chosen(
            mine, found.endpoint.spec.ports, self._objections(alive, versions - done), bindings.dynamic()
        )
        left = [one for one in every if one.sandbox is None and any(one.has(port, versions) for port in ports_now)]
        return self._write(found, ports_now, left, listing.revision)

    def _write(
        self,
        found: endpoints.Found,
        ports_now: tuple[WorkloadEndpointPort, ...],
        left: Iterable[Holder],
        revision: int,
    ) -> endpoints.Found:
        """Those that are left over, without a container, lose their ports."""
        endpoint = _with(found.endpoint, ports_now)
        if endpoint == found.endpoint:
            return found
        puts, expect = self._profile()
        for one in (dataclasses.replace(found, endpoint=endpoint), *(_without(holder.found) for holder in left)):
            puts[one.endpoint.key], expect[one.endpoint.key] = one.endpoint.encode(), one.revision
        written = self._datastore.commit(puts, expect=expect, unchanged={self._known.prefix: revision})
        for port in ports_now:
            place = f"port {port.port}/{port.protocol} at port {port.host_port} of the host"
            _log.info("endpoint %s: %s", endpoint.spec.endpoint, place)
        return endpoints.Found(endpoint, written)

    def _withdraw(self, endpoint_id: str) -> None:
        found = self._known.find(endpoint_id)
        if found is not None and any(port.host_port for port in found.endpoint.spec.ports):
            without = _without(found).endpoint
            self._datastore.commit({without.key: without.encode()}, expect={without.key: found.revision})

    def _profile(self) -> tuple[dict[str, store.Document], dict[str, int]]:
        """The Profile that lets packets in to published ports, if it is not there."""
        profile = profiles.for_published()
        if self._datastore.get(profile.key) is not None:
            return {}, {}
        now = dt.datetime.fromtimestamp(int(self._clock.time()), dt.timezone.utc)
        made = profile.created(uid=str(uuid.uuid4()), timestamp=now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        return {profile.key: made.encode()}, {profile.key: 0}

    def _objections(self, others: Iterable[Holder], versions: Set[int]) -> published.Objection:
        """What is in the way of an endpoint with these families."""

        def objection(wanted: WorkloadEndpointPort) -> str | None:
            for other in others:
                if other.has(wanted, versions):
                    return f"{other} publishes it"
            for version, address in wanted.host_places:
                problem = self._objection(wanted.protocol, version, address, wanted.host_port or 0)
                if version in versions and problem:
                    return problem
            return None

        return objection


def _versions(addresses: Addresses) -> Set[int]:
    return frozenset(address.version for address in addresses)


def _without(found: endpoints.Found) -> endpoints.Found:
    return dataclasses.replace(found, endpoint=_with(found.endpoint, ()))


def _with(endpoint: WorkloadEndpoint, ports_now: tuple[WorkloadEndpointPort, ...]) -> WorkloadEndpoint:
    """The endpoint with these published ports, besides ports that only have a name."""
    spec = endpoint.spec
    named = tuple(port for port in spec.ports if not port.host_port)
    others = tuple(name for name in spec.profiles if name != profiles.PUBLISHED)
    opened = (profiles.PUBLISHED,) if any(port.name == profiles.PUBLISHED_PORT for port in ports_now) else ()
    return dataclasses.replace(
        endpoint, spec=dataclasses.replace(spec, ports=(*named, *ports_now), profiles=(*others, *opened))
    )
