"""The WorkloadEndpoints of this host's containers in the store, and the Profiles of their networks."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
import uuid
from collections.abc import Mapping

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields, profiles, resources, workload_endpoints
from calico_node.ipam import swap

NETWORK_ID, NETWORK_NAME, HANDLES = "calico.docker/network-id", "calico.docker/network-name", "calico.docker/handles"
_WEP = workload_endpoints.WorkloadEndpoint


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An endpoint that the engine asks for; ``handles`` are those of its addresses."""

    endpoint_id: str
    network_id: str
    network: str
    mac: str
    handles: Mapping[fields.Address, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A stored endpoint of this host at its revision."""

    endpoint: workload_endpoints.WorkloadEndpoint
    revision: int

    @property
    def addresses(self) -> tuple[fields.Address, ...]:
        return tuple(network.network_address for network in self.endpoint.spec.ip_networks)


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

    def publish(self, wanted: Wanted) -> None:
        """Write the endpoint, and its network's Profile when absent. Raises Invalid, StoreError, Busy."""
        swap.until_won(lambda: self._publish(wanted), clock=self._clock, patience=self._patience)

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

    def _records(self) -> tuple[store.Record, ...]:
        return self._datastore.list(self._key("")).records

    def _key(self, endpoint_id: str) -> str:
        spec = workload_endpoints.WorkloadEndpointSpec(
            orchestrator=workload_endpoints.ORCHESTRATOR, node=self._node, endpoint=endpoint_id
        )
        return resources.key_of(_WEP, workload_endpoints.name_of(spec), workload_endpoints.NAMESPACE)

    def _publish(self, wanted: Wanted) -> None:
        endpoint, profile = _endpoint(wanted, self._node), profiles.for_network(wanted.network)
        stored = self._datastore.get(endpoint.key)
        before = None if stored is None else _WEP.decode(stored.document())
        if before is not None and before.spec == endpoint.spec:
            return  # the engine repeats itself
        puts, expect = {}, {endpoint.key: 0 if stored is None else stored.revision}
        if self._datastore.get(profile.key) is None:
            # Before the endpoint: watchers see the events of one transaction in the order of its writes.
            puts[profile.key] = self._marked(profile, None).encode()
            expect[profile.key] = 0
        puts[endpoint.key] = self._marked(endpoint, before).encode()
        self._datastore.commit(puts, expect=expect)

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
        interface=interface_name(wanted.endpoint_id),
        mac=wanted.mac,
        addresses=wanted.handles,
        profiles=[wanted.network],
        annotations={
            NETWORK_ID: wanted.network_id,
            NETWORK_NAME: wanted.network,
            HANDLES: json.dumps(handles, separators=(",", ":")),
        },
    )
