"""A container that speaks BGP with its host: an address that it announces leads to it."""

from __future__ import annotations

import pathlib

from . import routers
from .birds import Bird
from .waiting import until

CONTAINER, SERVICE = "10.65.0.5", "10.65.200.53"
SPEAKER = f"""
log stderr all;
router id {CONTAINER};
protocol device {{ }}
protocol static told4 {{ ipv4; route {SERVICE}/32 blackhole; }}
protocol bgp host {{
  local {CONTAINER} as 65010;
  neighbor 172.31.1.11 as 64512;
  multihop; passive;
  ipv4 {{ import none; export where proto = "told4"; }};
}}
"""


def test_an_address_that_a_container_announces_leads_to_it_from_other_hosts(tmp_path: pathlib.Path) -> None:
    with routers.rack(tmp_path, 254) as rack:
        space = rack.world.space("container")
        rack.world.cable(rack.host.space, "cali0", space, "eth0")
        rack.host.space.ip("link set cali0 up")
        rack.host.space.run("sysctl", "-qw", "net.ipv4.conf.cali0.proxy_arp=1", "net.ipv4.neigh.cali0.proxy_delay=0")
        rack.host.space.ip("route add default via 172.31.1.254")
        rack.host.workload(f"{CONTAINER}/32")
        space.address("eth0", f"{CONTAINER}/32")
        space.address("lo", f"{SERVICE}/32")
        space.ip("route add 169.254.1.1 dev eth0")
        space.ip("route add default via 169.254.1.1 dev eth0")
        speaker = Bird(rack.world, space, tmp_path / "container")
        speaker.driver.apply(SPEAKER)
        speaker.start()
        in_pool = {"cidr": "10.65.0.0/16", "matchOperator": "In", "source": "RemotePeers", "action": "Accept"}
        hand_on = {"kind": "BGPFilter", "metadata": {"name": "services"}, "spec": {"exportV4": [in_pool]}}
        spec = {"node": routers.HOST, "peerIP": CONTAINER, "asNumber": 65010}
        peer = {"kind": "BGPPeer", "metadata": {"name": "container"}, "spec": spec}
        rack.configure(hand_on, peer, *routers.peers(254, filters=["services"]))
        route = until(lambda: rack.host.route(f"{SERVICE}/32"))
        assert (route["gateway"], route["dev"]) == (CONTAINER, "cali0")
        router = rack.routers[254]
        until(lambda: router.route(f"{SERVICE}/32"))
        router.bird.space.ip(f"route add {CONTAINER}/32 via 172.31.1.11")
        until(lambda: router.bird.space.succeeds("ping", "-c1", "-W1", SERVICE))
