"""Read from what BIRD 2.17.6 answered to ``show protocols all``, shortened to what tells rows apart."""

from calico_node.dataplane import bird_control, bird_sessions
from calico_node.dataplane.bird_sessions import Session

REPLY = """\
2002-Name       Proto      Table      State  Since         Info
1002-dev        Device     ---        up     2026-11-24 06:51:44  
1006-
1002-kernel4    Kernel     master4    up     2026-11-24 06:51:44  
1006-  Channel ipv4
     State:          UP
     Routes:         0 imported, 2 exported, 0 preferred
 
1002-mesh6_fd31__12 BGP        ---        up     2026-11-24 06:51:46  Established   
1006-  BGP state:          Established
     Neighbor address: fd31::12
     Neighbor AS:      64512
     Local AS:         64512
     Session:          internal multihop AS4
   Channel ipv6
     State:          UP
     Routes:         1 imported, 2 exported, 1 preferred
     Route change stats:     received   rejected   filtered    ignored   accepted
       Import updates:              1          0          0          0          1
     BGP Next hop:   fd31::11
 
1002-glob4_172_31_1_254 BGP        ---        start  2026-11-24 06:51:44  Active        Socket: Connection refused
1006-  Description:    BGPPeer tor password bgp/tor
   BGP state:          Active
     Neighbor address: 172.31.1.254
     Neighbor AS:      64513
     Local AS:         64512
     Last error:       Socket: Connection refused
 
1002-mesh4_172_31_1_13 BGP        ---        start  2026-11-24 06:51:44  Passive       
1006-  BGP state:          Passive
     Neighbor address: 172.31.1.13
     Neighbor graceful restart active
 
0000 
"""  # noqa: W291, W293 - as BIRD writes it


def test_sessions_are_the_rows_of_bgp_with_their_neighbours() -> None:
    found = list(bird_sessions.sessions(bird_control.parse(REPLY)))
    assert found == [
        Session(
            protocol="mesh6_fd31__12",
            state="up",
            since="2026-11-24 06:51:46",
            peer="fd31::12",
            peer_as=64512,
            local_as=64512,
            bgp_state="Established",
            routes_in=1,
            routes_out=2,
        ),
        Session(
            protocol="glob4_172_31_1_254",
            state="start",
            since="2026-11-24 06:51:44",
            peer="172.31.1.254",
            peer_as=64513,
            local_as=64512,
            bgp_state="Active",
            error="Socket: Connection refused",
            description="BGPPeer tor password bgp/tor",
        ),
        Session(
            protocol="mesh4_172_31_1_13",
            state="start",
            since="2026-11-24 06:51:44",
            peer="172.31.1.13",
            bgp_state="Passive",
            is_restarting=True,
        ),
    ]
    assert [session.established for session in found] == [True, False, False]


def test_a_bird_without_bgp_has_no_sessions() -> None:
    rows = "1002-dev        Device     ---        up     2026-11-24 06:51:44  \n1006-\n0000 \n"
    assert list(bird_sessions.sessions(bird_control.parse(rows))) == []
