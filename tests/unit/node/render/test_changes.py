"""The difference between any two tables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from calico_node.render import changes, nft

NAMES = st.sampled_from("abc")
CHAINS = st.builds(nft.Chain, st.sampled_from([(), (nft.Rule((nft.ACCEPT,)),), (nft.Rule((nft.DROP,), "why"),)]))
SETS = st.frozensets(st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.0.3"])).map(lambda found: nft.Set(("a",), found))
TABLES = st.builds(nft.Table, st.dictionaries(NAMES, CHAINS), st.dictionaries(NAMES, SETS))


def applied(table: nft.Table, change: changes.Changes) -> nft.Table:
    chains = {**table.chains, **change.chains.put}
    sets = {**table.sets, **change.new_sets}
    for name, elements in change.elements.items():
        sets[name] = nft.Set(sets[name].type, (sets[name].elements - elements.removed) | elements.added)
    return nft.Table(
        {name: chain for name, chain in chains.items() if name not in change.chains.removed},
        {name: one for name, one in sets.items() if name not in change.old_sets},
    )


@given(TABLES, TABLES)
def test_applied_to_the_one_it_gives_the_other(wanted: nft.Table, actual: nft.Table) -> None:
    change = changes.between(wanted, actual)
    assert applied(actual, change) == wanted
    assert bool(change) == (wanted != actual)


@given(TABLES, TABLES)
def test_only_what_differs_is_touched(wanted: nft.Table, actual: nft.Table) -> None:
    for name, elements in changes.between(wanted, actual).elements.items():
        assert elements.added.isdisjoint(actual.sets[name].elements)
        assert elements.removed <= actual.sets[name].elements
