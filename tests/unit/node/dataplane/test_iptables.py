"""What iptables is asked and told, with a fake of the program that keeps chains as the kernel does."""

import pathlib

import pytest

from calico_node.dataplane import errors, iptables


class FakeIptables:
    """Chains by program; understands what the driver says."""

    def __init__(self, proc: pathlib.Path, *, legacy: bool = False) -> None:
        self.chains: dict[str, dict[str, list[str]]] = {
            f"{program}-{backend}": {"FORWARD": []}
            for program in ("iptables", "ip6tables")
            for backend in ("nft", "legacy")
        }
        self.writes = 0
        for program, file in (("iptables", "ip_tables_names"), ("ip6tables", "ip6_tables_names")):
            (proc / file).write_text("nat\nfilter\n" if legacy else "")
            if legacy:
                self.chains[f"{program}-legacy"]["DOCKER"] = []

    def succeeds(self, program: str, *words: str) -> bool:
        chains = self.chains[program]
        _wait, _seconds, *words_left = words
        if words_left[:2] == ["-n", "-L"]:
            return words_left[2] in chains
        verb, chain, *rule = words_left
        there = " ".join(rule) in chains.get(chain, [])
        if verb == "-D" and there:
            chains[chain].remove(" ".join(rule))
            self.writes += 1
        if verb == "-X":
            return not chains.get(chain, ["missing"]) and chains.pop(chain) is not None
        return there

    def run(self, program: str, *words: str) -> None:
        verb, chain, *rule = words[2:]
        if verb == "-N":
            self.chains[program][chain] = []
        else:
            if chain not in self.chains[program]:
                raise errors.DataplaneError(f"no chain {chain}")
            self.chains[program][chain].insert(0, " ".join(rule))
        self.writes += 1


def driver(proc: pathlib.Path, fake: FakeIptables) -> iptables.IptablesDriver:
    return iptables.IptablesDriver(0x10000, "cali", proc=proc, succeeds=fake.succeeds, run=fake.run)


RULES = [f"{side} cali+ -m mark --mark 0x10000/0x10000 -j ACCEPT" for side in ("-o", "-i")]


def test_before_docker_the_chain_is_made_for_ipv4_and_forward_used_for_ipv6(tmp_path: pathlib.Path) -> None:
    fake = FakeIptables(tmp_path)
    assert len(driver(tmp_path, fake).apply((4, 6))) == 4
    assert fake.chains["iptables-nft"] == {"FORWARD": [], "DOCKER-USER": RULES}
    assert fake.chains["ip6tables-nft"] == {"FORWARD": RULES}


def test_a_second_apply_writes_nothing(tmp_path: pathlib.Path) -> None:
    fake = FakeIptables(tmp_path)
    driver(tmp_path, fake).apply((4, 6))
    writes = fake.writes
    assert driver(tmp_path, fake).apply((4, 6)) == ()
    assert fake.writes == writes


def test_when_docker_makes_its_ipv6_chain_the_rules_move_there(tmp_path: pathlib.Path) -> None:
    fake = FakeIptables(tmp_path)
    made = driver(tmp_path, fake)
    made.apply((6,))
    fake.chains["ip6tables-nft"]["DOCKER-USER"] = ["-j RETURN"]
    made.apply((6,))
    assert fake.chains["ip6tables-nft"] == {"FORWARD": [], "DOCKER-USER": [*RULES, "-j RETURN"]}


def test_where_docker_uses_the_legacy_backend_so_do_we(tmp_path: pathlib.Path) -> None:
    fake = FakeIptables(tmp_path, legacy=True)
    driver(tmp_path, fake).apply((4,))
    assert fake.chains["iptables-legacy"]["DOCKER-USER"] == RULES
    assert fake.chains["iptables-nft"] == {"FORWARD": []}


@pytest.mark.parametrize("others", [[], ["-j RETURN"]], ids=["an empty chain goes", "a chain in use stays"])
def test_promise_5_removal_takes_our_rules_only(tmp_path: pathlib.Path, others: list[str]) -> None:
    fake = FakeIptables(tmp_path)
    made = driver(tmp_path, fake)
    made.apply((4, 6))
    fake.chains["iptables-nft"]["FORWARD"] += others
    fake.chains["iptables-nft"]["DOCKER-USER"] += others
    made.remove((4, 6))
    expected = {"FORWARD": others, "DOCKER-USER": others} if others else {"FORWARD": []}
    assert fake.chains["iptables-nft"] == expected
    assert fake.chains["ip6tables-nft"] == {"FORWARD": []}


def test_the_mark_is_accepted_on_any_interface_as_long_as_it_is_asked_for(tmp_path: pathlib.Path) -> None:
    fake = FakeIptables(tmp_path)
    made = driver(tmp_path, fake)
    anywhere = "-m mark --mark 0x10000/0x10000 -j ACCEPT"
    made.apply((4, 6))
    assert len(made.apply((4, 6), everywhere=True)) == 2
    assert fake.chains["iptables-nft"]["DOCKER-USER"] == [anywhere, *RULES]
    assert fake.chains["ip6tables-nft"]["FORWARD"] == [anywhere, *RULES]
    assert made.apply((4, 6), everywhere=True) == ()
    assert len(made.apply((4, 6))) == 2
    assert fake.chains["iptables-nft"]["DOCKER-USER"] == RULES
    made.apply((4, 6), everywhere=True)
    made.remove((4, 6))
    assert anywhere not in str(fake.chains)
