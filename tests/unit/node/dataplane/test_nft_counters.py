"""The counters of a listing."""

import json

import pytest

from calico_node.dataplane import errors, nft_counters

LISTING = """table inet calico {
\tchain policy-in-web {
\t\tip saddr @addresses4-1 counter packets 2 bytes 120 accept comment "GNP web ingress 0"
\t\tip6 saddr @addresses6-1 counter packets 3 bytes 240 accept comment "GNP web ingress 0"
\t\tcounter packets 1 bytes 60 drop comment "GNP web ingress 1"
\t\tcounter packets 7 bytes 7
\t\tmeta mark & 0x00010000 == 0x00010000 return comment "no counter"
\t}
}
"""


def test_the_kernels_rules_of_one_rule_are_summed() -> None:
    assert nft_counters.summed(LISTING) == {"GNP web ingress 0": (5, 360), "GNP web ingress 1": (1, 60)}


def test_counts_come_from_a_process_of_their_own() -> None:
    asked: list[tuple[str, ...]] = []

    def output(*command: str) -> str:
        asked.append(command)
        return json.dumps({"invalid": [2, 80]})

    assert nft_counters.read(output) == {"invalid": nft_counters.Count(packets=2, bytes=80)}
    assert asked[0][-2:] == ("-m", "calico_node.dataplane.nft_counters")


def test_a_program_that_fails_is_an_error() -> None:
    def output(*command: str) -> str:
        raise errors.DataplaneError(f"{command[-1]} failed")

    with pytest.raises(errors.DataplaneError, match="failed"):
        nft_counters.read(output)
