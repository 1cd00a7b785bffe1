"""The fewest networks that cover others."""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from calico_node.calc import members

# Few enough addresses that networks meet, at both ends of the family and in its middle.
_FIRST = {4: (0, 1 << 31, (1 << 32) - 64), 6: (0, 1 << 127, (1 << 128) - 64)}


@st.composite
def networks(draw: st.DrawFn, version: int) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    kind = {4: ipaddress.IPv4Network, 6: ipaddress.IPv6Network}[version]
    bits = {4: 32, 6: 128}[version]
    number = draw(st.sampled_from(_FIRST[version])) + draw(st.integers(0, 63))
    length = draw(st.integers(bits - 6, bits) | st.integers(0, 2))
    return kind((number, length), strict=False)


@given(st.lists(networks(4)) | st.lists(networks(6)))
def test_the_fewest_networks_are_those_of_the_library(
    nets: list[ipaddress.IPv4Network] | list[ipaddress.IPv6Network],
) -> None:
    wanted = {str(net) for net in ipaddress.collapse_addresses(nets)}  # type: ignore[type-var]
    assert {str(ipaddress.ip_network(text)) for text in members.collapsed(nets)} == wanted


def test_a_single_address_is_written_as_one() -> None:
    assert members.collapsed([ipaddress.ip_network("192.0.2.7/32")]) == {"192.0.2.7"}
    assert members.collapsed([ipaddress.ip_network("fd00::/128")]) == {"fd00::"}
