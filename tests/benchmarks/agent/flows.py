"""The ends of TCP connections, in the namespaces of containers: how much passes, or how many come about, a second.

python3 -m tests.benchmarks.agent.flows serve
python3 -m tests.benchmarks.agent.flows throughput|connections ADDRESS
"""

from __future__ import annotations

import socket
import struct
import sys
import time

PORT = 80
_SECONDS = 0.5
_PIECE = 1 << 18
_AT_ONCE = struct.pack("ii", 1, 0)  # for SO_LINGER: close with a reset, which leaves no port waiting


def serve() -> None:
    """Take what comes, one connection after the other."""
    listener = socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True, backlog=4096)
    room = bytearray(_PIECE)
    while True:
        connection, _address = listener.accept()
        with connection:
            try:
                while connection.recv_into(room):
                    pass
            except ConnectionResetError:
                pass


def throughput(address: str) -> float:
    """Bytes a second."""
    piece = memoryview(bytes(_PIECE))
    sent = 0
    with socket.create_connection((address, PORT)) as connection:
        begun = time.perf_counter()
        while (elapsed := time.perf_counter() - begun) < _SECONDS:
            sent += connection.send(piece)
    return sent / elapsed


def connections(address: str) -> float:
    """Connections a second, one after the other."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = 0
    begun = time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < _SECONDS:
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            connection.connect((address, PORT))
        made += 1
    return made / elapsed


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        measure = {"throughput": throughput, "connections": connections}[sys.argv[1]]
        sys.stdout.write(f"{measure(sys.argv[2])}\n")
