"""In what order a host's desired state reaches the kernel: policy before reachability, always.

    1. withdraw the routes of what is gone       4. announce the routes of what is set up; who waits is told
    2. policy, at once for packets               5. forget the connections of addresses that left, of other ports
    3. forwarding, interfaces                    6. tunnels to other hosts, BIRD

An address that has a new owner already is forgotten before 4 instead: the owner must not inherit what was let through.
A failed policy stops everything that would let packets in by the new state: no route is announced, BIRD is not told.
Other failures stop what is theirs only; all of them are reported, and tried again by the loop.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence

from ansible_collections.calico.docker.plugins.module_utils.model import bgp_secrets
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot
from calico_node.calc import bgp, hosts
from calico_node.calc.calculator import Calculator
from calico_node.dataplane import bird, conntrack
from calico_node.dataplane.errors import DataplaneError
from calico_node.dataplane.interfaces import InterfaceDriver
from calico_node.dataplane.iptables import IptablesDriver
from calico_node.dataplane.links import Interfaces, Links
from calico_node.dataplane.nft import NftDriver
from calico_node.dataplane.password_file import PasswordFile
from calico_node.dataplane.routes import RouteDriver
from calico_node.dataplane.sysctls import Sysctls
from calico_node.dataplane.tunnels import TunnelDriver
from calico_node.render import bird as bird_text
from calico_node.render import routes
from calico_node.render.upkeep import Upkeep

from . import port_connections


@dataclasses.dataclass(frozen=True, slots=True)
class Drivers:
    """One a subsystem."""

    nft: NftDriver
    routes: RouteDriver
    interfaces: InterfaceDriver
    sysctls: Sysctls
    iptables: IptablesDriver
    bird: bird.BirdDriver
    tunnels: TunnelDriver
    passwords: PasswordFile = dataclasses.field(default_factory=PasswordFile)
    forget: Callable[[Iterable[str]], Sequence[str]] = conntrack.forget
    forget_ports: port_connections.Forget = conntrack.forget_ports

    @property
    def families(self) -> tuple[int, ...]:
        """The IP versions that this host has."""
        return (4, 6) if self.sysctls.has_ipv6 else (4,)


@dataclasses.dataclass(slots=True)
class Outcome:
    """What an apply did, what went wrong, and which endpoints are in the kernel as wanted."""

    state: hosts.HostState
    changes: list[str] = dataclasses.field(default_factory=list)
    errors: list[str] = dataclasses.field(default_factory=list)
    warnings: tuple[str, ...] = ()
    programmed: frozenset[str] = frozenset()

    def step(self, subject: str, action: Callable[[], Iterable[str]]) -> tuple[str, ...] | None:
        """Run one step and note what it changed; None if it failed."""
        try:
            changed = tuple(action())
        except DataplaneError as error:
            self.errors.append(f"{subject}: {error}")
            return None
        self.changes += [f"{subject} {change}" for change in changed]
        return changed


class Order:
    """Applies snapshots for one host; for one thread."""

    def __init__(self, host: str, drivers: Drivers) -> None:
        self._host = host
        self._drivers = drivers
        self._calculator = Calculator(host)
        self._upkeep = Upkeep()
        self._told_bird: tuple[object, ...] = ()
        self._bird_warnings: tuple[str, ...] = ()
        self._accepted: bool | None = None
        self._wanted: Mapping[str, str] | None = None
        self._to_forget: set[str] = set()
        self._ports = port_connections.PortConnections(drivers.forget_ports)

    def resync(self) -> None:
        """Read everything back with the next apply."""
        self._drivers.nft.resync()
        self._drivers.routes.resync()
        self._drivers.interfaces.resync()
        self._drivers.tunnels.resync()
        self._told_bird = ()
        self._accepted = None

    def apply(self, snapshot: Snapshot, interfaces: Interfaces, programmed: Callable[[Outcome], None]) -> Outcome:
        """Bring the kernel to the state of a snapshot; ``programmed`` is told before anything that can wait."""
        links = interfaces.ours
        update = self._calculator.update(snapshot, interfaces.addresses)
        since_last, table, state = self._upkeep.update(update), self._upkeep.table, update.state
        wanted = _reachable(routes.routes(state), self._drivers.families)
        outcome = Outcome(state, warnings=(*self._bird_warnings, *state.tunnels.problems))
        self._ports.note(since_last)
        if self._wanted is None:
            outcome.step("table", lambda: self._ports.start(self._drivers.nft.read(), table))
        gone = outcome.step("withdrawn", lambda: self._drivers.routes.withdraw(wanted, links))
        self._note_who_left(wanted, gone, links)
        outcome.step("tunnel withdrawn", lambda: self._drivers.tunnels.withdraw(state.tunnels))
        policy = outcome.step("table", lambda: _counted(self._drivers.nft.apply(table, since_last)))
        if policy is not None:
            self._forget(outcome, self._to_forget & wanted.keys())
            self._connect(outcome, wanted, links)
        programmed(outcome)
        self._forget(outcome, self._to_forget)
        if policy is not None:
            outcome.step("tunnel", lambda: self._drivers.tunnels.apply(state.tunnels, interfaces.era))
            outcome.step("connections", lambda: self._ports.forget(interfaces.addresses))
            self._tell_bird(outcome, snapshot)
        return outcome

    def _connect(self, outcome: Outcome, wanted: Mapping[str, str], links: Links) -> None:
        drivers, state = self._drivers, outcome.state
        self._accept(outcome)
        outcome.step("sysctl", drivers.sysctls.forward)
        outcome.step(
            "interface",
            lambda: drivers.interfaces.apply(wanted.values(), links, state.spoofable.keys(), state.publishing),
        )
        outcome.step("announced", lambda: drivers.routes.announce(wanted, drivers.interfaces.ready(links)))
        outcome.programmed = _programmed(state, drivers.routes.missing(wanted, links))

    def _accept(self, outcome: Outcome) -> None:
        """Once, and again when the host's own interfaces come under policy or out of it."""
        drivers, everywhere = self._drivers, bool(outcome.state.own.all)
        if self._accepted != everywhere:
            done = outcome.step("iptables", lambda: drivers.iptables.apply(drivers.families, everywhere=everywhere))
            self._accepted = None if done is None else everywhere

    def _note_who_left(self, wanted: Mapping[str, str], withdrawn: Iterable[str] | None, links: Links) -> None:
        """By what was wanted before, as the kernel drops a route with its interface.

        A new agent does not know that: an address without its route may have been another endpoint's until now.
        """
        if self._wanted is not None:
            left = {address for address, link in self._wanted.items() if wanted.get(address) != link}
        elif withdrawn is not None:
            left = {*self._drivers.routes.unrouted(wanted, links)}
        else:
            return  # the routes could not be read: look again next time
        self._to_forget |= left | ({destination.partition("/")[0] for destination in withdrawn or ()} - wanted.keys())
        self._wanted = wanted

    def _forget(self, outcome: Outcome, addresses: Iterable[str]) -> None:
        """Until it has worked an address stays to be forgotten."""
        left = sorted(addresses)
        if left and outcome.step("connections", lambda: self._delete_connections(left)) is not None:
            self._to_forget -= set(left)

    def _delete_connections(self, addresses: Iterable[str]) -> Iterable[str]:
        forgotten = self._drivers.forget(addresses)
        return (f"of {', '.join(forgotten)} forgotten",) if forgotten else ()

    def _tell_bird(self, outcome: Outcome, snapshot: Snapshot) -> None:
        """Only what BIRD's configuration is made of; snapshots share the mappings that did not change."""
        passwords = self._drivers.passwords.read()
        told = (
            snapshot.affinities,
            snapshot.bgp_configurations,
            snapshot.bgp_filters,
            snapshot.bgp_peers,
            snapshot.nodes,
            snapshot.pools,
            passwords,
        )
        if len(told) == len(self._told_bird) and all(map(operator.is_, told, self._told_bird)):
            return
        configuration = bgp.configuration(snapshot, self._host, passwords)
        self._bird_warnings = configuration.problems
        outcome.warnings = (*self._bird_warnings, *outcome.state.tunnels.problems)
        if outcome.step("BIRD", lambda: self._configure(configuration, passwords)) is not None:
            self._told_bird = told

    def _configure(self, configuration: bgp.BgpConfiguration, passwords: bgp_secrets.Passwords) -> Iterable[str]:
        try:
            text = bird_text.render(configuration)
            secrets = bird_text.secrets(configuration, passwords.known)
        except ValueError as error:  # what it refuses to print must not end the agent, which would meet it again
            raise DataplaneError(f"no configuration was written: {error}") from error
        return ("is configured anew",) if self._drivers.bird.apply(text, secrets).written else ()


def _reachable(wanted: Mapping[str, str], families: tuple[int, ...]) -> Mapping[str, str]:
    """Without the families that this host does not have."""
    return {address: link for address, link in wanted.items() if (6 if ":" in address else 4) in families}


def _programmed(state: hosts.HostState, missing: frozenset[str]) -> frozenset[str]:
    """The endpoints whose every address is routed to their own interface."""
    return frozenset(one.name for one in state.endpoints.values() if one.interface not in missing)


def _counted(commands: int) -> Iterable[str]:
    return (f"changed by {commands} commands",) if commands else ()
