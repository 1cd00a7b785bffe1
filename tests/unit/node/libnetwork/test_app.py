"""The HTTP side on a real unix socket: JSON always, whatever comes in."""

import asyncio
import pathlib
import stat
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from ansible_collections.calico.docker.plugins.module_utils import store
from calico_node.dataplane import veth
from calico_node.ipam import allocate
from calico_node.ipam import errors as ipam_errors
from calico_node.libnetwork import app, errors, requests, sockets
from tests.fakes import cluster
from tests.fakes.store import FakeStore
from tests.unit.node.libnetwork.conftest import World

Session = aiohttp.ClientSession
Talk = Callable[[Session], Awaitable[Any]]
# The documented calls of both protocols.
CALLS = (
    "Plugin.Activate",
    "NetworkDriver.GetCapabilities",
    "NetworkDriver.AllocateNetwork",
    "NetworkDriver.FreeNetwork",
    "NetworkDriver.CreateNetwork",
    "NetworkDriver.DeleteNetwork",
    "NetworkDriver.CreateEndpoint",
    "NetworkDriver.DeleteEndpoint",
    "NetworkDriver.EndpointOperInfo",
    "NetworkDriver.Join",
    "NetworkDriver.Leave",
    "NetworkDriver.DiscoverNew",
    "NetworkDriver.DiscoverDelete",
    "NetworkDriver.ProgramExternalConnectivity",
    "NetworkDriver.RevokeExternalConnectivity",
    "NetworkDriver.GwAllocCheck",
    "IpamDriver.GetCapabilities",
    "IpamDriver.GetDefaultAddressSpaces",
    "IpamDriver.RequestPool",
    "IpamDriver.ReleasePool",
    "IpamDriver.RequestAddress",
    "IpamDriver.ReleaseAddress",
)


def talk(application: web.Application, path: pathlib.Path, to: Talk) -> Any:
    """What ``to`` returns of a talk with the application on a socket."""

    async def run() -> Any:
        runner = web.AppRunner(application)
        await runner.setup()
        try:
            await web.SockSite(runner, sockets.listen(path)).start()
            async with Session("http://plugin", connector=aiohttp.UnixConnector(str(path))) as session:
                return await to(session)
        finally:
            await runner.cleanup()

    return asyncio.run(run())


async def post(session: Session, name: str, body: Any) -> tuple[int, Any, str]:
    data = {"data": body} if isinstance(body, bytes) else {"json": body}
    async with session.post(f"/{name}", **data) as answer:
        return answer.status, await answer.json(content_type=None), answer.content_type


def ask(world: World, path: pathlib.Path, name: str, body: Any = None) -> tuple[int, Any]:
    status, document, kind = talk(
        app.application(world.calls), path, lambda session: post(session, name, {} if body is None else body)
    )
    assert kind == "application/vnd.docker.plugins.v1.2+json"
    return status, document


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "docker" / "plugins" / "calico.sock"


def test_every_call_of_the_protocols_is_known(world: World) -> None:
    assert sorted(world.calls) == sorted(CALLS)


def test_a_call_is_answered(world: World, path: pathlib.Path) -> None:
    assert ask(world, path, "Plugin.Activate") == (200, {"Implements": ["NetworkDriver", "IpamDriver"]})


def test_a_call_without_fields_needs_no_body(world: World, path: pathlib.Path) -> None:
    assert ask(world, path, "NetworkDriver.GetCapabilities", b"")[0] == 200


@pytest.mark.parametrize(
    ("name", "body", "status", "text"),
    [
        pytest.param("NetworkDriver.Dance", {}, 404, "NetworkDriver.Dance: no such call", id="an unknown call"),
        pytest.param("a/b", {}, 404, "/a/b: Not Found", id="an unknown path"),
        pytest.param("NetworkDriver.Join", b"", 503, "without its body", id="nothing"),
        pytest.param("IpamDriver.RequestPool", b"{", 400, "must be a JSON object", id="half an object"),
        pytest.param("IpamDriver.RequestPool", b"\xff\xfe", 400, "must be a JSON object", id="no text"),
        pytest.param("IpamDriver.RequestPool", b"[" * 100000, 400, "must be a JSON object", id="depth"),
        pytest.param("IpamDriver.RequestPool", b"[]", 400, "must be an object", id="a list"),
        pytest.param("IpamDriver.RequestPool", b"7", 400, "must be an object", id="a number"),
        pytest.param("IpamDriver.RequestPool", b'{"V6": ' + b"9" * 5000 + b"}", 400, "", id="a huge number"),
        pytest.param("IpamDriver.RequestPool", {"Pool": "\ud800"}, 400, "Pool: ", id="half a character"),
        pytest.param("IpamDriver.RequestPool", {"V6": "yes"}, 400, "V6: 'yes' is refused: must be true", id="a word"),
        pytest.param("IpamDriver.RequestAddress", {}, 400, "PoolID: a missing value", id="a missing field"),
        pytest.param(
            "NetworkDriver.Join", {"NetworkID": "n", "EndpointID": []}, 400, "EndpointID: [] ", id="two fields"
        ),
        pytest.param("IpamDriver.RequestPool", b" " * 300000, 413, "Too Large", id="too much"),
        pytest.param("IpamDriver.RequestAddress", {"PoolID": "10.99.0.0/24"}, 409, "p4 (10.65.0.0/24)", id="no pool"),
    ],
)
def test_what_cannot_be_served_gets_a_json_error_with_both_keys(
    world: World, path: pathlib.Path, name: str, body: Any, status: int, text: str
) -> None:
    found, document = ask(world, path, name, body)
    assert found == status
    assert document["Err"] == document["Error"]
    assert text in document["Err"]
    assert "Traceback" not in document["Err"]


def test_another_method_than_post_gets_a_json_error(world: World, path: pathlib.Path) -> None:
    async def get(session: Session) -> Any:
        async with session.get("/Plugin.Activate") as answer:
            return answer.status, await answer.json(content_type=None)

    status, document = talk(app.application(world.calls), path, get)
    assert status == 405
    assert document["Err"] == "GET /Plugin.Activate: Method Not Allowed"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(store.Unavailable("etcd does not answer"), 503, id="etcd is down"),
        pytest.param(store.Denied("etcd refuses access"), 503, id="etcd refuses"),
        pytest.param(ipam_errors.Busy("no success"), 503, id="lost every race"),
        pytest.param(ipam_errors.Exhausted("pool p4 is exhausted"), 409, id="no address left"),
        pytest.param(veth.LinkError("cannot make"), 500, id="the kernel refuses"),
        pytest.param(errors.Refused("agent away", 504), 504, id="the agent is late"),
    ],
)
def test_each_failure_has_its_status_and_text(path: pathlib.Path, error: Exception, status: int) -> None:
    def serve(_request: requests.Nothing) -> Any:
        raise error

    known = {"X": app.Call(requests.Nothing, serve)}
    found, document, _kind = talk(app.application(known), path, lambda session: post(session, "X", {}))
    assert (found, document["Err"]) == (status, str(error))


def test_a_fault_of_ours_shows_no_inside(path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    def serve(_request: requests.Nothing) -> Any:
        raise KeyError("secret")

    known = {"X": app.Call(requests.Nothing, serve)}
    status, document, _kind = talk(app.application(known), path, lambda session: post(session, "X", {}))
    assert status == 500
    assert document["Err"] == "X failed: see journalctl -u calico-libnetwork"
    assert "secret" in caplog.text


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(store.Unavailable("etcd does not answer"), id="etcd"),
        pytest.param(errors.Late("the agent has not programmed the endpoint", 504), id="the agent"),
    ],
)
def test_while_a_host_boots_a_call_waits_for(path: pathlib.Path, error: Exception) -> None:
    absent = iter([error])

    def serve(_request: requests.Nothing) -> Any:
        for reason in absent:
            raise reason
        return {"late": True}

    application = app.application({"X": app.Call(requests.Nothing, serve)}, patient_until=time.monotonic() + 60)
    found, document, _kind = talk(application, path, lambda session: post(session, "X", {}))
    assert (found, document) == (200, {"late": True})


def test_nothing_waits_for_an_engine_that_waits_for_the_answer(path: pathlib.Path) -> None:
    asked = []

    def serve(_request: requests.Nothing) -> Any:
        asked.append(True)
        raise errors.Refused("the engine's API does not answer", 503)

    application = app.application({"X": app.Call(requests.Nothing, serve)}, patient_until=time.monotonic() + 60)
    assert talk(application, path, lambda session: post(session, "X", {}))[0] == 503
    assert len(asked) == 1


class AbsentStore(FakeStore):
    """Its calls take their time to find out that nobody answers, until ``up`` is set."""

    def __init__(self, up: threading.Event) -> None:
        super().__init__(cluster.records({"p4": "10.65.0.0/24"}))
        self._up = up

    def list(self, prefix: str) -> store.Listing:
        if not self._up.wait(10):
            raise store.Unavailable("etcd does not answer")
        return super().list(prefix)


def test_while_a_host_boots_calls_in_a_queue_wait_for_etcd(path: pathlib.Path) -> None:
    """Three containers start at once: one asks for an address, two find that it has not been answered."""
    up, impatient = threading.Event(), threading.Semaphore(0)
    texts: set[str] = set()
    allocator = allocate.Allocator(AbsentStore(up), "host1", patience=0.1)

    def serve(_request: requests.Nothing) -> Any:
        try:
            return {"Address": str(allocator.assign(allocate.Wish(4)))}
        except ipam_errors.Busy as error:
            texts.add(str(error))
            impatient.release()
            raise

    def come_up() -> None:
        if all(impatient.acquire(timeout=5) for _call in range(2)):
            up.set()

    async def three(session: Session) -> Any:
        asked = asyncio.gather(*(post(session, "X", {}) for _call in range(3)))
        await asyncio.to_thread(come_up)
        return await asked

    application = app.application({"X": app.Call(requests.Nothing, serve)}, patient_until=time.monotonic() + 60)
    found = talk(application, path, three)
    assert [status for status, _document, _kind in found] == [200, 200, 200]
    assert len({document["Address"] for _status, document, _kind in found}) == 3
    assert texts == {"no turn within 0.1 s: an earlier request of this host waits for etcd"}


def test_calls_interleave(path: pathlib.Path) -> None:
    """One that waits for another would end this test by time."""
    met = threading.Barrier(2, timeout=10)

    def serve(_request: requests.Nothing) -> Any:
        met.wait()
        return {}

    async def both(session: Session) -> Any:
        return await asyncio.gather(post(session, "X", {}), post(session, "X", {}))

    found = talk(app.application({"X": app.Call(requests.Nothing, serve)}), path, both)
    assert [status for status, _document, _kind in found] == [200, 200]


def test_the_socket_is_private_and_replaces_what_a_crash_left(path: pathlib.Path) -> None:
    sockets.listen(path).close()
    assert path.is_socket()
    with sockets.listen(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        with pytest.raises(sockets.Occupied, match="another process answers"):
            sockets.listen(path)


def test_the_engines_directory_stays_private(path: pathlib.Path) -> None:
    path.parent.mkdir(parents=True)
    path.parent.parent.chmod(0o755)
    sockets.listen(path).close()
    assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700


def test_a_file_that_is_no_socket_is_not_removed(path: pathlib.Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("precious")
    with pytest.raises(sockets.Occupied, match="is not a socket"):
        sockets.listen(path)
    assert path.read_text() == "precious"
