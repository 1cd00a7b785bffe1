"""The datastore: etcd v3, read, watched and written by compare-and-swap. Private to this collection.

Only this package imports etcd3, and only when a store is opened: everything else works without it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from .config import Config
from .config import from_environment as config_from_environment
from .errors import Compacted, Conflict, Denied, MissingLibrary, StoreError, Unavailable
from .interface import Document, Event, Listing, Record, Store, Watch, encode

__all__ = [
    "Compacted",
    "Config",
    "Conflict",
    "Denied",
    "Document",
    "Event",
    "Listing",
    "MissingLibrary",
    "Record",
    "Store",
    "StoreError",
    "Unavailable",
    "Watch",
    "config_from_environment",
    "encode",
    "open",
    "open_from_environment",
]


def open(config: Config) -> Store:  # noqa: A001 - reads as store.open
    """The store of a configuration; it connects with the first call. Raises MissingLibrary."""
    try:
        from . import etcd
    except ImportError as error:
        raise MissingLibrary(
            f"the Python library etcd3 is missing for {sys.executable} ({error}): "
            "install the package python3-etcd3 and set ansible_python_interpreter to the distribution's Python, "
            "/usr/bin/python3, or run pip install etcd3"
        ) from error
    return etcd.EtcdStore(config)


def open_from_environment(environ: Mapping[str, str]) -> Store:
    """The store that upstream's ``ETCD_*`` variables name. Raises Invalid, MissingLibrary."""
    return open(config_from_environment(environ))
