"""The Python side of goray's calls into Python: standard library only, started by a worker process.

It reads frames from file descriptor 3 and answers there. A frame is a count and lengths, then a JSON
header, then buffers:

    u32 number of parts, u64 length of each part, the parts; the first is the header

Frames to here: {"op": "call"|"new"|"method", "module", "name", "path": [...], "args": [...],
"kwargs": {...}} and {"op": "cancel"}. Frames from here: {"ok": tree} or {"error": {...}}.

The text of values.py, which says what a tree is, stands in front of this one.
"""
import json
import os
import queue
import signal
import socket
import struct
import sys
import threading


class Channel:
    def __init__(self, sock):
        self.sock = sock
        self.calls = queue.SimpleQueue()
        self.lock = threading.Lock()
        self.running = False

    def exactly(self, n):
        data = bytearray(n)
        view, got = memoryview(data), 0
        while got < n:
            k = self.sock.recv_into(view[got:])
            if k == 0:
                raise EOFError
            got += k
        return data

    def read(self):
        """The life of the reader: calls are queued, a cancel interrupts, and the end of the worker is the end of this process, whatever runs."""
        try:
            while True:
                count, = struct.unpack("<I", self.exactly(4))
                sizes = struct.unpack(f"<{count}Q", self.exactly(8 * count))
                parts = [self.exactly(n) for n in sizes]
                header = json.loads(bytes(parts[0]))
                if header["op"] == "cancel":
                    with self.lock:
                        if self.running:
                            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
                else:
                    self.calls.put((header, parts))
        except (EOFError, OSError):
            os._exit(0)

    def write(self, header, buffers=()):
        parts = [json.dumps(header, allow_nan=False).encode(), *buffers]
        sizes = [memoryview(p).nbytes for p in parts]
        self.sock.sendall(struct.pack(f"<I{len(parts)}Q", len(parts), *sizes))
        for p in parts:
            self.sock.sendall(p)


def main():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    channel = Channel(socket.socket(fileno=3))
    threading.Thread(target=channel.read, daemon=True).start()
    state = None
    while True:
        try:
            header, parts = channel.calls.get()
        except KeyboardInterrupt:
            continue  # it came too late for its call
        buffers, answer = parts, None
        try:
            with channel.lock:
                channel.running = True
            for p in reversed(header.get("path") or []):
                if p not in sys.path:
                    sys.path.insert(0, p)
            args = [value(a, buffers) for a in header.get("args") or []]
            kwargs = {k: value(a, buffers) for k, a in (header.get("kwargs") or {}).items()}
            writer = Writer()
            if header["op"] == "new":
                state, result = find(header["module"], header["name"])(*args, **kwargs), None
            elif header["op"] == "method":
                result = getattr(state, header["name"])
                result = result(*args, **kwargs) if callable(result) else result
                if result is state:  # as methods do that can be chained
                    result = None
            else:
                result = find(header["module"], header["name"])
                result = result(*args, **kwargs) if callable(result) else result
            answer = {"ok": writer.tree(result)}, [memoryview(b) for b in writer.buffers]
        except SystemExit as e:
            if header["op"] != "method":
                answer = {"error": failure(e)}, []
            else:
                channel.write({"error": failure(e)})
                os._exit(0)
        except BaseException as e:
            answer = {"error": failure(e)}, []
        finally:
            with channel.lock:
                channel.running = False
        try:
            sys.stdout.flush()
            sys.stderr.flush()
            channel.write(*answer)
        except KeyboardInterrupt:
            os._exit(1)  # half an answer is none


main()
