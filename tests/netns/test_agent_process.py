"""The agent as a process, with a real etcd: what happens when one of them is not there."""

import pytest

from tests.states import records, states

from . import processes, traffic
from .hosts import Host
from .traffic import Place
from .waiting import until

TWO_NETWORKS = states.STATES["two networks"]
ONE = records.endpoint(1)


@pytest.fixture
def running(host: Host, etcd: processes.Etcd, agent: processes.Agent) -> dict[str, Place]:
    """Three containers, programmed."""
    places = {"one": host.container(1), "two": host.container(2), "three": host.container(3)}
    agent.start()
    revision = etcd.put(*TWO_NETWORKS)
    for number in (1, 2):
        assert agent.wait(records.endpoint(number), revision) is None
    assert agent.wait(records.endpoint(3, networks=["backend"]), revision) is None
    return places


def fenced(places: dict[str, Place]) -> bool:
    """The networks talk within and not to each other, over both IP versions."""
    one, two, three = places["one"], places["two"], places["three"]
    with traffic.listening(two, 80), traffic.listening(three, 80):
        pairs = [(one.space, place.addresses[version], 80) for place in (two, three) for version in (4, 6)]
        return traffic.reaching(pairs) == [True, True, False, False]


def kernel(host: Host) -> tuple[str, str, str]:
    """Everything of ours in the kernel."""
    return (
        host.space.run("nft", "-s", "list", "table", "inet", "calico"),
        host.space.ip("route show proto 80"),
        host.space.ip("-6 route show proto 80"),
    )


def test_an_endpoint_that_is_waited_for_is_reachable_at_once(running: dict[str, Place]) -> None:
    assert fenced(running)


def test_promise_3_a_killed_agent_changes_nothing(
    host: Host, agent: processes.Agent, etcd: processes.Etcd, running: dict[str, Place]
) -> None:
    before = kernel(host)
    with traffic.listening(running["two"], 443) as listeners:
        client = traffic.connect(running["one"].space, running["two"].addresses[4], 443)
        assert client is not None
        server = listeners[0].accept()[0]
        agent.kill()
        client.sendall(b"still here")
        server.settimeout(traffic.PATIENCE)
        assert server.recv(64) == b"still here"
        server.close()
        client.close()
    assert fenced(running)
    etcd.put(records.endpoint(8))
    agent.start()
    until(lambda: agent.status()["counts"].get("local") == 4)
    etcd.put(records.without(records.endpoint(8)))
    until(lambda: agent.status()["counts"].get("local") == 3)
    assert kernel(host) == before


def test_promise_4_a_restarted_agent_finds_its_own_and_writes_nothing(
    host: Host, agent: processes.Agent, running: dict[str, Place]
) -> None:
    before = kernel(host)
    assert agent.terminate() == 0
    assert kernel(host) == before
    changes = agent.log().count("table changed")
    agent.start()
    until(lambda: agent.status()["ready"])
    assert kernel(host) == before
    assert agent.log().count("table changed") == changes
    assert fenced(running)


def test_promise_3_while_etcd_is_away_everything_stays(
    host: Host, agent: processes.Agent, etcd: processes.Etcd, running: dict[str, Place]
) -> None:
    before = kernel(host)
    etcd.process.kill()
    until(lambda: agent.status()["inSync"] is False)
    assert fenced(running)
    assert kernel(host) == before
    assert "cannot reach the store" in str(agent.wait(ONE, 10_000, seconds=0.1))
    etcd.start()
    until(lambda: agent.status()["inSync"], seconds=30)
    host.container(6)
    revision = etcd.put(records.endpoint(6))
    assert agent.wait(records.endpoint(6), revision) is None
    assert fenced(running)


def test_after_a_compaction_it_goes_on(
    host: Host, agent: processes.Agent, etcd: processes.Etcd, running: dict[str, Place]
) -> None:
    etcd.process.kill()
    until(lambda: agent.status()["inSync"] is False)
    etcd.start()
    etcd.compact(etcd.put(*TWO_NETWORKS))
    host.container(6)
    revision = etcd.put(records.endpoint(6))
    assert agent.wait(records.endpoint(6), revision, seconds=30) is None
    assert fenced(running)


@pytest.mark.parametrize("damage", ["flush ruleset", "delete table inet calico", "flush chain inet calico forward"])
def test_promise_4_who_touches_our_table_is_answered_at_once(
    host: Host, agent: processes.Agent, running: dict[str, Place], damage: str
) -> None:
    before = kernel(host)
    host.space.run("nft", damage)
    until(lambda: "repaired what drifted" in agent.log(), seconds=5)
    assert sorted(kernel(host)[0].splitlines()) == sorted(before[0].splitlines())
    assert fenced(running)


def test_promise_2_without_etcd_it_is_ready_and_writes_nothing(host: Host, agent: processes.Agent) -> None:
    host.container(1)
    agent.start()
    assert agent.heard() == "WATCHDOG=1"
    assert agent.heard() == "WATCHDOG=1"
    document = agent.status()
    assert (document["ready"], document["inSync"]) == (False, False)
    assert "calico" not in host.space.run("nft", "list", "tables")
    assert host.space.ip("route show proto 80") == ""


def test_an_interface_that_comes_after_its_record(host: Host, agent: processes.Agent, etcd: processes.Etcd) -> None:
    agent.start()
    revision = etcd.put(records.network("frontend"), ONE)
    until(lambda: "its interface is not up" in str(agent.wait(ONE, revision, seconds=0.1)))
    one = host.container(1)
    assert agent.wait(ONE, revision) is None
    assert traffic.answers(one, "192.0.2.9")


def test_an_interface_that_is_made_anew(host: Host, agent: processes.Agent, etcd: processes.Etcd) -> None:
    one = host.container(1)
    agent.start()
    revision = etcd.put(records.network("frontend"), ONE)
    assert agent.wait(ONE, revision) is None
    host.space.ip(f"link delete cali{1:011x}")
    until(lambda: agent.status()["counts"]["programmed"] == 0)
    host.cable(one.space, f"cali{1:011x}")
    assert agent.wait(ONE, revision) is None
    assert "10.65.0.1" in host.space.ip("route show proto 80")


def test_a_burst_of_endpoints(host: Host, agent: processes.Agent, etcd: processes.Etcd) -> None:
    agent.start()
    host.container(1)
    many = [records.endpoint(number) for number in range(100, 200)]
    etcd.put(records.network("frontend"), *many, *map(records.without, many[:50]))
    assert agent.wait(ONE, etcd.put(ONE)) is None
    elements = host.space.run("nft", "list", "set", "inet", "calico", "sources4").count("cali")
    assert elements == 51 + 1  # and the table's own name in the heading


def test_a_configuration_without_a_name_is_refused_with_what_to_do(host: Host) -> None:
    done = processes.attempt(host, "ETCD_ENDPOINTS=http://127.0.0.1:2379", "NODENAME=")
    assert done.returncode == 1
    assert "NODENAME" in done.stderr
    assert "calico.env" in done.stderr
    assert "Traceback" not in done.stderr


def test_promise_5_remove_leaves_nothing(host: Host, agent: processes.Agent, running: dict[str, Place]) -> None:
    assert agent.terminate() == 0
    processes.remove(host)
    assert "calico" not in host.space.run("nft", "list", "tables")
    assert host.space.ip("route show proto 80") == ""
    assert host.space.ip("-6 route show proto 80") == ""
    assert "cali" not in host.space.run("iptables", "-S") + host.space.run("ip6tables", "-S")
    assert len(running) == 3
    processes.remove(host)  # and once more is no error


def test_a_host_endpoint_is_where_its_address_is(host: Host, etcd: processes.Etcd, running: dict[str, Place]) -> None:
    """The address moves from one interface to another and away; nobody writes to the store meanwhile."""
    assert running
    host.space.ip("link add second type bridge")
    host.space.address("second", "203.0.113.1/24")
    etcd.put(records.host_endpoint("by-address", expectedIPs=["203.0.113.7"]))

    def guarded() -> list[str]:
        listed = host.space.run("nft", "list", "table", "inet", "calico")
        maps = listed.partition("map host-in {")[2].partition("}")[0]
        return [name for name in ("eth0", "second") if f'"{name}"' in maps]

    assert guarded() == []
    for move, there in (
        ("address add 203.0.113.7/24 dev second", ["second"]),
        ("address del 203.0.113.7/24 dev second", []),
        ("address add 203.0.113.7/24 dev eth0", ["eth0"]),
        ("address del 203.0.113.7/24 dev eth0", []),
        ("address add 203.0.113.7/24 dev second", []),
    ):
        host.space.ip(move)
        until(guarded, there.__eq__)
