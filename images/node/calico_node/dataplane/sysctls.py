"""Kernel settings below /proc/sys: written where they differ, so that a second apply writes nothing."""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Iterator, Mapping

from .errors import DataplaneError

_ROOT = pathlib.Path("/proc/sys/net")
_LONGEST = 64
_FORWARDING = "ipv6/conf/all/forwarding"


class Sysctls:
    """Settings under a root; those of IPv6 are left out on a host that has none."""

    def __init__(self, root: pathlib.Path = _ROOT) -> None:
        self._root = root

    @property
    def has_ipv6(self) -> bool:
        return (self._root / "ipv6").exists()

    def forward(self) -> tuple[str, ...]:
        """Make this host a router; the settings that took."""
        changed = self._put({"ipv4/ip_forward": "1"})
        if self.has_ipv6 and self._read(_FORWARDING) == "0":
            changed += self._put({**dict(self._keep_listening()), _FORWARDING: "1"})
        return changed

    def interface(self, name: str, *, spoofing: bool = False, publishing: bool = False) -> tuple[str, ...]:
        """Make an interface one of a workload; the settings that took.

        With ``spoofing`` the kernel does not look from where a source address would be reached: our table does. With
        ``publishing`` it leads there what the host sends to its loopback addresses, and takes the answers: our table
        drops whatever else comes to such an address.
        """
        settings = {
            # We are the gateway 169.254.1.1 of every container, by answering its ARP requests at once.
            f"ipv4/conf/{name}/proxy_arp": "1",
            f"ipv4/neigh/{name}/proxy_delay": "0",
            f"ipv4/conf/{name}/forwarding": "1",
            f"ipv4/conf/{name}/rp_filter": "0" if spoofing else "1",
            f"ipv4/conf/{name}/route_localnet": "1" if publishing else "0",
        }
        if self.has_ipv6:
            settings |= {
                f"ipv6/conf/{name}/disable_ipv6": "0",
                # A container is no router to listen to.
                f"ipv6/conf/{name}/accept_ra": "0",
                f"ipv6/conf/{name}/forwarding": "1",
            }
        return self._put(settings)

    def close_loopback(self, prefix: str) -> None:
        """Without our table nothing may come to the host's loopback addresses from interfaces of workloads."""
        for interface in sorted((self._root / "ipv4/conf").glob(f"{prefix}*")):
            with contextlib.suppress(DataplaneError):  # it has gone meanwhile
                self._put({f"ipv4/conf/{interface.name}/route_localnet": "0"})

    def _keep_listening(self) -> Iterator[tuple[str, str]]:
        """A router ignores router advertisements by default: hosts that live by them would lose their own gateway."""
        for interface in sorted((self._root / "ipv6/conf").iterdir()):
            name = f"ipv6/conf/{interface.name}/accept_ra"
            if self._read(name) == "1":
                yield name, "2"

    def _put(self, settings: Mapping[str, str]) -> tuple[str, ...]:
        wanted = {name: value for name, value in settings.items() if self._read(name) != value}
        for name, value in wanted.items():
            try:
                with _opened(f"{self._root}/{name}", os.O_WRONLY | os.O_TRUNC) as descriptor:
                    os.write(descriptor, value.encode())
            except OSError as error:
                raise DataplaneError(f"cannot set net/{name} to {value}: {error}") from error
        return tuple(f"{name}={value}" for name, value in wanted.items())

    def _read(self, name: str) -> str:
        try:
            with _opened(f"{self._root}/{name}", os.O_RDONLY) as descriptor:
                return os.read(descriptor, _LONGEST).decode().strip()
        except OSError as error:
            raise DataplaneError(f"cannot read net/{name}: {error}") from error


@contextlib.contextmanager
def _opened(path: str, how: int) -> Iterator[int]:
    """Without Python's files: hosts have thousands of settings."""
    descriptor = os.open(path, how)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
