"""A source of bytes and a drain for them, as programs of their own: ``python -m benchmarks.parts.stream source``.

Neither copies anything in Python: the source sends pages of a file, and the drain has the kernel throw away what came.
So what stands between them is the limit, not they.
"""

import os
import socket
import sys
import threading
import time
from typing import Final

_CHUNK: Final = 1 << 20
_WARM_UP: Final = 0.5


def source() -> None:
    """Listen on a free port, print it, and send to whoever connects, without end."""
    pages = os.memfd_create("pages")
    os.truncate(pages, _CHUNK)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            threading.Thread(target=_pour, args=(connection, pages), daemon=True).start()


def _pour(connection: socket.socket, pages: int) -> None:
    with connection:
        try:
            while True:
                os.sendfile(connection.fileno(), pages, 0, _CHUNK)
        except OSError:
            return  # whoever drank has left


def drain(port: int, connections: int, seconds: float) -> None:
    """Read from several connections at once; print the bytes that came each second."""
    stop, drunk = threading.Event(), [0] * connections
    threads = [threading.Thread(target=_drink, args=(port, drunk, index, stop)) for index in range(connections)]
    for thread in threads:
        thread.start()
    time.sleep(_WARM_UP)
    before, began = sum(drunk), time.perf_counter()
    time.sleep(seconds)
    print((sum(drunk) - before) / (time.perf_counter() - began), flush=True)
    stop.set()
    for thread in threads:
        thread.join()


def _drink(port: int, drunk: list[int], index: int, stop: threading.Event) -> None:
    buffer = bytearray(_CHUNK)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while not stop.is_set():
            count = connection.recv_into(buffer, _CHUNK, socket.MSG_TRUNC)  # thrown away by the kernel; see tcp(7)
            if not count:
                return
            drunk[index] += count


if __name__ == "__main__":
    if sys.argv[1] == "source":
        source()
    else:
        drain(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
