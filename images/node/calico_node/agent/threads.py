"""An agent with a dead thread is blind, and looks alive: it ends instead, and systemd starts it anew.

The kernel keeps its state meanwhile.
"""

from __future__ import annotations

import logging
import os
import threading

_LOG = logging.getLogger(__name__)


def end_with_any() -> None:
    """From now on an error that ends a thread ends the process, with exit status 1."""
    threading.excepthook = _end


def _end(failure: threading.ExceptHookArgs) -> None:
    name = failure.thread.name if failure.thread else "of unknown name"
    try:
        _LOG.critical("thread %s died, so this process ends: %r", name, failure.exc_value, exc_info=failure.exc_value)
    finally:
        os._exit(1)  # sys.exit would only end this thread
