"""Which labels an endpoint gets, whatever its container is called and says."""

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import names, selectors
from calico_node.libnetwork import labels

OWN = labels.PREFIX
CALLED = {"calico.docker/container": "db-1", "calico.docker/network": "backend"}


def found(said: dict[str, str], given: dict[str, str] | None = None, container: str = "db-1") -> dict[str, str]:
    return dict(labels.of(container=container, network="backend", said=said, given=given or {})[0])


def warnings(said: dict[str, str], given: dict[str, str] | None = None, container: str = "db-1") -> tuple[str, ...]:
    return labels.of(container=container, network="backend", said=said, given=given or {})[1]


def test_a_container_is_known_by_its_name_and_network() -> None:
    assert found({"maintainer": "somebody", "com.docker.compose.oneoff": "False"}) == CALLED


def test_what_compose_and_swarm_call_it_stays_under_their_keys() -> None:
    said = {"com.docker.compose.project": "shop", "com.docker.compose.service": "db", "com.docker.stack.namespace": "s"}
    assert found(said) == CALLED | said
    assert selectors.parse('com.docker.compose.service == "db"').matches(found(said))


def test_own_labels_lose_their_prefix() -> None:
    said = {OWN + "team": "red", OWN + "example.com/tier": "data", OWN + "empty": ""}
    assert found(said) == CALLED | {"team": "red", "example.com/tier": "data", "empty": ""}
    assert warnings(said) == ()


def test_the_network_wins_over_the_container_and_names_win_over_both() -> None:
    given = {"zone": "pci", "com.docker.compose.service": "web", "projectcalico.org/namespace": "libnetwork"}
    said = {OWN + "zone": "dev", "com.docker.compose.service": "db", OWN + "com.docker.compose.service": "proxy"}
    assert found(said, given) == CALLED | given | {"com.docker.compose.service": "db"}
    assert len(warnings(said, given)) == 2
    assert "zone: dev is refused: the network or Docker says pci" in warnings(said, given)[1]


def test_saying_the_same_again_is_no_conflict() -> None:
    """As a repeated call does, which finds the labels that the first one wrote."""
    said = {OWN + "team": "red", "com.docker.compose.service": "db"}
    assert found(said, found(said)) == found(said)
    assert warnings(said, found(said)) == ()


@pytest.mark.parametrize(
    "key",
    [
        "calico.docker/network",
        "calico.docker/internal",
        "projectcalico.org/namespace",
        "pcns.team",
        "pcsa.team",
        *("", "/", "-a", "a b", "a/b/c", "A.B/c", "a" * 64, "a\nb", "é", 'a" == "b', "team\u0000"),
    ],
)
def test_a_key_that_is_reserved_or_no_label_name_is_left_out_with_a_warning(key: str) -> None:
    assert found({OWN + key: "x", OWN + "team": "red"}) == CALLED | {"team": "red"}
    [warning] = warnings({OWN + key: "x"})
    assert warning.isprintable()


@pytest.mark.parametrize("value", ["-x", "x-", "a b", "a" * 64, "x\ny", '"', "é", "a" * 100_000, "\ud800"])
def test_a_value_that_is_no_label_value_is_left_out_and_never_altered(value: str) -> None:
    said = {OWN + "team": value, "com.docker.compose.service": value}
    assert found(said, container=value) == {"calico.docker/network": "backend"}
    assert len(warnings(said, container=value)) == 3
    assert all(warning.isprintable() and len(warning) < 600 for warning in warnings(said, container=value))


def test_a_container_that_says_too_much_is_heard_in_part() -> None:
    said = {f"{OWN}n{number:04}": "x" for number in range(labels.MOST + 3)}
    assert len(found(said)) == labels.MOST + len(CALLED)
    assert len(warnings(said)) == 3


def test_what_comes_out_is_what_the_store_takes() -> None:
    said = {OWN + key: value for key in ("a", "b c", "x/y", "pcns.a") for value in ("v", "v w")}
    names.LABELS.decode(found(said), True)
