"""Facts about any container of the lab, by its host and name; ``facts`` knows those of the workload."""

import dataclasses

from tests.lab import facts, hosts


def address_of(host: str) -> str:
    """A host's own IPv4 address in its rack."""
    return hosts.must(host, "ip -4 -oneline address show dev eth0 | sed 's|.* inet \\([^/]*\\)/.*|\\1|'")


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A container that runs."""

    host: str
    container: str
    network: str

    def address(self, version: int) -> str:
        """Of its network, as its host's engine tells."""
        field = {4: "IPAddress", 6: "GlobalIPv6Address"}[version]
        network = f'(index .NetworkSettings.Networks "{self.network}")'
        return hosts.must(self.host, f"docker inspect --format '{{{{{network}.{field}}}}}' {self.container}")

    def asks(self, address: str, port: int) -> str:
        """The command by which it asks a server who it is."""
        place = f"[{address}]" if ":" in address else address
        return f"docker exec {self.container} wget -q -T 2 -O - http://{place}:{port}/cgi-bin/whoami"


def reaches(source: Place, target: Place, port: int, *, version: int = 4) -> facts.Fact:
    """The target answers, and it saw the source's own address."""
    own = source.address(version)
    return facts.Fact(
        f"{source.container} of {source.host} reaches {target.container} of {target.host}, TCP {port}, as {own}",
        source.host,
        source.asks(target.address(version), port),
        lambda answer: answer.code == 0 and answer.text == own,
    )


def blocked(source: Place, target: Place, port: int, *, version: int = 4) -> facts.Fact:
    """The target does not answer. That it listens is known from those that reach it."""
    return facts.Fact(
        f"{source.container} of {source.host} does not reach {target.container} of {target.host}, TCP {port}",
        source.host,
        source.asks(target.address(version), port),
        lambda answer: answer.code != 0 and "timed out" in answer.text,
    )
