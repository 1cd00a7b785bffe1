"""Which answers of etcd mean what, by gRPC's status and etcd's words."""

from __future__ import annotations

import re
from typing import Any

from .errors import Denied, StoreError, Unavailable
from .library import grpc

_DENIED = (
    "permission denied",
    "authentication failed",
    "user name is empty",
    "user name not found",
    "password is empty",
)
_STALE = ("invalid auth token", "revision of auth store is old")
# What gRPC puts around the reason; the innermost says it best.
_LAST_ERROR = re.compile(r".*last error: (?:[A-Z]+: )?(?:ipv[46]:\S+: )?", re.DOTALL)
_HINTS = {
    "user name is empty": "set a user name and password",
    "authentication failed": "check user name and password",
}


def says(error: Any, *words: str) -> bool:
    """Whether etcd's text holds one of ``words``."""
    text = error.details() or ""
    return any(word in text for word in words)


def is_stale_login(error: Any) -> bool:
    """Whether the token has expired and a new login may do."""
    return error.code() == grpc.StatusCode.UNAUTHENTICATED or says(error, *_STALE)


def raise_final(error: Any) -> None:
    """Raise what no other member would answer differently; return for the rest."""
    if isinstance(error, Unavailable):
        return
    if error.code() == grpc.StatusCode.PERMISSION_DENIED or says(error, *_DENIED):
        raise refusal(error.details() or "") from error
    if error.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION):
        raise StoreError(f"etcd refuses the request: {reason(error)}") from error


def refusal(details: str) -> Denied:
    """Denied, with what to do where it is known."""
    hint = next((f": {hint}" for words, hint in _HINTS.items() if words in details), "")
    return Denied(f"etcd refuses access ({details.removeprefix('etcdserver: ')}){hint}")


def reason(error: Any) -> str:
    """Why a call failed, short."""
    if isinstance(error, Unavailable):
        return str(error)
    if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
        return "no answer"
    if error.code() == grpc.StatusCode.CANCELLED:
        return "connection closed"
    return _LAST_ERROR.sub("", error.details() or error.code().name.lower()).removeprefix("etcdserver: ")
