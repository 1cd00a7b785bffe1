"""BGPFilters as functions of BIRD: the first rule that matches decides, and a function that decides nothing returns.

An export rule that accepts hands on only what a host may hand on, unless it asks for what peers told
(docs/decisions/0019-bgp-without-surprises.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from calico_node.calc import bgp_filters

from .bird_names import symbol
from .bird_words import Text, word


def name(direction: bgp_filters.Direction) -> Text:
    """The function's name, quoted."""
    return Text(f"'{word(symbol('filter', direction.filter, direction.label))}'")


def body(direction: bgp_filters.Direction) -> Text:
    """What stands between the braces of the function."""
    is_export = direction.label.startswith("export")
    lines = (line for rule in direction.rules for line in _rule(rule, is_export=is_export))
    return Text("\n".join(f"  {line}" for line in lines))


def community(numbers: Iterable[int]) -> Text:
    """A community as BIRD writes it."""
    return Text(f"({', '.join(map(word, numbers))})")


def attribute(numbers: tuple[int, ...]) -> Text:
    """The attribute of a route that communities of this length are in."""
    return Text("bgp_large_community" if len(numbers) == 3 else "bgp_community")


def _rule(rule: bgp_filters.Rule, *, is_export: bool) -> Iterator[str]:
    yield f"if {' && '.join(_conditions(rule)) or 'true'} then {{"
    yield from (f"  {line}" for line in _changes(rule.changes))
    if rule.accept and is_export and not rule.learned:
        yield "  if !c_may_pass(ibgp) then reject;"
    if rule.accept and not is_export:
        yield "  c_prefer();"
    yield f"  {'accept' if rule.accept else 'reject'};"
    yield "}"


def _conditions(rule: bgp_filters.Rule) -> Iterator[str]:
    if rule.prefixes is not None:
        yield _prefixes(rule.prefixes)
    if rule.learned:
        yield "source = RTS_BGP"
    if rule.interface is not None:
        yield f'defined(ifname) && ifname ~ "{word(rule.interface)}"'
    if rule.internal is not None:
        yield "ibgp" if rule.internal else "!ibgp"
    if rule.community:
        yield f"{community(rule.community)} ~ {attribute(rule.community)}"
    if rule.as_path:
        yield f"bgp_path ~ [= {' '.join(map(word, rule.as_path))} * =]"
    if rule.priority is not None:
        yield f"defined(bgp_local_pref) && bgp_local_pref = C_TOP - {word(rule.priority)}"


def _prefixes(prefixes: bgp_filters.Prefixes) -> str:
    network, lengths = word(prefixes.network), f"{{{word(prefixes.least)},{word(prefixes.most)}}}"
    if prefixes.least > prefixes.most:
        inside = "false"  # no route is longer than it is allowed to be
    elif prefixes.exact:
        inside = f"net = {network}" if prefixes.least == prefixes.network.prefixlen else "false"
    else:
        inside = f"net ~ [ {network}{lengths} ]"
    return f"!({inside})" if prefixes.negated else inside


def _changes(changes: Iterable[bgp_filters.Change]) -> Iterator[str]:
    for change in changes:
        if change.community:
            yield f"{attribute(change.community)}.add({community(change.community)});"
        yield from (f"bgp_path.prepend({word(number)});" for number in change.prepend)
        if change.priority is not None:
            yield f"bgp_local_pref = C_TOP - {word(change.priority)};"
