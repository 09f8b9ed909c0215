"""What the abuse tests share: a kernel process, polite peers (pyzmq) and raw sockets."""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

import zmq
from jupyter_client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.session import Session

KEY = b"secret-key"
CHANNELS = ["shell", "control", "stdin", "iopub", "hb"]
GREETING = b"\xff" + b"\0" * 8 + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + b"\0" * 32


def command(name, data):
    body = bytes([len(name)]) + name + data
    return b"\x04" + bytes([len(body)]) + body if len(body) < 256 else b"\x06" + struct.pack(">Q", len(body)) + body


def ready(kind, identity=b""):
    return command(b"READY", b"\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind + b"\x08Identity" + struct.pack(">I", len(identity)) + identity)


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Kernel:
    """A kernel process and its connection file."""

    def __init__(self, transport="tcp", curve=False, directory=None, env=None):
        self.dir = directory or tempfile.mkdtemp(prefix="goray")
        self.file = os.path.join(self.dir, "connection.json")
        if not os.path.exists(self.file):
            info = dict(transport=transport, ip="127.0.0.1" if transport == "tcp" else os.path.join(self.dir, "s"), key=KEY.decode(), signature_scheme="hmac-sha256")
            ports = free_ports(5) if transport == "tcp" else range(1, 6)
            info.update({c + "_port": p for c, p in zip(CHANNELS, ports)})
            if curve:
                public, secret = zmq.curve_keypair()
                info.update(curve_publickey=public.decode(), curve_secretkey=secret.decode())
            with open(self.file, "w") as f:
                json.dump(info, f)
        with open(self.file) as f:
            self.info = json.load(f)
        argv = [a.replace("{connection_file}", self.file) for a in KernelSpecManager().get_kernel_spec("goray").argv]
        self.log = open(os.path.join(self.dir, "log"), "ab")
        self.process = subprocess.Popen(argv, stdout=self.log, stderr=self.log, env={**os.environ, **(env or {})})
        self.context = zmq.Context()
        self.session = Session(key=KEY)

    def endpoint(self, channel):
        sep = ":" if self.info["transport"] == "tcp" else "-"
        return f"{self.info['transport']}://{self.info['ip']}{sep}{self.info[channel + '_port']}"

    def sock(self, kind, channel, identity=None, **options):
        s = self.context.socket(kind)
        s.linger = 0
        if identity:
            s.identity = identity
        for name, value in options.items():
            setattr(s, name, value)
        s.connect(self.endpoint(channel))
        return s

    def sub(self, topic=b"", **options):
        s = self.sock(zmq.SUB, "iopub", rcvhwm=0, **options)
        s.setsockopt(zmq.SUBSCRIBE, topic)
        return s

    def raw(self, channel, kind=None, identity=b"", small=False):
        """A raw socket; after the handshake if kind is given."""
        deadline = time.time() + 10
        while True:
            try:
                s = socket.create_connection(("127.0.0.1", self.info[channel + "_port"]))
                break
            except OSError:
                if time.time() > deadline:
                    raise
                time.sleep(0.05)
        if small:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        if kind:
            s.sendall(GREETING + ready(kind, identity))
            time.sleep(0.1)
        return s

    def send(self, s, typ, content):
        return self.session.send(s, typ, content)["header"]["msg_id"]

    def message(self, s, timeout=10):
        """The next message, or None."""
        if not s.poll(timeout * 1000):
            return None
        return self.session.deserialize(self.session.feed_identities(s.recv_multipart())[1])

    def ask(self, s, typ, content=None, timeout=10):
        """Send a request and return its reply, or None."""
        mid = self.send(s, typ, content or {})
        end = time.time() + timeout
        while time.time() < end:
            m = self.message(s, end - time.time())
            if m is None or m["parent_header"].get("msg_id") == mid:
                return m

    def execute(self, s, code, timeout=30, **more):
        return self.ask(s, "execute_request", dict(code=code, silent=False, **more), timeout)

    def served_ms(self, timeout=10):
        """How long a new client waits for its first answer."""
        t = time.time()
        s = self.sock(zmq.DEALER, "shell")
        ok = self.ask(s, "kernel_info_request", timeout=timeout) is not None
        s.close()
        return round((time.time() - t) * 1000) if ok else None

    def alive(self):
        return self.process.poll() is None

    def logged(self, text, timeout=10):
        """Whether the kernel says something about itself soon."""
        end = time.time() + timeout
        while time.time() < end:
            with open(self.log.name, errors="replace") as f:
                if text in f.read():
                    return True
            time.sleep(0.01)
        return False

    def memory(self, what="VmRSS"):
        """Megabytes of the kernel process."""
        with open(f"/proc/{self.process.pid}/status") as f:
            for line in f:
                if line.startswith(what):
                    return int(line.split()[1]) // 1024

    def children(self):
        path = f"/proc/{self.process.pid}/task"
        found = []
        for task in os.listdir(path):
            with open(f"{path}/{task}/children") as f:
                found += [int(p) for p in f.read().split()]
        return found

    def client(self):
        c = BlockingKernelClient(connection_file=self.file)
        c.load_connection_file()
        c.start_channels()
        c.wait_for_ready(timeout=20)
        return c

    def end(self, remove=True):
        if self.alive():
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()
        self.context.destroy(0)
        if remove:
            shutil.rmtree(self.dir, ignore_errors=True)
