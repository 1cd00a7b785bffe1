"""Passwords of BGP sessions: how resources name them, and what the file on each host that holds them looks like.

The datastore has names only. The file is what a Kubernetes Secret would be: secret -> key -> password, in JSON.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

from . import fields, schema
from .errors import Invalid, Problem

Ref = tuple[str, str]  # secret and key

# TCP MD5 of Linux takes 80 bytes; BIRD's strings know no escapes, and end at a quotation mark.
_PASSWORD = re.compile(r"[ !#-~]{1,80}")
_ALLOWED = 'must be 1 to 80 printable ASCII characters without "'
_KEY = fields.text(r"[-._a-zA-Z0-9]{1,253}", "a key of a secret: letters, digits, '-', '_' and '.'")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SecretKeyRef:
    """A key of a secret."""

    name: str = schema.member("name", fields.NAME, required=True)
    key: str = schema.member("key", _KEY, required=True)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Password:
    """Where a password is to be found."""

    secret_key_ref: SecretKeyRef = schema.member("secretKeyRef", schema.struct(SecretKeyRef), required=True)

    @property
    def ref(self) -> Ref:
        return self.secret_key_ref.name, self.secret_key_ref.key


def _decode_password(value: object, strict: bool) -> Password:
    if not isinstance(value, Mapping):  # perhaps the password itself, which no message may show
        allowed = "must be secretKeyRef with name and key: the password itself is on the hosts, not in the datastore"
        raise Invalid.of("(not shown)", allowed)
    return schema.decode(Password, value, strict=strict)


PASSWORD: schema.Form[Password] = schema.Form(_decode_password, schema.encode, fields=Password)


@dataclasses.dataclass(frozen=True, slots=True)
class Passwords:
    """What a host knows. ``problems`` names what is not usable, and never shows it."""

    known: Mapping[Ref, str] = dataclasses.field(default_factory=dict, repr=False)
    problems: tuple[str, ...] = ()


NONE = Passwords()


def read(document: object) -> Passwords:
    """The passwords of a file's content; what is wrong with one does not spoil the others."""
    known: dict[Ref, str] = {}
    problems = []
    for ref, value in _entries(document):
        place = ".".join(part for part in ref if part)
        if isinstance(value, Problem):
            problems.append(f"{place}: {value.allowed}" if place else value.allowed)
        elif isinstance(value, str) and _PASSWORD.fullmatch(value):
            known[ref] = value
        else:
            problems.append(f"{place}: {_ALLOWED}")
    return Passwords(known, tuple(problems))


def _entries(document: object) -> Iterable[tuple[Ref, object]]:
    if not isinstance(document, Mapping):
        yield ("", ""), Problem("", None, "must be a mapping of secrets: {secret: {key: password}}")
        return
    for secret, keys in document.items():
        if not isinstance(keys, Mapping):
            yield (str(secret), ""), Problem("", None, "must be a mapping of keys to passwords")
            continue
        for key, value in keys.items():
            yield (str(secret), str(key)), value
