"""The generated code of the library etcd3, and gRPC. Raises ImportError where they do not load.

etcd3 0.12 was generated for an old protobuf and loads beside a current one only with protobuf's pure
Python implementation. That choice is made while protobuf loads and taken back for child processes.
"""

from __future__ import annotations

import os

_CHOICE = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"
_before = os.environ.get(_CHOICE)
os.environ.setdefault(_CHOICE, "python")
try:
    import grpc
    from etcd3 import etcdrpc
except TypeError as error:  # protobuf's words for generated code that is too old for it
    raise ImportError("protobuf was loaded with another implementation before etcd3") from error
finally:
    if _before is None:
        del os.environ[_CHOICE]

__all__ = ["etcdrpc", "grpc"]
