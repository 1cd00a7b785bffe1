"""Resources that people write, from files, directories or standard input; YAML or JSON, one or many."""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

import yaml

from ansible_collections.calico.docker.plugins.module_utils.model import resources

from . import documents

_SUFFIXES = (".yaml", ".yml", ".json")
_Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where PyYAML was built with it


class Unreadable(Exception):
    """What was given is no file of resources; the text says what is wrong with it."""


class Empty(Unreadable):
    """There is nothing in it."""


class _Loader(_Base):  # type: ignore[misc, valid-type]
    """YAML 1.2's core schema, which is JSON's: ``on`` is a word, 80:59 no number and a date a text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - the base class has it so


# tag, form, and the characters that a value of it begins with ("" for the empty value)
for _tag, _form, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("null", r"~|null|Null|NULL|", [*"~nN", ""]),
    ("int", r"[-+]?[0-9]+", [*"-+0123456789"]),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", [*"-+.0123456789"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_form})$"), _first)


def read(source: str, standard_input: TextIO | None, namespace: str) -> list[resources.Resource]:
    """Every resource of a file, a directory's files, or ``-``; all of them valid. Raises Unreadable, Invalid.

    ``namespace`` is that of namespaced resources that state none.
    """
    return documents.decode(given(source, standard_input), namespace)


def given(source: str, standard_input: TextIO | None, *, recursive: bool = False) -> list[tuple[str, Any]]:
    """Every document, as it was written, with the name of its file. Raises Unreadable, and Empty if there is none."""
    texts = _texts(source, standard_input, recursive)
    found = [(name, document) for name, text in texts for document in _documents(name, text)]
    if not found:
        raise Empty(f"{source} holds no resource")
    return found


def _texts(source: str, standard_input: TextIO | None, recursive: bool) -> Iterator[tuple[str, str]]:
    try:
        if source == "-" and standard_input is not None:
            yield "standard input", standard_input.read()
            return
        path = pathlib.Path(source)
        for file in _files(path, recursive) if path.is_dir() else [path]:
            yield str(file), file.read_text()
    except (OSError, UnicodeError) as error:
        raise Unreadable(f"cannot read {source}: {error}") from error


def _files(directory: pathlib.Path, recursive: bool) -> list[pathlib.Path]:
    found = directory.rglob("*") if recursive else directory.iterdir()
    return sorted(file for file in found if file.suffix in _SUFFIXES and not file.is_dir())


def _documents(name: str, text: str) -> Iterator[Any]:
    """The documents of a text, and those inside of lists."""
    try:
        # What YAML has and JSON has not (numbers as keys, cycles, .nan) becomes text or is refused.
        loaded = [json.loads(json.dumps(document, allow_nan=False)) for document in yaml.load_all(text, _Loader)]
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise Unreadable(f"{name} is neither YAML nor JSON: {error}") from error
    for document in loaded:
        if isinstance(document, list):
            yield from document
        elif isinstance(document, Mapping) and isinstance(document.get("items"), list):
            yield from document["items"]
        elif document is not None:
            yield document
