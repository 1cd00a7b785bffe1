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
     Session:          internal multihop AS4
   Channel ipv6
     State:          UP
     Routes:         1 imported, 1 exported, 1 preferred
     BGP Next hop:   fd31::11
 
1002-glob4_172_31_1_254 BGP        ---        start  2026-11-24 06:51:44  Active        Socket: Connection refused
1006-  BGP state:          Active
     Neighbor address: 172.31.1.254
     Last error:       Socket: Connection refused
 
1002-mesh4_172_31_1_13 BGP        ---        start  2026-11-24 06:51:44  Passive       
1006-  BGP state:          Passive
     Neighbor address: 172.31.1.13
 
0000 
"""  # noqa: W291, W293 - as BIRD writes it


def test_sessions_are_the_rows_of_bgp_with_their_neighbours() -> None:
    found = list(bird_sessions.sessions(bird_control.parse(REPLY)))
    assert found == [
        Session("mesh6_fd31__12", "fd31::12", "up", "2026-11-24 06:51:46", "Established"),
        Session(
            "glob4_172_31_1_254", "172.31.1.254", "start", "2026-11-24 06:51:44", "Active Socket: Connection refused"
        ),
        Session("mesh4_172_31_1_13", "172.31.1.13", "start", "2026-11-24 06:51:44", "Passive"),
    ]
    assert [session.established for session in found] == [True, False, False]


def test_a_bird_without_bgp_has_no_sessions() -> None:
    rows = "1002-dev        Device     ---        up     2026-11-24 06:51:44  \n1006-\n0000 \n"
    assert list(bird_sessions.sessions(bird_control.parse(rows))) == []
