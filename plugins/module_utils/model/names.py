"""Names of resources, labels and annotations, as Kubernetes has them and so Calico."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

from .errors import Invalid, Problem
from .schema import Form

SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_MAX_ANNOTATIONS = 256 * 1024


def _decode_labels(value: object, _strict: bool) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise Invalid.of(value, "must be a map of label names to values")
    items = tuple(value.items())
    try:
        return _shared_labels(items)
    except TypeError:  # a list or a map among them, which cannot be looked up
        return _labels(items)


def _labels(items: Iterable[tuple[object, object]]) -> Mapping[str, str]:
    problems = [problem for key, item in items for problem in label_problems(key, item)]
    if problems:
        raise Invalid(problems)
    return {str(key): str(item) for key, item in items}


# Most endpoints have the labels of others: they are read once, and one mapping for them all.
_shared_labels = functools.lru_cache(maxsize=8192)(_labels)


def label_problems(key: object, value: object) -> list[Problem]:
    """What keeps ``key: value`` from being a label (Kubernetes' qualified names)."""
    problems = []
    if not is_qualified_name(key):
        problems.append(Problem(str(key), key, "a label name is [prefix/]name, name at most 63 of A-Za-z0-9_.-"))
    if not isinstance(value, str) or not (value == "" or _LABEL_NAME.fullmatch(value)):
        problems.append(
            Problem(str(key), value, "a label value is at most 63 of A-Za-z0-9_.- and starts and ends alphanumeric")
        )
    return problems


def is_qualified_name(key: object) -> bool:
    """True for ``name`` or ``dns.prefix/name`` as Kubernetes label and annotation keys are spelled."""
    if not isinstance(key, str):
        return False
    prefix, slash, name = key.rpartition("/")
    return bool(_LABEL_NAME.fullmatch(name)) and (not slash or is_subdomain(prefix))


def is_subdomain(name: object) -> bool:
    """True for a DNS subdomain of at most 253 characters (RFC 1123), the form of resource names."""
    return isinstance(name, str) and len(name) <= 253 and bool(SUBDOMAIN.fullmatch(name))


def _decode_annotations(value: object, _strict: bool) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise Invalid.of(value, "must be a map of annotation names to text")
    problems = [
        Problem(str(key), item, "an annotation is a qualified name with a text value")
        for key, item in value.items()
        if not isinstance(key, str) or not is_qualified_name(key.lower()) or not isinstance(item, str)
    ]
    if problems:
        raise Invalid(problems)
    size = sum(len(text.encode(errors="surrogatepass")) for item in value.items() for text in item)
    if size > _MAX_ANNOTATIONS:
        raise Invalid.of(f"{size} bytes", f"must be at most {_MAX_ANNOTATIONS} bytes, names and values together")
    return dict(value)


LABELS: Form[Mapping[str, str]] = Form(_decode_labels, dict)
ANNOTATIONS: Form[Mapping[str, str]] = Form(_decode_annotations, dict)
