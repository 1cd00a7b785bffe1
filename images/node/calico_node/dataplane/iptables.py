"""What iptables must know: packets that our table accepted are not for Docker's or the host's rules to drop.

An accept in our own table does not end the iptables tables, which Docker fills and whose FORWARD policy it may set to
DROP. So the first chain that Docker enters, DOCKER-USER, accepts packets of our interfaces that carry the mark, and
those of any interface while the host's own are HostEndpoints: only then is the mark cleared from all other packets.
Docker keeps what it finds in that chain, whichever of us comes first. Where Docker has no such chain for IPv6, FORWARD
has to do. Our rules are recognised by their own text; nothing else in iptables is touched.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator

from . import programs

_PROGRAMS = {4: "iptables", 6: "ip6tables"}
# Lists the tables of the legacy backend, once there are any; to ask its program would make one.
_LEGACY_TABLES = {4: "ip_tables_names", 6: "ip6_tables_names"}
_USER, _FORWARD = "DOCKER-USER", "FORWARD"
_WAIT = ("-w", "5")


class IptablesDriver:
    """Keeps the accepting rules in place; ``mark`` is the bit of an accepted packet."""

    def __init__(
        self,
        mark: int,
        prefix: str,
        *,
        proc: pathlib.Path = pathlib.Path("/proc/net"),
        succeeds: Callable[..., bool] = programs.succeeds,
        run: Callable[..., None] = programs.run,
    ) -> None:
        accepted = ("-m", "mark", "--mark", f"{mark:#x}/{mark:#x}", "-j", "ACCEPT")
        self._rules = (("-i", f"{prefix}+", *accepted), ("-o", f"{prefix}+", *accepted))
        self._everywhere = accepted
        self._proc = proc
        self._succeeds = succeeds
        self._run = run

    def apply(self, families: tuple[int, ...], *, everywhere: bool = False) -> tuple[str, ...]:
        """Put the rules where Docker's are; what that changed. Raises DataplaneError.

        ``everywhere``: accept the mark on packets of any interface.
        """
        return tuple(change for family in families for change in self._apply(family, everywhere))

    def remove(self, families: tuple[int, ...]) -> None:
        """Leave no rule of ours behind, in any chain or backend."""
        for family in families:
            for backend in self._backends(family):
                program = f"{_PROGRAMS[family]}-{backend}"
                for chain in (_USER, _FORWARD):
                    self._clear(program, chain)
                # Empty and unused, it is one that we made; else this fails, and it stays.
                self._succeeds(program, *_WAIT, "-X", _USER)

    def _apply(self, family: int, everywhere: bool) -> Iterator[str]:
        backend = self._backend(family)
        program = f"{_PROGRAMS[family]}-{backend}"
        chain = self._chain(program, family)
        for rule in (*self._rules, *([self._everywhere] if everywhere else [])):
            if not self._succeeds(program, *_WAIT, "-C", chain, *rule):
                self._run(program, *_WAIT, "-I", chain, *rule)
                yield f"{program}: {chain} {' '.join(rule)}"
        if not everywhere:
            yield from self._delete(program, chain, self._everywhere)
        if chain == _USER:
            self._clear(program, _FORWARD)

    def _backends(self, family: int) -> tuple[str, ...]:
        return ("nft", "legacy") if self._uses_legacy(family) else ("nft",)

    def _uses_legacy(self, family: int) -> bool:
        tables = self._proc / _LEGACY_TABLES[family]
        has_filter = tables.exists() and "filter" in tables.read_text().split()
        return has_filter and self._succeeds(f"{_PROGRAMS[family]}-legacy", *_WAIT, "-n", "-L", "DOCKER")

    def _backend(self, family: int) -> str:
        """The one that Docker uses, which is the host's; nft as long as nothing says otherwise."""
        return self._backends(family)[-1]

    def _chain(self, program: str, family: int) -> str:
        if self._succeeds(program, *_WAIT, "-n", "-L", _USER):
            return _USER
        if family == 6:
            return _FORWARD
        self._run(program, *_WAIT, "-N", _USER)
        return _USER

    def _clear(self, program: str, chain: str) -> None:
        for rule in (*self._rules, self._everywhere):
            for _change in self._delete(program, chain, rule):
                pass

    def _delete(self, program: str, chain: str, rule: tuple[str, ...]) -> Iterator[str]:
        while self._succeeds(program, *_WAIT, "-D", chain, *rule):
            yield f"{program}: no more {chain} {' '.join(rule)}"
