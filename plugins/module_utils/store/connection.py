"""Calls to whichever member of etcd answers, within one bound of time, logged in where a user is set."""

from __future__ import annotations

import pathlib
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from . import config as configs
from . import failures
from .errors import Denied, StoreError, Unavailable
from .library import etcdrpc, grpc

T = TypeVar("T")
Metadata = tuple[tuple[str, str], ...]
_PAUSE = 0.2  # between two rounds in which every member refused at once

_OPTIONS = (
    # etcd cuts off clients that ping more often than every 5 s or while no call is open.
    ("grpc.keepalive_time_ms", 6000),
    ("grpc.keepalive_timeout_ms", 3000),
    ("grpc.http2.ping_timeout_ms", 3000),  # what counts in newer versions, a minute if not set
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.http2.min_time_between_pings_ms", 5000),
    ("grpc.http2.min_sent_ping_interval_without_data_ms", 5000),  # its name in gRPC before 1.46
    ("grpc.max_receive_message_length", -1),  # 4 MB would end large lists
    ("grpc.enable_http_proxy", 0),
    ("grpc.use_local_subchannel_pool", 1),  # a new channel waits for no earlier one's back-off
)


class Member:
    """A channel to one endpoint, and the login there."""

    def __init__(self, config: configs.Config, endpoint: str) -> None:
        self.endpoint = endpoint
        self.channel = _channel(config, endpoint)
        self.kv = etcdrpc.KVStub(self.channel)
        self.watches = etcdrpc.WatchStub(self.channel)
        self._config = config
        self._login: Metadata | None = None

    def login(self, timeout: float) -> Metadata:
        """What proves who calls; asks etcd for a token once."""
        if self._config.username is None:
            return ()
        if self._login is None:
            self._login = self._authenticate(timeout)
        return self._login

    def forget_login(self) -> None:
        self._login = None

    def _authenticate(self, timeout: float) -> Metadata:
        request = etcdrpc.AuthenticateRequest(name=self._config.username, password=self._config.password)
        try:
            answer = etcdrpc.AuthStub(self.channel).Authenticate(request, timeout=timeout)
        except grpc.RpcError as error:
            if failures.says(error, "authentication is not enabled"):  # then nobody is refused, as upstream
                return ()
            raise
        return (("token", answer.token),)


class Connection:
    """The members of one cluster, one of them in use until it fails."""

    def __init__(self, config: configs.Config) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._index = 0
        self._member: Member | None = None
        self._closed = threading.Event()
        # A member that hangs leaves time to ask the others.
        self._share = max(config.timeout / len(config.endpoints), min(1.0, config.timeout))

    def call(self, send: Callable[[Member, float], T], *, fresh: bool = False) -> T:
        """What ``send(member, timeout)`` returns from the first member that answers.

        ``send`` may run more than once. ``fresh`` gives it a channel that no other call uses.
        """
        deadline = time.monotonic() + self.config.timeout
        reasons: dict[str, str] = {}
        while not self._closed.is_set():
            member = self._fresh() if fresh else self._current()
            try:
                return self._logged_in(send, member, min(self._share, max(deadline - time.monotonic(), 0.05)))
            except (grpc.RpcError, Unavailable) as error:
                failures.raise_final(error)
                seen = member.endpoint in reasons
                reasons[member.endpoint] = failures.reason(error)
                self._leave(member)
            except ValueError:  # gRPC's word for a channel that ``close`` has closed meanwhile
                if self._closed.is_set():
                    break
                raise
            left = deadline - time.monotonic()
            if left <= 0:
                raise Unavailable(self._failure(reasons))
            if seen:
                self._closed.wait(min(_PAUSE, left))
        raise Unavailable("the store is closed")

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            member, self._member = self._member, None
        if member is not None:
            member.channel.close()

    def _logged_in(self, send: Callable[[Member, float], T], member: Member, timeout: float) -> T:
        """As ``send``, with one new login when etcd has forgotten the old one."""
        try:
            return send(member, timeout)
        except grpc.RpcError as error:
            if self.config.username is None or not failures.is_stale_login(error):
                raise
        member.forget_login()
        try:
            return send(member, timeout)
        except grpc.RpcError as error:
            if failures.is_stale_login(error):
                raise Denied(f"etcd at {member.endpoint} does not accept its own token: {error.details()}") from error
            raise

    def _current(self) -> Member:
        with self._lock:
            if self._member is None:
                self._member = self._fresh()
            return self._member

    def _fresh(self) -> Member:
        endpoints = self.config.endpoints
        return Member(self.config, endpoints[self._index % len(endpoints)])

    def _leave(self, member: Member) -> None:
        """Turn to the next endpoint, unless another thread did. Calls still open on the channel run on."""
        with self._lock:
            endpoints = self.config.endpoints
            if endpoints[self._index % len(endpoints)] == member.endpoint:
                self._index += 1
                self._member = None

    def _failure(self, reasons: dict[str, str]) -> str:
        each = "; ".join(f"{endpoint}: {reason}" for endpoint, reason in reasons.items())
        untried = [endpoint for endpoint in self.config.endpoints if endpoint not in reasons]
        also = f"; not tried: {', '.join(untried)}" if untried else ""
        return f"etcd does not answer within {self.config.timeout:g} s ({each}{also})"


def _channel(config: configs.Config, endpoint: str) -> Any:
    found = configs.address_of(endpoint)
    if found is None:
        raise StoreError(f"{endpoint} is not an endpoint")
    host, port = found
    # The scheme keeps addresses from being looked up as names.
    target = (
        f"ipv6:[{host}]:{port}" if ":" in host else f"ipv4:{host}:{port}" if _is_ipv4(host) else f"dns:{host}:{port}"
    )
    if not config.secure:
        return grpc.insecure_channel(target, options=_OPTIONS)
    credentials = grpc.ssl_channel_credentials(_read(config.ca_cert), _read(config.key), _read(config.cert))
    return grpc.secure_channel(target, credentials, options=_OPTIONS)


def _is_ipv4(host: str) -> bool:
    return host.replace(".", "").isdigit()


def _read(path: str | None) -> bytes | None:
    try:
        return None if path is None else pathlib.Path(path).read_bytes()
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
