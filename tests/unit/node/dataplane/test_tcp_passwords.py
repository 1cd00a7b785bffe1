"""Read from a /proc/net/netstat, shortened."""

import pathlib

from calico_node.dataplane import tcp_passwords
from calico_node.dataplane.tcp_passwords import Dropped

COUNTERS = """\
TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure TCPSackShifted
TcpExt: 0 2 3 14 0
IpExt: InNoRoutes InTruncatedPkts
IpExt: 1 0
"""


def test_counters_are_found_by_their_names(tmp_path: pathlib.Path) -> None:
    (tmp_path / "netstat").write_text(COUNTERS)
    assert tcp_passwords.read(tmp_path / "netstat") == Dropped(wrong=14, missing=2, unexpected=3)


def test_a_kernel_without_them_dropped_nothing(tmp_path: pathlib.Path) -> None:
    (tmp_path / "netstat").write_text("TcpExt: SyncookiesSent\nTcpExt: 5\n")
    assert tcp_passwords.read(tmp_path / "netstat") == Dropped()
    assert tcp_passwords.read(tmp_path / "none") == Dropped()
