"""Deciding only whom a change may concern against deciding all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from calico_node.calc.claims import Claims, decide
from calico_node.calc.endpoints import Endpoint

NAMES = st.sampled_from("abcdef")
ENDPOINTS = st.builds(
    lambda interface, addresses, rank: Endpoint(
        host="host1",
        interface=interface,
        addresses={4: tuple(addresses), 6: ()},
        labels=(),
        profiles=(),
        ports=(),
        precedence=("libnetwork", "libnetwork", rank),
    ),
    st.sampled_from([None, "eth0", "cali1", "cali2", "cali3", "cali4"]),
    st.lists(st.sampled_from(["10.65.0.1", "10.65.0.2", "10.65.0.3", "10.65.0.4"]), max_size=2, unique=True),
    st.sampled_from("123"),
)


@given(st.lists(st.dictionaries(NAMES, st.none() | ENDPOINTS, min_size=1, max_size=3), max_size=8))
def test_what_a_change_does_not_concern_stays_as_it_was(steps: list[dict[str, Endpoint | None]]) -> None:
    claims, decided = Claims(), dict[str, str | None]()
    here: dict[str, Endpoint] = {}
    for changed in steps:
        decided |= claims.put(changed)
        here |= {name: endpoint for name, endpoint in changed.items() if endpoint is not None}
        for name in changed.keys() - {name for name, endpoint in changed.items() if endpoint is not None}:
            here.pop(name, None)
            decided.pop(name, None)
        assert decided == decide(here)
