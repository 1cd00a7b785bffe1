"""The WorkloadEndpoints of this host's containers in the store, and the Profiles of their networks.

An endpoint is written twice: when the engine has addresses for it, and when it is known whose it is. Only the second
record names its interface, and without that the agent lets no packet pass: so policy finds all labels or no endpoint.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import logging
import time
import uuid
from collections.abc import Mapping

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields, profiles, resources, workload_endpoints
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node.ipam import swap

from . import engine, labels
from .errors import Refused

NETWORK_ID, NETWORK_NAME, HANDLES = "calico.docker/network-id", "calico.docker/network-name", "calico.docker/handles"
_WEP = workload_endpoints.WorkloadEndpoint
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An endpoint that the engine asks for; ``handles`` are those of its addresses, ``labels`` those of its network.

    It is written with what it needs: ``needs`` are created where absent, ``exact`` say exactly this afterwards.
    """

    endpoint_id: str
    network_id: str
    network: str
    mac: str
    handles: Mapping[fields.Address, str]
    profiles: tuple[str, ...]
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    needs: tuple[resources.Resource, ...] = ()
    exact: tuple[resources.Resource, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A stored endpoint of this host at its revision."""

    endpoint: workload_endpoints.WorkloadEndpoint
    revision: int

    @property
    def addresses(self) -> tuple[fields.Address, ...]:
        return tuple(network.network_address for network in self.endpoint.spec.ip_networks)

    @property
    def handles(self) -> Mapping[fields.Address, str]:
        """By which handle each address was taken; without those that cannot be read."""
        try:
            noted = json.loads(self.endpoint.metadata.annotations.get(HANDLES, "{}"))
        except ValueError:
            return {}
        by_text = noted if isinstance(noted, dict) else {}
        return {address: str(by_text[str(address)]) for address in self.addresses if str(address) in by_text}

    @property
    def interface(self) -> str:
        """The host's side of its veth pair, which the record names once the container is known."""
        return interface_name(self.endpoint.spec.endpoint)


def interface_name(endpoint_id: str) -> str:
    """The host's side of an endpoint's veth pair."""
    return f"cali{endpoint_id[:11]}"


class Endpoints:
    """Reads and writes; safe to share between threads."""

    def __init__(self, datastore: store.Store, node: str, *, clock: swap.Clock = time, patience: float = 5.0) -> None:
        self._datastore = datastore
        self._node = node
        self._clock = clock
        self._patience = patience

    @property
    def prefix(self) -> str:
        """That of the keys of all endpoints of this host's containers."""
        return self._key("")

    def publish(self, wanted: Wanted) -> None:
        """Write the endpoint, and before it what its network needs. Raises Invalid, StoreError, Busy."""
        swap.until_won(lambda: self._publish(wanted), clock=self._clock, patience=self._patience)

    def connect(self, found: Found, container: engine.Container) -> Found:
        """Write whose endpoint it is, and its labels. Raises Refused if it is gone, Invalid, StoreError, Busy."""
        try:
            return self._connect(found, container)
        except store.Conflict:
            again = self._again
            return swap.until_won(
                lambda: self._connect(again(found), container), clock=self._clock, patience=self._patience
            )

    def find(self, endpoint_id: str) -> Found | None:
        """The endpoint of an id of the engine's. Raises StoreError, Invalid."""
        record = self._datastore.get(self._key(endpoint_id))
        return None if record is None else Found(_WEP.decode(record.document()), record.revision)

    def remove(self, endpoint_id: str) -> None:
        """Delete an endpoint that may be gone already. Raises StoreError."""
        self._datastore.commit({}, [self._key(endpoint_id)])

    def holder_of(self, address: fields.Address) -> str | None:
        """The key of the endpoint of this host that has an address. Raises StoreError."""
        # Found in the text, because a host may have hundreds of endpoints and this is asked at each stop.
        text = f'"{address}/{address.max_prefixlen}"'.encode()
        return next((record.key for record in self._records() if text in record.value), None)

    def all(self) -> tuple[Found, ...]:
        """Every endpoint of this host's containers. Raises StoreError, Invalid if only one cannot be read."""
        return tuple(Found(_WEP.decode(record.document()), record.revision) for record in self._records())

    def unconnected(self) -> tuple[Found, ...]:
        """Those of which it is not written whose they are; what cannot be read is left out. Raises StoreError."""
        found = []
        for record in self._records():
            with contextlib.suppress(Invalid):
                found.append(Found(_WEP.decode(record.document()), record.revision))
        return tuple(one for one in found if one.endpoint.spec.container_id is None)

    def _records(self) -> tuple[store.Record, ...]:
        return self._datastore.list(self._key("")).records

    def _key(self, endpoint_id: str) -> str:
        spec = workload_endpoints.WorkloadEndpointSpec(
            orchestrator=workload_endpoints.ORCHESTRATOR, node=self._node, endpoint=endpoint_id
        )
        return resources.key_of(_WEP, workload_endpoints.name_of(spec), workload_endpoints.NAMESPACE)

    def _publish(self, wanted: Wanted) -> None:
        puts: dict[str, store.Document] = {}
        expect: dict[str, int] = {}
        # Before the endpoint: watchers see the events of one transaction in the order of its writes.
        for resource in wanted.needs:
            if self._datastore.get(resource.key) is None:
                puts[resource.key], expect[resource.key] = self._marked(resource, None).encode(), 0
        for resource in wanted.exact:
            before, expect[resource.key] = self._stored(resource)
            if before is None or before.spec != resource.spec:
                puts[resource.key] = self._marked(resource, before).encode()
        endpoint = _endpoint(wanted, self._node)
        before, expect[endpoint.key] = self._stored(endpoint)
        if before is None or _unconnected(before.spec) != endpoint.spec:
            puts[endpoint.key] = self._marked(endpoint, before).encode()
        if puts:  # else the engine repeats itself
            self._datastore.commit(puts, expect=expect)

    def _stored(self, resource: resources.R) -> tuple[resources.R | None, int]:
        """What stands in the resource's place, and its revision; None and 0 if nothing does."""
        record = self._datastore.get(resource.key)
        return (None, 0) if record is None else (type(resource).decode(record.document()), record.revision)

    def _connect(self, found: Found, container: engine.Container) -> Found:
        endpoint = _connected(found.endpoint, container)
        if endpoint == found.endpoint:
            return found
        revision = self._datastore.commit({endpoint.key: endpoint.encode()}, expect={endpoint.key: found.revision})
        return Found(endpoint, revision)

    def _again(self, found: Found) -> Found:
        identity = found.endpoint.spec.endpoint
        if (latest := self.find(identity)) is None:
            raise Refused(f"EndpointID: {identity} is refused: it has just been removed")
        return latest

    def _marked(self, resource: resources.R, before: resources.Resource | None) -> resources.R:
        if before is not None:
            return resource.updating(before)
        now = dt.datetime.fromtimestamp(int(self._clock.time()), dt.timezone.utc)
        return resource.created(uid=str(uuid.uuid4()), timestamp=now.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _endpoint(wanted: Wanted, node: str) -> workload_endpoints.WorkloadEndpoint:
    handles = {str(address): handle for address, handle in wanted.handles.items()}
    return workload_endpoints.for_container(
        node=node,
        endpoint=wanted.endpoint_id,
        interface=None,
        mac=wanted.mac,
        addresses=wanted.handles,
        profiles=wanted.profiles,
        labels=wanted.labels,
        annotations={
            NETWORK_ID: wanted.network_id,
            NETWORK_NAME: wanted.network,
            HANDLES: json.dumps(handles, separators=(",", ":")),
        },
    )


def _unconnected(spec: workload_endpoints.WorkloadEndpointSpec) -> workload_endpoints.WorkloadEndpointSpec:
    """What was known when the endpoint was created."""
    known = tuple(name for name in spec.profiles if name != profiles.PUBLISHED)
    return dataclasses.replace(spec, interface_name=None, container_id=None, ports=(), profiles=known)


def _connected(
    endpoint: workload_endpoints.WorkloadEndpoint, container: engine.Container
) -> workload_endpoints.WorkloadEndpoint:
    metadata, spec = endpoint.metadata, endpoint.spec
    found, warnings = labels.of(
        container=container.name,
        network=metadata.annotations.get(NETWORK_NAME, ""),
        said=container.labels,
        given=metadata.labels,
    )
    for warning in warnings:
        _log.warning("container %s: %s", container.name, warning)
    return dataclasses.replace(
        endpoint,
        metadata=dataclasses.replace(metadata, labels=found),
        spec=dataclasses.replace(spec, interface_name=interface_name(spec.endpoint), container_id=container.identity),
    )
