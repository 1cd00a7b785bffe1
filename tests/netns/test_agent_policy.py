"""What the agent's kernel state does to real packets."""

import contextlib
import itertools
import threading

import pytest

from tests.states import records, states

from . import traffic
from .hosts import Host
from .inside import inside
from .traffic import Place

FRONTEND, BACKEND = states.FRONTEND, states.BACKEND
# 1, 2: frontend; 3: backend; 4: backend on another host
TWO_NETWORKS = states.STATES["two networks"]
VERSIONS = pytest.mark.parametrize("version", [4, 6])


@pytest.fixture
def places(host: Host) -> dict[str, Place]:
    return {
        "one": host.container(1),
        "two": host.container(2),
        "three": host.container(3),
        "outside": host.outside,
        "host": Place(host.space, {4: "192.0.2.1", 6: "2001:db8::1"}),
    }


def matrix(places: dict[str, Place], port: int = 80) -> dict[str, set[str]]:
    """Whom each place reaches at a TCP port; the same for both IP versions, or the test fails with what differs."""
    pairs = list(itertools.permutations(places, 2))
    found: dict[int, dict[str, set[str]]] = {}
    with contextlib.ExitStack() as stack:
        for place in places.values():
            stack.enter_context(traffic.listening(place, port))
        for version in (4, 6):
            wanted = [(places[one].space, places[other].addresses[version], port) for one, other in pairs]
            reached = {pair for pair, reaches in zip(pairs, traffic.reaching(wanted), strict=True) if reaches}
            found[version] = {name: {other for one, other in reached if one == name} for name in places}
    assert found[4] == found[6]
    return found[4]


def test_a_network_talks_within_and_out_but_not_to_another_network(host: Host, places: dict[str, Place]) -> None:
    host.apply(TWO_NETWORKS)
    assert matrix(places) == {
        "one": {"two", "outside"},
        "two": {"one", "outside"},
        "three": {"outside"},
        "outside": {"host"},
        "host": {"one", "two", "three", "outside"},
    }


def test_a_policy_opens_one_port_only(host: Host, places: dict[str, Place]) -> None:
    host.apply(states.STATES["a policy opens one port"])
    assert "three" in matrix(places, 5432)["one"]
    assert "three" not in matrix(places, 5433)["one"]
    assert "three" not in matrix(places, 5432)["outside"]


def test_workloads_reach_their_host_if_the_configuration_says_so(host: Host, places: dict[str, Place]) -> None:
    host.apply(states.STATES["the host may be reached"])
    assert "host" in matrix(places)["one"]


@VERSIONS
def test_pings_pass_within_a_network_and_the_gateway_is_found(
    host: Host, places: dict[str, Place], version: int
) -> None:
    host.apply(TWO_NETWORKS)
    assert traffic.answers(places["one"], places["two"].addresses[version])
    assert not traffic.answers(places["one"], places["three"].addresses[version])
    assert traffic.answers(places["one"], places["outside"].addresses[version])


@VERSIONS
def test_the_source_address_is_preserved(host: Host, places: dict[str, Place], version: int) -> None:
    host.apply(TWO_NETWORKS)
    with traffic.listening(places["outside"], 80) as listeners:
        client = traffic.connect(places["one"].space, places["outside"].addresses[version], 80)
        assert client is not None
        server, peer = listeners[0 if version == 4 else 1].accept()
        assert peer[0] == places["one"].addresses[version]
        server.close()
        client.close()


@VERSIONS
def test_a_container_cannot_send_with_the_address_of_another(
    host: Host, places: dict[str, Place], version: int
) -> None:
    host.apply(TWO_NETWORKS)
    one, two, three = places["one"], places["two"], places["three"]
    with traffic.receiving(two, version, 7) as receiver:
        traffic.datagram(one.space, one.addresses[version], two.addresses[version], 7)
        assert traffic.received(receiver) == 1
        # The address of a frontend container, from a backend one: only the interface tells the lie.
        traffic.datagram(three.space, one.addresses[version], two.addresses[version], 7)
        assert traffic.received(receiver) == 0
        traffic.datagram(one.space, {4: "203.0.113.7", 6: "2001:db8:7::7"}[version], two.addresses[version], 7)
        assert traffic.received(receiver) == 0


def test_promise_3_an_interface_that_the_store_does_not_know_is_dropped(host: Host, places: dict[str, Place]) -> None:
    stranger = host.container(9)
    for version, address in stranger.addresses.items():
        host.space.ip(f"-{version} route add {address} dev cali{9:011x}")
    host.apply(states.STATES["the host may be reached"])
    reached = matrix({**places, "stranger": stranger})
    assert reached["stranger"] == set()
    assert [name for name in reached if "stranger" in reached[name]] == []


def test_promise_3_an_invalid_policy_denies_what_it_selects(host: Host, places: dict[str, Place]) -> None:
    broken = records.policy("broken", selector=FRONTEND, ingress=[{"action": "Allow", "protocol": "CARRIER-PIGEON"}])
    host.apply((*TWO_NETWORKS, broken))
    assert matrix(places)["one"] == {"outside"}


@VERSIONS
def test_a_connection_outlives_a_policy_that_would_refuse_it(
    host: Host, places: dict[str, Place], version: int
) -> None:
    host.apply(TWO_NETWORKS)
    with traffic.listening(places["two"], 80) as listeners:
        client = traffic.connect(places["one"].space, places["two"].addresses[version], 80)
        assert client is not None
        server = listeners[0 if version == 4 else 1].accept()[0]
        host.apply((*TWO_NETWORKS, records.policy("deny", selector="all()", ingress=states.DENY, egress=states.DENY)))
        assert not traffic.reaches(places["one"], places["two"], 80, version)
        client.sendall(b"still here")
        server.settimeout(traffic.PATIENCE)
        assert server.recv(64) == b"still here"
        server.close()
        client.close()


def tracked(host: Host, version: int) -> str:
    return host.space.run("conntrack", "-L", "-f", f"ipv{version}")


@VERSIONS
def test_an_address_that_left_takes_its_connections_with_it(host: Host, places: dict[str, Place], version: int) -> None:
    """In Docker's order: the interface goes first, and its route with it; then the record."""
    host.apply(TWO_NETWORKS)
    address = places["one"].addresses[version]
    with traffic.listening(places["two"], 80):
        client = traffic.connect(places["one"].space, places["two"].addresses[version], 80)
        assert client is not None
        assert address in tracked(host, version)
        host.space.ip(f"link delete cali{1:011x}")
        host.apply(TWO_NETWORKS, resync=True)
        assert address in tracked(host, version)
        host.apply([change for change in TWO_NETWORKS if change != records.endpoint(1)])
        assert address not in tracked(host, version)
        client.close()


@VERSIONS
def test_an_address_that_got_another_owner_without_an_agent_takes_no_connection_along(
    host: Host, places: dict[str, Place], version: int
) -> None:
    """What belongs to a connection of the former owner's is not asked of policy."""
    host.apply(TWO_NETWORKS)
    with traffic.listening(places["two"], 80):
        client = traffic.connect(places["one"].space, places["two"].addresses[version], 80)
        assert client is not None
        assert places["one"].addresses[version] in tracked(host, version)
        host.space.ip(f"link delete cali{1:011x}")
        new = records.endpoint(5, addresses=places["one"].addresses.values(), networks=["backend"])
        host.cable(host.world.space("c5"), f"cali{5:011x}")
        host.order = host.restarted()
        host.apply([*(change for change in TWO_NETWORKS if change != records.endpoint(1)), new])
        assert places["one"].addresses[version] not in tracked(host, version)
        client.close()


def flood(places: dict[str, Place], version: int, port: int, stop: threading.Event) -> int:
    """Datagrams from one to three, each from a new port, so that none belongs to a connection; how many were sent."""
    count = 0
    while not stop.is_set():
        one, three = places["one"], places["three"]
        traffic.datagram(one.space, one.addresses[version], three.addresses[version], port)
        count += 1
    return count


@VERSIONS
@pytest.mark.parametrize(
    ("port", "passes"), [pytest.param(9, False, id="blocked by both"), pytest.param(7, True, id="allowed by both")]
)
def test_promise_4_between_two_policies_nothing_slips_through_and_nothing_is_lost(
    host: Host, places: dict[str, Place], version: int, port: int, passes: bool
) -> None:
    def policy(*others: int) -> records.Change:
        ports = [7, *others]
        allow = {"action": "Allow", "protocol": "UDP", "destination": {"ports": ports}}
        return records.policy("db", selector=BACKEND, ingress=[allow])

    host.apply((*TWO_NETWORKS, policy()))
    sent: list[int] = []
    stop = threading.Event()
    sender = threading.Thread(target=lambda: sent.append(flood(places, version, port, stop)))
    with traffic.receiving(places["three"], version, port) as receiver:
        sender.start()
        for turn in range(60):
            host.apply((*TWO_NETWORKS, policy(1000 + turn, 2000 + turn)))
            host.apply((*TWO_NETWORKS, records.felix(defaultEndpointToHostAction="Return"), policy()))
        stop.set()
        sender.join()
        arrived = traffic.received(receiver)
    assert sent[0] > 100
    assert arrived == (sent[0] if passes else 0)


def test_packets_pass_where_docker_drops_what_it_does_not_know(host: Host, places: dict[str, Place]) -> None:
    for program in ("iptables", "ip6tables"):
        host.space.run(program, "-P", "FORWARD", "DROP")
    host.space.run("iptables", "-N", "DOCKER-USER")
    host.space.run("iptables", "-I", "FORWARD", "-j", "DOCKER-USER")
    host.apply(TWO_NETWORKS)
    assert matrix(places)["one"] == {"two", "outside"}
    assert matrix(places)["outside"] == {"host"}


def test_dockers_bridges_stay_as_isolated_as_docker_wants(host: Host, places: dict[str, Place]) -> None:
    bridged = host.world.space("bridged")
    host.space.ip("link add docker0 type bridge")
    host.world.cable(host.space, "veth1", bridged, "eth0")
    host.space.ip("link set veth1 master docker0 up")
    host.space.address("docker0", "172.17.0.1/16", "fd17::1/64")
    bridged.address("eth0", "172.17.0.2/16", "fd17::2/64")
    bridged.ip("route add default via 172.17.0.1")
    bridged.ip("-6 route add default via fd17::1")
    for program in ("iptables", "ip6tables"):
        host.space.run(program, "-P", "FORWARD", "DROP")
        host.space.run(program, "-N", "DOCKER-USER")
        host.space.run(program, "-A", "FORWARD", "-j", "DOCKER-USER")
        host.space.run(
            program, "-A", "FORWARD", "-o", "docker0", "-m", "conntrack", "--ctstate", "ESTABLISHED", "-j", "ACCEPT"
        )
        host.space.run(program, "-A", "FORWARD", "-i", "docker0", "!", "-o", "docker0", "-j", "ACCEPT")
    host.apply((*TWO_NETWORKS, records.policy("open", selector=BACKEND, ingress=states.ALLOW)))
    reached = matrix({**places, "bridged": Place(bridged, {4: "172.17.0.2", 6: "fd17::2"})})
    assert reached["one"] == {"two", "three", "outside"}
    # From the bridge Docker lets out, then our policy decides. (Outside has no way back, for want of Docker's NAT.)
    assert reached["bridged"] == {"three", "host"}


def test_the_agents_own_thread_is_back_home(host: Host) -> None:
    with inside(host.space):
        assert host.links() == {}
