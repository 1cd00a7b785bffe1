"""The table of every named state, against golden files; and what makes it fast."""

import pathlib

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder
from calico_node.calc import hosts
from calico_node.delta import deltas
from calico_node.render import nft, tables
from tests.golden import nft_text
from tests.states import records, states

GOLDEN = pathlib.Path(__file__).parents[3] / "golden/nft"


def table(*changes: records.Change) -> nft.Table:
    return tables.table(hosts.calculate(snapshot_builder.build(changes, 1), "host1"))


def path(name: str) -> pathlib.Path:
    return GOLDEN / f"{name.replace(' ', '_').replace(',', '')}.txt"


@pytest.mark.parametrize("name", states.STATES)
def test_the_table_is_the_golden_one(name: str, request: pytest.FixtureRequest) -> None:
    text = nft_text.write(table(*states.STATES[name]))
    if request.config.getoption("--update-golden"):
        path(name).write_text(text)
    assert text == path(name).read_text()


def test_no_golden_file_is_without_its_state() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == {path(name).name for name in states.STATES}


def test_one_more_endpoint_is_a_few_elements() -> None:
    network = [records.network("frontend"), *(records.endpoint(number) for number in range(1, 50))]
    before, after = table(*network), table(*network, records.endpoint(50))
    assert deltas.between(after.chains, before.chains) == deltas.Delta({}, {}, {})
    sets = deltas.between(after.sets, before.sets)
    assert not sets.added
    assert not sets.removed
    new = {name: found.elements - before.sets[name].elements for name, found in sets.changed.items()}
    assert sorted(len(elements) for elements in new.values()) == [1] * 6


def test_the_work_per_packet_does_not_grow_with_the_endpoints() -> None:
    def rules(count: int) -> int:
        made = table(records.network("frontend"), *(records.endpoint(number) for number in range(1, count + 1)))
        return sum(len(chain.rules) for chain in made.chains.values())

    assert rules(200) == rules(1)


def test_no_comment_is_longer_than_nftables_takes() -> None:
    """It would not be refused: libnftables ends the process. Names of tiers that are not there may be that long."""
    longest = ".".join(["a" * 126] * 2)
    made = table(
        records.network("frontend"),
        records.endpoint(1),
        records.policy(longest, selector="all()", tier="b" * 253, ingress=[{"action": "Allow"}] * 1024),
        records.in_namespace("StagedNetworkPolicy", longest, selector="all()", ingress=[{"action": "Deny"}]),
    )
    comments = [rule.comment or "" for chain in made.chains.values() for rule in chain.rules]
    assert max(map(len, comments)) < 128
    assert sum(comment.startswith("tier bbb") for comment in comments) == 1


def test_endpoints_that_the_same_policies_guard_share_their_chains() -> None:
    everyone = records.policy("all", selector="all()", ingress=states.ALLOW)
    shared = table(records.network("frontend"), records.endpoint(1), records.endpoint(2, labels={"a": "b"}), everyone)
    assert len({chain for _interface, chain in shared.sets["ingress"].elements}) == 1


def test_every_jump_leads_to_a_chain_and_every_lookup_to_a_set() -> None:
    for changes in states.STATES.values():
        made = table(*changes)
        targets = {chain for found in made.sets.values() if found.verdict for _key, chain in found.elements}
        rules = [rule for chain in made.chains.values() for rule in chain.rules]
        for expression in (expression for rule in rules for expression in rule.expressions):
            targets |= {expression[verb]["target"] for verb in ("jump", "goto") if verb in expression}
            named = expression.get("match", {}).get("right"), expression.get("vmap", {}).get("data")
            assert {name[1:] for name in named if isinstance(name, str) and name[:1] == "@"} <= made.sets.keys()
        assert targets <= made.chains.keys()


def test_a_long_name_is_shortened_and_stays_its_own() -> None:
    long = "a" * 200
    names = [f"{long}.{ending}" for ending in ("one", "two")]
    made = table(
        *(records.profile(name, ingress=states.ALLOW) for name in names),
        records.endpoint(1, networks=names),
    )
    chains = [name for name in made.chains if name.startswith("profile-in-aaa")]
    assert len(chains) == 2
    assert all(len(name) <= 100 for name in chains)
