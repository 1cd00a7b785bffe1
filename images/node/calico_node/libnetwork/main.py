"""The service calico-libnetwork: listens at once, reaches etcd with the first call that needs it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import os
import pathlib
import signal
import sys
import threading
import time
from collections.abc import Mapping

from aiohttp import web

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node import systemd
from calico_node.dataplane import veth
from calico_node.ipam import allocate, tunnel_addresses

from . import (
    adoption,
    app,
    collect,
    endpoints,
    engine,
    errors,
    ipam,
    network,
    networks,
    programming,
    publications,
    sockets,
)

_STORE_SECONDS = 3.0  # a call of the store; docker run with etcd down fails after this
_LEARN_SECONDS = 300.0
_HASTE_SECONDS = 5.0  # for the word of an engine that has answered before, and waits for ours
_LONG_SECONDS = 30.0  # an engine that starts answers late, and then at once
_BOOT_SECONDS = 60.0  # after the host's start, in which etcd may still be starting too
_PATIENCE_SECONDS = 30.0  # with it
_RETRY_SECONDS = 20.0  # until the engine answers for the first time
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where everything is; the paths are those inside the service's root directory."""

    node: str
    plugin: pathlib.Path
    engine: str
    agent: str
    state: pathlib.Path
    boot_patience: float  # seconds

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Upstream's NODENAME, and ours for tests. Raises Invalid."""
        try:
            node = fields.NAME.decode(environ.get("NODENAME"), True)
        except Invalid as error:
            raise Invalid(error.under("NODENAME")) from None
        return cls(
            node=node,
            plugin=pathlib.Path(environ.get("CALICO_PLUGIN_SOCKET", "/run/docker/plugins/calico.sock")),
            engine=environ.get("CALICO_DOCKER_SOCKET", "/host/run/docker.sock"),
            agent=environ.get("CALICO_AGENT_SOCKET", "/run/calico/agent.sock"),
            state=pathlib.Path(environ.get("STATE_DIRECTORY", "/var/lib/calico/libnetwork")),
            boot_patience=_PATIENCE_SECONDS if environ.get("CALICO_BOOT_PATIENCE") != "0" else 0,
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Plugin:
    """The parts of a running plugin."""

    driver: network.NetworkDriver
    web: web.Application
    collector: collect.Collector
    adoption: adoption.Adoption
    tunnels: tunnel_addresses.TunnelAddresses
    known: networks.Networks


def assemble(settings: Settings, datastore: store.Store) -> Plugin:
    """The plugin's parts, connected; does nothing yet."""
    allocator = allocate.Allocator(datastore, settings.node)
    known = endpoints.Endpoints(datastore, settings.node)
    api, links = engine.Engine(settings.engine), veth.Veths()
    adopting = adoption.Adoption(
        hasty=engine.Engine(settings.engine, _HASTE_SECONDS),
        patient=engine.Engine(settings.engine, _LONG_SECONDS),
        links=links,
        known=known,
    )
    collector = collect.Collector(engine=api, links=links, known=known, allocator=allocator)
    known_networks = networks.Networks(settings.state / "networks", api)
    addresses = ipam.IpamDriver(allocator, known, collector.reclaim, known_networks.subnets)
    driver = network.NetworkDriver(
        node=settings.node,
        datastore=datastore,
        known=known,
        handles_of=allocator.handles_of,
        give_back=addresses.give_back,
        known_networks=known_networks,
        agent=programming.Agent(settings.agent),
        links=links,
        adoption=adopting,
        collector=collector,
        ports=publications.Publications(datastore, known, links),
    )
    patient_until = _patient_until(settings.boot_patience)
    web_side = app.application(app.calls(driver, addresses), patient_until, collector.hint)
    tunnels = tunnel_addresses.TunnelAddresses(datastore, settings.node)
    return Plugin(driver, web_side, collector, adopting, tunnels, known_networks)


def _patient_until(patience: float) -> float:
    with contextlib.suppress(OSError):  # without /proc there is no patience
        if systemd.uptime() < _BOOT_SECONDS:
            return time.monotonic() + patience
    return 0.0


async def serve(settings: Settings, plugin: Plugin, stopped: asyncio.Event) -> None:
    """Answer calls until ``stopped``. Raises Occupied, OSError, LinkError."""
    plugin.driver.recall()
    runner = web.AppRunner(plugin.web, access_log=None)
    await runner.setup()
    await web.SockSite(runner, sockets.listen(settings.plugin)).start()
    systemd.notify("READY=1", f"STATUS=node {settings.node}, answers at {settings.plugin}")
    plugin.adoption.expect()
    own = {"adoption": plugin.adoption.run, "collector": plugin.collector.run, "tunnels": plugin.tunnels.follow}
    for name, run in own.items():
        threading.Thread(target=run, name=name, daemon=True).start()
    tasks = [asyncio.create_task(_watchdog()), asyncio.create_task(_learn(plugin))]
    try:
        await stopped.wait()
    finally:
        systemd.notify("STOPPING=1")
        for task in tasks:
            task.cancel()
        await runner.cleanup()
        settings.plugin.unlink(missing_ok=True)


async def _watchdog() -> None:
    """Tell systemd that the event loop still turns."""
    if (interval := systemd.watchdog_interval()) is None:
        return
    while True:
        systemd.notify("WATCHDOG=1")
        await asyncio.sleep(interval)


async def _learn(plugin: Plugin) -> None:
    """Keep on disk what the engine says of networks, and ask soon again after a failure."""
    while True:
        pause = _LEARN_SECONDS
        try:
            await asyncio.to_thread(plugin.known.learn)
        except errors.Refused as error:
            _log.info("networks are not learnt now: %s", error)
            pause = _RETRY_SECONDS
        except Exception:  # noqa: BLE001 - the plugin serves without it
            _log.exception("networks are not learnt")
        await asyncio.sleep(pause)


async def _run(settings: Settings, plugin: Plugin) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await serve(settings, plugin, stopped)


def main() -> int:
    """Run until a signal; 1 if it cannot start."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        settings = Settings.from_environment(os.environ)
        config = dataclasses.replace(store.config_from_environment(os.environ), timeout=_STORE_SECONDS)
        with contextlib.closing(store.open(config)) as datastore:
            asyncio.run(_run(settings, assemble(settings, datastore)))
    except (Invalid, store.StoreError, veth.LinkError, sockets.Occupied, OSError) as error:
        _log.error("cannot start: %s", error)
        return 1
    return 0
