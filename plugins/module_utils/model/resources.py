"""What every resource is: metadata, a spec, a key in etcd, and its JSON.

Keys: ``/calico/resources/v3/projectcalico.org/<plural>/[<namespace>/]<name>``. ``resourceVersion``
is etcd's mod_revision and never stored. ``uid`` and ``creationTimestamp`` always are: upstream
refuses to update a record without them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from . import fields, names, schema
from .errors import Invalid, Problem

API_VERSION = "projectcalico.org/v3"
PREFIX = "/calico/resources/v3/projectcalico.org/"

_IGNORED_METADATA = frozenset(
    ("resourceVersion", "selfLink", "generation", "managedFields", "ownerReferences", "finalizers")
)
R = TypeVar("R", bound="Resource")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Name, labels, annotations; ``uid`` and ``creation_timestamp`` (RFC 3339) are None before creation."""

    name: str = schema.member("name", fields.NAME, required=True)
    namespace: str | None = schema.member("namespace", fields.SHARED_NAME)
    uid: str | None = schema.member("uid", fields.text())
    creation_timestamp: str | None = schema.member("creationTimestamp", fields.text())
    labels: Mapping[str, str] = schema.member("labels", names.LABELS, {})
    annotations: Mapping[str, str] = schema.member("annotations", names.ANNOTATIONS, {})


@dataclasses.dataclass(frozen=True, slots=True)
class Resource:
    """Base of all kinds; a kind adds ``spec`` and its class attributes."""

    metadata: Metadata
    spec: Any

    KIND: ClassVar[str]
    PLURAL: ClassVar[str]
    SPEC: ClassVar[type[Any]]
    NAMESPACED: ClassVar[bool] = False

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def key(self) -> str:
        """The etcd key."""
        return key_of(type(self), self.metadata.name, self.metadata.namespace)

    @classmethod
    def decode(cls: type[R], document: object, *, strict: bool = False) -> R:
        """Read a JSON document; ``strict`` for user input refuses unknown fields. Raises Invalid."""
        if not isinstance(document, Mapping):
            raise Invalid.of(document, f"a {cls.KIND} must be an object with metadata and spec", "document")
        problems = list(_header_problems(cls, document, strict))
        parts: dict[str, Any] = {}
        for part, part_class in (("metadata", Metadata), ("spec", cls.SPEC)):
            try:
                # resourceVersion and the like are upstream's readers' business, not stored and not refused.
                value = _known_metadata(document.get(part)) if part == "metadata" else _present(document.get(part))
                parts[part] = schema.decode(part_class, value, strict=strict)
            except Invalid as error:
                problems.extend(error.under(part))
        problems.extend(_namespace_problems(cls, parts.get("metadata")))
        if problems:
            raise Invalid(problems)
        resource = cls(**parts).loaded()
        schema.check(resource)
        if strict and (problems := list(resource.refusals())):
            raise Invalid(problems)
        return resource

    def encode(self, onto: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The JSON document; with ``onto``, over that stored one, whose unknown fields survive."""
        stored = onto or {}
        metadata = schema.encode(self.stored_metadata(), _mapping(stored.get("metadata")))
        metadata.pop("resourceVersion", None)
        spec = schema.encode(self.spec, _mapping(stored.get("spec")))
        return {**stored, "kind": self.KIND, "apiVersion": API_VERSION, "metadata": metadata, "spec": spec}

    def loaded(self: R) -> R:
        """The resource as people see it, from the stored form."""
        return self

    def stored_metadata(self) -> Metadata:
        """The metadata as it is written."""
        return self.metadata

    def problems(self) -> Iterable[Problem]:
        """Rules between metadata and spec, as paths from the resource's root."""
        return ()

    def refusals(self) -> Iterable[Problem]:
        """Rules for those who write; what is stored already may break them."""
        return ()

    def created(self: R, *, uid: str, timestamp: str) -> R:
        """The same resource with the marks of a new record."""
        metadata = dataclasses.replace(self.metadata, uid=uid, creation_timestamp=timestamp)
        return dataclasses.replace(self, metadata=metadata)

    def updating(self: R, stored: Resource) -> R:
        """The same resource with the creation marks of the stored record."""
        metadata = dataclasses.replace(
            self.metadata, uid=stored.metadata.uid, creation_timestamp=stored.metadata.creation_timestamp
        )
        return dataclasses.replace(self, metadata=metadata)


def key_of(cls: type[Resource], name: str, namespace: str | None = None) -> str:
    """The etcd key of a resource by its kind and names."""
    return f"{prefix_of(cls)}{namespace}/{name}" if cls.NAMESPACED else f"{prefix_of(cls)}{name}"


def prefix_of(cls: type[Resource]) -> str:
    """The etcd prefix of all resources of a kind (with the closing slash)."""
    return f"{PREFIX}{cls.PLURAL}/"


def _header_problems(cls: type[Resource], document: Mapping[str, Any], strict: bool) -> Iterable[Problem]:
    if document.get("kind", cls.KIND) != cls.KIND:
        yield Problem("kind", document["kind"], f"must be {cls.KIND}")
    if document.get("apiVersion", API_VERSION) != API_VERSION:
        yield Problem("apiVersion", document["apiVersion"], f"must be {API_VERSION}")
    if strict:
        for name in sorted(set(map(str, document)) - {"kind", "apiVersion", "metadata", "spec", "status"}):
            yield Problem(name, document.get(name), "no such field; known fields are kind, apiVersion, metadata, spec")


def _namespace_problems(cls: type[Resource], metadata: Metadata | None) -> Iterable[Problem]:
    if metadata is not None and cls.NAMESPACED and metadata.namespace is None:
        yield Problem("metadata.namespace", None, f"the field is required for a {cls.KIND}")
    if metadata is not None and not cls.NAMESPACED and metadata.namespace is not None:
        yield Problem("metadata.namespace", metadata.namespace, f"must be absent: a {cls.KIND} is in no namespace")


def _known_metadata(value: object) -> object:
    if not isinstance(value, Mapping):
        return _present(value)
    if _IGNORED_METADATA.isdisjoint(value):
        return value
    return {name: item for name, item in value.items() if name not in _IGNORED_METADATA}


def _present(value: object) -> object:
    return {} if value is None else value


def _mapping(value: object) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else None
