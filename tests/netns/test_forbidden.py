"""What must never pass does not at any time, and what may pass goes on: packets without a break, real processes."""

import pathlib
import time
from collections.abc import Iterable, Iterator

import pytest

from tests.states import records, states

from . import processes
from .hosts import Host
from .namespaces import World
from .packets import cell, frames
from .packets.prober import Prober
from .packets.traffic import Sent
from .waiting import until

ONE, TWO, THREE, STRANGER = (cell.WORKLOAD[number] for number in (1, 2, 3, 6))
# frontend: 1 and 2; backend: 3. The host may not be reached.
TWO_NETWORKS = states.STATES["two networks"]
OUTSIDE = {4: "203.0.113.7", 6: "2001:db8:9::7"}


@pytest.fixture
def made(tmp_path: pathlib.Path) -> Iterator[cell.Cell]:
    """Only the agent makes routes to the workloads."""
    with World() as world, Host(world, tmp_path) as host:
        yield cell.Cell(world, host, always_routed=False)


@pytest.fixture
def wires(made: cell.Cell) -> Iterator[cell.Wires]:
    with made.open() as opened:
        yield opened


@pytest.fixture
def etcd(made: cell.Cell, tmp_path: pathlib.Path) -> processes.Etcd:
    return processes.Etcd(made.host, tmp_path)


@pytest.fixture
def agent(made: cell.Cell, tmp_path: pathlib.Path) -> Iterator[processes.Agent]:
    found = processes.Agent(made.host, tmp_path)
    yield found
    found.close()


@pytest.fixture
def running(etcd: processes.Etcd, agent: processes.Agent) -> None:
    """The networks are programmed."""
    agent.start()
    settle(agent, etcd.put(*TWO_NETWORKS))


def settle(agent: processes.Agent, revision: int) -> None:
    """Wait until a revision of the store is in the kernel."""
    until(lambda: (found := agent.status())["revision"] >= revision and not found["errors"])


def packet(version: int, protocol: int, source: str, destination: str, *ports: int) -> frames.Packet:
    """Between places, or from elsewhere."""
    ends = [cell.ADDRESS[version].get(place) or frames.address(place) for place in (source, destination)]
    return frames.Packet(protocol, *ends, *ports)


def between(pairs: Iterable[tuple[str, str]], *ports: int) -> Iterator[Sent]:
    """TCP and UDP in both families; ``eth0`` as a source means somebody outside."""
    for incoming, outgoing in pairs:
        for version in (4, 6):
            source = OUTSIDE[version] if incoming == "eth0" else incoming
            for protocol in (frames.TCP, frames.UDP):
                yield Sent(packet(version, protocol, source, outgoing, *ports), incoming, outgoing)


def to_host(incoming: str) -> Iterator[Sent]:
    for version in (4, 6):
        for protocol in (frames.TCP, frames.UDP):
            yield Sent(packet(version, protocol, incoming, cell.HOST["eth0"][version == 6], 1000, 80), incoming, None)


def lies() -> Iterator[Sent]:
    """From a container with the address of another one, or with one from outside."""
    for version in (4, 6):
        for source in (ONE, OUTSIDE[version]):
            yield Sent(packet(version, frames.UDP, source, TWO, 1000, 80), THREE, TWO)


def flow(*ports: int) -> Iterator[Sent]:
    """Question and answer: established from the second round on."""
    for version in (4, 6):
        yield Sent(packet(version, frames.UDP, ONE, TWO, *ports), ONE, TWO)
        yield Sent(packet(version, frames.UDP, TWO, ONE, *reversed(ports)), TWO, ONE)


FENCE = tuple(between(((ONE, THREE), (THREE, ONE), ("eth0", ONE), ("eth0", THREE), (STRANGER, ONE)), 1000, 80))
FORBIDDEN = (*FENCE, *to_host(ONE), *to_host(STRANGER), *lies())
ALLOWED = (*between(((ONE, TWO), (TWO, ONE)), 1000, 80), *flow(2000, 443))


def probed(wires: cell.Wires, seconds: float = 0.3) -> None:
    """The networks are as they should be, in peace."""
    with Prober(wires, FORBIDDEN, ALLOWED) as prober:
        prober.wait(seconds)
    prober.judge()


@pytest.mark.usefixtures("running")
def test_the_prober_sees_what_passes(wires: cell.Wires, agent: processes.Agent, etcd: processes.Etcd) -> None:
    with Prober(wires, FENCE, ALLOWED) as prober:
        settle(agent, etcd.put(records.policy("open", selector="all()", ingress=states.ALLOW, egress=states.ALLOW)))
        until(lambda: len(prober.report.passed) > 100)
        settle(
            agent, etcd.put(records.policy("shut", order=1, selector="all()", ingress=states.DENY, egress=states.DENY))
        )
        until(lambda: len(prober.report.lost) > 10)
    passed = {sent for _time, sent in prober.report.passed}
    assert passed == {sent for sent in FENCE if sent.incoming != STRANGER}
    # The flow was established before.
    assert {sent for _moment, sent in prober.report.lost} == set(between(((ONE, TWO), (TWO, ONE)), 1000, 80))


def test_promise_3_when_an_agent_starts_for_the_first_time(
    wires: cell.Wires, agent: processes.Agent, etcd: processes.Etcd
) -> None:
    """No route leads to a workload before its policy stands."""
    with Prober(wires, FENCE) as prober:
        revision = etcd.put(*TWO_NETWORKS)
        agent.start()
        settle(agent, revision)
        prober.wait(0.1)
    prober.judge()
    probed(wires)


@pytest.mark.usefixtures("running")
def test_promise_3_when_an_agent_ends_and_starts(wires: cell.Wires, agent: processes.Agent) -> None:
    with Prober(wires, FORBIDDEN, ALLOWED) as prober:
        for end in (agent.terminate, agent.kill, agent.terminate, agent.kill):
            end()
            agent.start()
            until(lambda: agent.status()["ready"])
    prober.judge()


@pytest.mark.usefixtures("running")
def test_promise_3_when_etcd_ends_and_starts_elsewhere(
    wires: cell.Wires, agent: processes.Agent, etcd: processes.Etcd
) -> None:
    """What the agent lists anew is compared with everything that is there."""
    with Prober(wires, FORBIDDEN, ALLOWED) as prober:
        etcd.process.kill()
        until(lambda: agent.status()["inSync"] is False)
        etcd.start()
        etcd.compact(etcd.put(records.endpoint(5)))
        until(lambda: agent.status()["inSync"], seconds=30)
        until(lambda: agent.status()["counts"]["local"] == 4)
    prober.judge()


JUNK = (
    "add rule inet calico forward counter accept",
    "add chain inet calico junk",
    "add element inet calico sources4 { cali00000000009 . 10.65.0.9 }",
    "add set inet calico junk { type ipv4_addr; }",
)


@pytest.mark.usefixtures("running")
def test_promise_4_when_everything_is_read_back_and_mended(
    made: cell.Cell, wires: cell.Wires, agent: processes.Agent
) -> None:
    with Prober(wires, FORBIDDEN, ALLOWED) as prober:
        for turn, junk in enumerate(JUNK, 1):
            made.host.space.run("nft", junk)
            until(lambda turn=turn: agent.log().count("repaired what drifted") >= turn)
    prober.judge()


def steps() -> Iterator[tuple[records.Change, ...]]:
    """Changes one after the other, none of which opens what is forbidden or shuts what is allowed."""
    web = [{"action": "Allow", "protocol": "TCP", "destination": {"ports": [8080]}}]
    inside = [{"action": "Allow", "source": {"selector": states.FRONTEND}}]
    yield (records.policy("web", order=5, selector=states.BACKEND, ingress=web),)
    yield (records.policy("front", order=6, selector=states.FRONTEND, ingress=inside),)
    yield (records.tier("first", order=1), records.policy("log", tier="first", selector="all()", ingress=PASS))
    yield (records.tier("first", order=1, defaultAction="Pass"),)
    yield (records.policy("front", order=6, selector=states.FRONTEND, ingress=[*web, *inside], egress=states.ALLOW),)
    yield (records.policy("broken", selector=states.BACKEND, ingress=[{"action": "Maybe"}]),)
    yield (records.without(records.policy("front")),)
    yield (records.endpoint(3, networks=["backend"], labels={"role": "db"}),)
    yield (records.without(records.endpoint(3)),)
    yield (records.endpoint(3, networks=["backend"]), records.endpoint(5))
    yield tuple(records.endpoint(number, node="host2") for number in range(100, 160))
    yield (records.felix(logPrefix="other"),)
    yield (records.without(records.network("backend")),)
    yield TWO_NETWORKS
    yield (*map(records.without, (records.policy("web"), records.policy("log"), records.policy("broken"))),)
    yield (records.without(records.tier("first")), records.without(records.endpoint(5)))


PASS = [{"action": "Log", "protocol": "SCTP"}, {"action": "Pass"}]


@pytest.mark.usefixtures("running")
def test_promise_3_at_every_change(wires: cell.Wires, agent: processes.Agent, etcd: processes.Etcd) -> None:
    with Prober(wires, FORBIDDEN, ALLOWED) as prober:
        for _turn in range(3):
            for changes in steps():
                settle(agent, etcd.put(*changes))
    prober.judge()


# Who fights with the agent over its table is answered once a second.
LONGEST_REPAIR = 1.5


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("damage", ["flush ruleset", "delete table inet calico", "flush chain inet calico forward"])
def test_promise_4_what_a_stranger_opens_is_closed_at_once(
    made: cell.Cell, wires: cell.Wires, agent: processes.Agent, damage: str
) -> None:
    """No program can prevent it. What is allowed is not lost when all comes back.

    While the stranger's command is at it, the kernel finds the maps of the old table empty before it lets go of the
    chains that look into them.
    """
    with Prober(wires, FORBIDDEN, ALLOWED) as prober:
        prober.wait(1.1)  # since the agent last looked
        made.host.space.run("nft", damage)
        begun = time.monotonic()
        until(lambda: "repaired what drifted" in agent.log())
        prober.wait(0.2)
    moments = [moment - begun for moment, _sent in prober.report.passed]
    assert max(moments, default=0) < LONGEST_REPAIR, f"{prober.report}; the last one after {max(moments):.2f} s"
    lost = [moment - begun for moment, _sent in prober.report.lost]
    assert sum(moment > 0 for moment in lost) <= prober.report.overflows


ENEMIES = ("203.0.113.0/24", "2001:db8:9::/48")


@pytest.mark.usefixtures("running")
def test_rules_that_exclude_networks_are_never_without_them(
    wires: cell.Wires, agent: processes.Agent, etcd: processes.Etcd
) -> None:
    """The kernel fills sets of networks later than it switches to the rules of the same transaction."""
    settle(agent, etcd.put(records.network_set("enemies", *ENEMIES, labels={"enemy": "yes"})))
    with Prober(wires, tuple(between((("eth0", ONE), ("eth0", THREE)), 1000, 80))) as prober:
        for turn in range(60):
            friends = [{"action": "Allow", "source": {"notSelector": f"enemy == 'yes' || turn == '{turn}'"}}]
            settle(agent, etcd.put(records.policy("friends", selector="all()", types=["Ingress"], ingress=friends)))
    prober.judge()
