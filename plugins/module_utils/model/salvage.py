"""What can still be made of a record that does not validate, without letting anything pass that it would have stopped.

A policy, a Profile and a Tier deny in their place; a HostEndpoint denies what passes its interface; a network set, an
IPReservation and a FelixConfiguration keep what of them can be read. Anything else is not salvaged: it is absent.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from . import (
    felix_configurations,
    fields,
    host_endpoints,
    ip_reservations,
    network_sets,
    policies,
    policy_specs,
    profiles,
    schema,
    tiers,
)
from .errors import Invalid
from .kinds import KeyParts
from .resources import Metadata, Resource

T = TypeVar("T")
# The order of what must come first because its own place cannot be read.
FIRST = float("-inf")

_DENY = [{"action": "Deny"}]
_SUBJECT = ("selector", "namespaceSelector", "serviceAccountSelector")
_FLAGS = ("doNotTrack", "preDNAT", "applyOnForward")
_NAMESPACE = "projectcalico.org/namespace"


def salvage(parts: KeyParts, document: Mapping[str, Any]) -> Resource:
    """What the record stands for all the same. Raises Invalid if that is nothing."""
    for name in (parts.name, parts.namespace or parts.name):
        fields.NAME.decode(name, False)  # other names reach no rule of the kernel
    way = _WAYS.get(parts.kind)
    spec = document.get("spec")
    if way is None or not isinstance(spec, Mapping):
        raise Invalid.of(spec, "must be an object", "spec")
    return way(parts, document.get("metadata"), spec)


def _policy(parts: KeyParts, _metadata: object, spec: Mapping[str, Any]) -> Resource:
    """The policy as far as it can be read, with Deny as its only rule; first in its tier if its place is unreadable."""
    names = ("selector", "serviceAccountSelector") if parts.kind.NAMESPACED else _SUBJECT
    kept = {name: spec[name] for name in names if spec.get(name) is not None}
    kept |= {name: True for name in _FLAGS if spec.get(name) is True and not parts.kind.NAMESPACED}
    place = {"tier": spec.get("tier"), "order": spec.get("order")}
    placed = _readable(parts, place)
    kept |= {"types": _types(spec)} | (place if placed else {})
    found = _decoded(parts, kept | {name.lower(): _DENY for name in kept["types"]})
    named = dataclasses.replace(found, metadata=dataclasses.replace(found.metadata, name=parts.name))
    return named if placed else _first(named)


def _types(spec: Mapping[str, Any]) -> list[str]:
    """The policy's directions, each once; whatever else ``types`` holds is for the decoder to refuse."""
    stated = spec.get("types") or policy_specs.default_types(bool(spec.get("ingress")), bool(spec.get("egress")))
    if not isinstance(stated, (list, tuple)) or not all(isinstance(name, str) for name in stated):
        raise Invalid.of(stated, "must be a list of directions", "types")
    return sorted(set(stated))


def _profile(parts: KeyParts, _metadata: object, spec: Mapping[str, Any]) -> Resource:
    labels = {"labelsToApply": spec.get("labelsToApply")}
    return _decoded(parts, {"ingress": _DENY, "egress": _DENY} | (labels if _readable(parts, labels) else {}))


def _tier(parts: KeyParts, _metadata: object, spec: Mapping[str, Any]) -> Resource:
    if parts.name in tiers.WELL_KNOWN:
        return tiers.well_known(parts.name)
    place = {"order": spec.get("order")}
    return _decoded(parts, place) if _readable(parts, place) else _first(_decoded(parts, {}))


def _first(resource: Resource) -> Resource:
    return dataclasses.replace(resource, spec=dataclasses.replace(resource.spec, order=FIRST))


def _host_endpoint(parts: KeyParts, metadata: object, spec: Mapping[str, Any]) -> Resource:
    """Its interface, closed; and what others' rules may mean by its labels and ports."""
    members = {name: form for _attribute, name, form, _required in schema.members(host_endpoints.HostEndpointSpec)}
    found = host_endpoints.HostEndpointSpec(
        node=members["node"].decode(spec.get("node"), False),
        interface_name=next(_each(members["interfaceName"], [spec.get("interfaceName")]), None),
        expected_ips=tuple(_each(fields.ADDRESS, spec.get("expectedIPs"))),
        ports=tuple(_each(host_endpoints.PORT, spec.get("ports"))),
        denies=True,
    )
    schema.check(found)
    return host_endpoints.HostEndpoint(_metadata(parts, metadata), found)


def _network_set(parts: KeyParts, metadata: object, spec: Mapping[str, Any]) -> Resource:
    """Each network by itself. What can only be too small a set of labels or networks stays as it is."""
    found = network_sets.NetworkSetSpec(nets=tuple(_each(fields.LOOSE_NETWORK, spec.get("nets"))))
    kind = network_sets.NetworkSet if parts.kind.NAMESPACED else network_sets.GlobalNetworkSet
    return kind(_metadata(parts, metadata), found)


def _reservation(parts: KeyParts, _metadata: object, spec: Mapping[str, Any]) -> Resource:
    """Each network by itself: what is kept free stays free."""
    found = tuple(_each(fields.LOOSE_NETWORK, spec.get("reservedCIDRs")))
    return ip_reservations.IPReservation(
        Metadata(name=parts.name), ip_reservations.IPReservationSpec(reserved_cidrs=found)
    )


def _felix_configuration(parts: KeyParts, _metadata: object, spec: Mapping[str, Any]) -> Resource:
    """Each setting by itself, of a list of ports each port."""
    kept: dict[str, Any] = {}
    for _attribute, name, form, _required in schema.members(felix_configurations.FelixConfigurationSpec):
        if isinstance(spec.get(name), list) and form.keep_empty:
            ports = _each(felix_configurations.PROTO_PORT, spec[name])
            kept[name] = [felix_configurations.PROTO_PORT.encode(port) for port in ports]
        elif next(_each(form, [spec.get(name)]), None) is not None:
            kept[name] = spec[name]
    return _decoded(parts, kept)


def _metadata(parts: KeyParts, stated: object) -> Metadata:
    """Labels are kept even where they are not such as Kubernetes allows: selectors can match them all the same."""
    labels = stated.get("labels") if isinstance(stated, Mapping) else None
    kept = {
        key: value
        for key, value in (labels.items() if isinstance(labels, Mapping) else ())
        if isinstance(value, str) and key != _NAMESPACE
    }
    return Metadata(name=parts.name, namespace=parts.namespace, labels=kept)


def _each(form: schema.Form[T], values: object) -> Iterator[T]:
    """Those of a list that can be read."""
    for value in values if isinstance(values, (list, tuple)) else ():
        try:
            yield form.decode(value, False)
        except Invalid:
            continue


def _readable(parts: KeyParts, spec: Mapping[str, Any]) -> bool:
    try:
        _decoded(parts, spec)
    except Invalid:
        return False
    return True


def _decoded(parts: KeyParts, spec: Mapping[str, Any]) -> Resource:
    """A resource of that kind; of which name, policies look at more closely than is of interest here."""
    name = "any" if issubclass(parts.kind, policies.Policy) else parts.name
    return parts.kind.decode({"metadata": {"name": name, "namespace": parts.namespace}, "spec": spec})


_WAYS: Mapping[type[Resource], Callable[[KeyParts, object, Mapping[str, Any]], Resource]] = {
    felix_configurations.FelixConfiguration: _felix_configuration,
    host_endpoints.HostEndpoint: _host_endpoint,
    ip_reservations.IPReservation: _reservation,
    network_sets.GlobalNetworkSet: _network_set,
    network_sets.NetworkSet: _network_set,
    policies.GlobalNetworkPolicy: _policy,
    policies.NetworkPolicy: _policy,
    profiles.Profile: _profile,
    tiers.Tier: _tier,
}
DENYING = frozenset(
    {
        host_endpoints.HostEndpoint,
        policies.GlobalNetworkPolicy,
        policies.NetworkPolicy,
        profiles.Profile,
        tiers.Tier,
    }
)
