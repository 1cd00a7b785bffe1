"""The plugin's HTTP side: every call of both protocols, JSON in, JSON out, whatever comes in."""

from __future__ import annotations

import asyncio
import concurrent.futures
import dataclasses
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import schema
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node.dataplane import veth
from calico_node.ipam import errors as ipam_errors

from . import errors, ipam, network, requests

MOST_BYTES = 256 * 1024  # the largest body seen is of some kilobytes
_WORKERS = 64  # calls that wait for etcd or the agent at the same time
_PAUSE = 0.2  # seconds between two attempts at an absent etcd
_MIME = "application/vnd.docker.plugins.v1.2+json"
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (Invalid, 400),
    (ipam_errors.Busy, 503),
    (ipam_errors.IPAMError, 409),
    (store.StoreError, 503),
    (veth.LinkError, 500),
)
# What passes when etcd comes: Busy is a call that waited for another that waits for etcd, Late one that waited for the
# agent, which may look for etcd seconds after it came.
_MAY_PASS = (store.Unavailable, ipam_errors.Busy, errors.Late)
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """A call's type of request and who serves it."""

    request: type[Any]
    serve: Callable[[Any], Mapping[str, Any]]

    def __call__(self, document: object) -> Mapping[str, Any]:
        return self.serve(schema.decode(self.request, document, strict=False))


def calls(networks: network.NetworkDriver, addresses: ipam.IpamDriver) -> Mapping[str, Call]:
    """Everything that an engine may ask, by name."""
    return {
        "Plugin.Activate": Call(requests.Nothing, networks.activate),
        "IpamDriver.GetCapabilities": Call(requests.Nothing, addresses.get_capabilities),
        "IpamDriver.GetDefaultAddressSpaces": Call(requests.Nothing, addresses.get_default_address_spaces),
        "IpamDriver.RequestPool": Call(requests.RequestPool, addresses.request_pool),
        "IpamDriver.ReleasePool": Call(requests.ReleasePool, addresses.release_pool),
        "IpamDriver.RequestAddress": Call(requests.RequestAddress, addresses.request_address),
        "IpamDriver.ReleaseAddress": Call(requests.ReleaseAddress, addresses.release_address),
        "NetworkDriver.GetCapabilities": Call(requests.Nothing, networks.get_capabilities),
        "NetworkDriver.CreateNetwork": Call(requests.CreateNetwork, networks.create_network),
        "NetworkDriver.DeleteNetwork": Call(requests.OfNetwork, networks.delete_network),
        "NetworkDriver.AllocateNetwork": Call(requests.Nothing, networks.refuse_global_scope),
        "NetworkDriver.FreeNetwork": Call(requests.Nothing, networks.refuse_global_scope),
        "NetworkDriver.GwAllocCheck": Call(requests.Nothing, networks.gw_alloc_check),
        "NetworkDriver.CreateEndpoint": Call(requests.CreateEndpoint, networks.create_endpoint),
        "NetworkDriver.EndpointOperInfo": Call(requests.OfEndpoint, networks.endpoint_oper_info),
        "NetworkDriver.DeleteEndpoint": Call(requests.OfEndpoint, networks.delete_endpoint),
        "NetworkDriver.Join": Call(requests.Join, networks.join),
        "NetworkDriver.Leave": Call(requests.OfEndpoint, networks.leave),
        "NetworkDriver.ProgramExternalConnectivity": Call(requests.Program, networks.program),
        "NetworkDriver.RevokeExternalConnectivity": Call(requests.OfEndpoint, networks.revoke),
        "NetworkDriver.DiscoverNew": Call(requests.Nothing, networks.nothing),
        "NetworkDriver.DiscoverDelete": Call(requests.Nothing, networks.nothing),
    }


def application(
    known: Mapping[str, Call], patient_until: float = 0, failed: Callable[[], None] = lambda: None
) -> web.Application:
    """The web application that serves ``known`` calls, in threads of its own, and says when one has ``failed``.

    Until ``patient_until`` (monotonic) a call waits for an absent etcd, and for the agent to find it: when a whole site
    gets its power back, Docker starts containers once, and would start them too early.
    """
    workers = concurrent.futures.ThreadPoolExecutor(_WORKERS, thread_name_prefix="call")

    async def handle(request: web.Request) -> web.Response:
        name = request.match_info["call"]
        if name not in known:
            return _refusal(name, f"{name}: no such call", 404)
        body = await request.read()
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(workers, _serve, name, known[name], body, patient_until)
        if answer.status >= 500:
            failed()
        return answer

    async def stop(_app: web.Application) -> None:
        workers.shutdown(wait=False, cancel_futures=True)

    app = web.Application(client_max_size=MOST_BYTES, middlewares=[_always_json])
    app.router.add_post("/{call}", handle)
    app.on_cleanup.append(stop)
    return app


def _serve(name: str, call: Call, body: bytes, patient_until: float) -> web.Response:
    try:
        return _answer(_patiently(lambda: call(_document(call, body)), patient_until), 200)
    except errors.Refused as error:
        return _refusal(name, str(error), error.status)
    except tuple(kind for kind, _status in _STATUS) as error:
        return _refusal(name, str(error), next(status for kind, status in _STATUS if isinstance(error, kind)))
    except Exception:  # noqa: BLE001 - the engine shall get an answer whatever happens, and the journal the cause
        _log.exception("%s failed", name)
        return _refusal(name, f"{name} failed: see journalctl -u calico-libnetwork", 500)


def _patiently(serve: Callable[[], Mapping[str, Any]], until: float) -> Mapping[str, Any]:
    """As ``serve``, again and again while what it needs is absent: every call may be repeated."""
    while True:
        try:
            return serve()
        except _MAY_PASS:
            if time.monotonic() >= until:
                raise
        time.sleep(_PAUSE)


def _document(call: Call, body: bytes) -> object:
    if not body and call.request is not requests.Nothing:
        # Docker's client has read the body to its end when it repeats a call that a killed driver had begun.
        raise errors.Refused("the driver ended in the middle of this call, and Docker repeats it without its body", 503)
    try:
        return json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise errors.Refused(f"the body is refused: must be a JSON object ({error})") from error


@web.middleware
async def _always_json(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
    try:
        answer: web.StreamResponse = await handler(request)
    except web.HTTPException as error:
        return _refusal(request.path, f"{request.method} {request.path}: {error.reason}", error.status)
    return answer


def _refusal(name: str, text: str, status: int) -> web.Response:
    """Both keys: the network protocol says Err, the IPAM protocol Error."""
    _log.warning("%s is refused: %s", name, text)
    return _answer({"Err": text, "Error": text}, status)


def _answer(document: Mapping[str, Any], status: int) -> web.Response:
    return web.Response(text=json.dumps(document), status=status, content_type=_MIME)
