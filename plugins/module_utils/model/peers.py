"""One side of a rule: which addresses and ports it means, and which endpoints that comes to."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from . import fields, schema, selectors
from .errors import Problem
from .ports import PORT, Port

_NAMESPACE = "projectcalico.org/namespace"
_SERVICE_ACCOUNT = "projectcalico.org/serviceaccount"
_NOBODY = selectors.Not(selectors.All())


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccounts:
    """Service accounts by name or by label."""

    names: tuple[str, ...] = schema.member("names", fields.sequence(fields.text()), ())
    selector: str | None = schema.member("selector", fields.SELECTOR)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service of Kubernetes, of which there are none here: it has no endpoints."""

    name: str = schema.member("name", fields.NAME, required=True)
    namespace: str | None = schema.member("namespace", fields.NAME)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One side of a rule (source or destination); all fields given must match."""

    selector: str | None = schema.member("selector", fields.SELECTOR)
    not_selector: str | None = schema.member("notSelector", fields.SELECTOR)
    namespace_selector: str | None = schema.member("namespaceSelector", fields.NAMESPACE_SELECTOR)
    service_accounts: ServiceAccounts | None = schema.member("serviceAccounts", schema.struct(ServiceAccounts))
    services: Service | None = schema.member("services", schema.struct(Service))
    nets: tuple[fields.Network, ...] = schema.member("nets", fields.sequence(fields.NETWORK, 256), ())
    not_nets: tuple[fields.Network, ...] = schema.member("notNets", fields.sequence(fields.NETWORK, 256), ())
    ports: tuple[Port, ...] = schema.member("ports", fields.sequence(PORT, 50), ())
    not_ports: tuple[Port, ...] = schema.member("notPorts", fields.sequence(PORT, 50), ())

    def problems(self) -> Iterable[Problem]:
        for index, network in enumerate(self.not_nets):
            if network.prefixlen == 0:
                yield Problem(f"notNets[{index}]", str(network), "would match nothing; leave the rule out instead")
        if self.services is not None and (others := self._others()):
            yield Problem("services", schema.encode(self.services), f"excludes {', '.join(others)}")

    def _others(self) -> list[str]:
        """What else tells the addresses of the peer."""
        given = schema.encode(self)
        names = ("selector", "notSelector", "namespaceSelector", "serviceAccounts", "nets", "notNets")
        return [name for name in names if given.get(name)]

    def known_peers(self, namespace: str | None = None) -> selectors.Selector | None:
        """The selector a packet's peer must match; None if any address will do.

        ``namespace`` is the policy's, None for global policies and profiles: whatever selects endpoints in a
        NetworkPolicy, ``notSelector`` too, selects them there, unless namespaceSelector says where else.
        namespaceSelector keys gain ``pcns.``, ``global()`` means without a namespace, service accounts match by label.
        """
        if self.services is not None:
            return _NOBODY
        parts: list[selectors.Selector] = []
        if self.service_accounts:
            parts.extend(_service_account_parts(self.service_accounts))
        if self.selector:
            parts.append(selectors.parse(self.selector))
        if self.namespace_selector:
            parts.insert(0, _namespace_part(self.namespace_selector))
        elif namespace is not None and (parts or self.not_selector):
            parts.insert(0, selectors.Compare(_NAMESPACE, "==", namespace))
        return selectors.conjunction(*parts) if parts else None

    def excluded_peers(self) -> selectors.Selector | None:
        """The selector of ``notSelector``; None if absent."""
        return selectors.parse(self.not_selector) if self.not_selector else None


def _namespace_part(text: str) -> selectors.Selector:
    tree = selectors.parse_namespace_selector(text)
    if isinstance(tree, selectors.Global):
        return selectors.Not(selectors.Has(_NAMESPACE))
    return selectors.substitute(tree, prefix="pcns.", everything=selectors.Has(_NAMESPACE))


def _service_account_parts(accounts: ServiceAccounts) -> Iterable[selectors.Selector]:
    if accounts.names:
        yield selectors.In(_SERVICE_ACCOUNT, frozenset(accounts.names), negated=False)
    if accounts.selector:
        yield selectors.substitute(selectors.parse(accounts.selector), prefix="pcsa.")
