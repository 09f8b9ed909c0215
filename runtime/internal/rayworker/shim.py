"""goray on a Ray cluster: what a Ray worker, which is Python, runs in order to run Go.

A Ray worker that is given a Go function starts the driver's own program as its child, once, and
speaks with it over a socket pair. The child runs functions; the worker runs what they ask of Ray.
If either ends, so does the other, and Ray's own rules for crashed workers apply.

The same file is the other half of a Go driver inside the cluster (see drive).

Frame: u32 length of the header, u64 length of the payload (little endian), header (JSON), payload.
A value in Ray's store is ("goray/1", meta, body, refs), or one piece of bytes; see package rayclient for
the contract.
Only the standard library and Ray's public interface are used, so that one text serves all versions.
The text of values.py of package python follows this one, which says how values of Python's travel.
"""


def offer(source, programs=None, shas=None):
    """(task, Actor, python, PythonActor) as Ray ships them: by value, with this text, loaded once per process.

    A reference to the programs that is shipped with the function costs nothing per call, unlike bins.
    """
    import hashlib
    name = "goray_shim_" + hashlib.sha256(source.encode()).hexdigest()[:12]

    def shim():
        import sys
        module = sys.modules.get(name)
        if module is None:
            module = type(sys)(name)
            module.SOURCE = source
            exec(compile(source, name + ".py", "exec"), module.__dict__)
            module = sys.modules.setdefault(name, module)
        return module

    def goray_task(header, bins=None, payload=None, *values):
        return shim().run_task(header, bins or programs, payload, values, shas)

    class GorayActor:
        def __init__(self, header, bins, payload, *values):
            self.shim = shim()
            self.child, self.empty = self.shim.start_actor(header, bins or programs, payload, values)

        def call(self, header, payload=None, *values):
            return self.shim.run_call(self.child, header, payload, values)

        def ready(self):
            return self.empty

    def goray_python(header, bins, payload, *values):
        return shim().run_python(header, bins or programs, values)

    class GorayPythonActor:
        def __init__(self, header, bins, payload, *values):
            self.shim = shim()
            self.state, self.empty = self.shim.start_python_actor(header, bins or programs, values)

        def call(self, header, payload, *values):
            return self.shim.run_python_call(self.state, header, values)

        def ready(self):
            return self.empty

    return goray_task, GorayActor, goray_python, GorayPythonActor


import array
import ast
import fcntl
import hashlib
import json
import mmap
import os
import platform
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import weakref
import time

HEAD, COUNT = struct.Struct("<IQ"), struct.Struct("<I")
TAG, FAILED, PYTHON_FAILED = "goray/1", "goray", "goray-python"
NOTE = b"goray/1\x00\x9d\xc4\x5e\x11\xa7\x80\xfb\x36"  # with which a value in one piece of bytes begins
NOTE_MAX = 1 << 16  # bytes of the body of such a value
MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
BIG = 1 << 20  # bodies from here on travel as shared memory
TICK = 0.1  # seconds after which a wait looks whether Ray has cancelled it
EMPTYING = 5  # seconds that the tasks of a placement group may take to end before it is removed
SLICE = 0.01  # seconds for which a task's frames may wait while it waits for objects
CACHE_BYTES = int(os.environ.get("GORAY_RAY_CACHE_BYTES") or 2 << 30)  # binaries kept on a node
ASK, ANSWER = 0.5, 60  # seconds between looks for the driver's answer, and until it must have given a sign
REMOVED = {"Kind": "placement group removed", "Text": "its placement group has been removed"}
NAMESPACE = b"goray"  # in Ray's key-value store


class Failed(Exception):
    """A value or a call that has no form on the other side."""


class Lost(Exception):
    """An object that the Go process does not refer to any more."""


# ---- binaries ----------------------------------------------------------------------------------


def cache_roots():
    """Where binaries may lie, best first: the session's folder goes with the session."""
    if os.environ.get("GORAY_RAY_CACHE"):
        yield os.environ["GORAY_RAY_CACHE"]
    if session():
        yield os.path.join(session(), "goray-%d" % os.getuid())
    yield os.path.join(tempfile.gettempdir(), "goray-%d" % os.getuid(), "nodes")


def session():
    """The folder of Ray's session on this node; None where this version of Ray does not say it."""
    context = ray_context()
    temp, name = getattr(context, "get_temp_dir", None), getattr(context, "get_session_name", None)
    if temp and name:
        return os.path.join(temp(), name())
    said = dict(a.split("=", 1) for a in sys.argv if a.startswith("--") and "=" in a)  # 2.9.3 tells its workers so
    path = os.path.join(said.get("--temp-dir", ""), said.get("--session-name", ""))
    return path if "--session-name" in said and os.path.isdir(path) else None


def machine():
    return MACHINES.get(platform.machine(), platform.machine())


def program(bins, shas):
    """(hash, how to get its reference) of the program for this machine. What the driver has not sent, it is
    asked for: it looks for such wishes once a second, and makes the program, which may take minutes."""
    import ray
    arch = machine()
    if arch in shas and platform.system() == "Linux":
        return shas[arch], lambda: bins[arch]
    if platform.system() != "Linux":
        raise refusal("no program runs on node %s: it is %s, and programs are for Linux" % (platform.node(), platform.system()))
    job = ray.get_runtime_context().get_job_id()
    want, have = "want/" + job, "have/%s/%s" % (job, arch)
    said, end = None, time.monotonic() + ANSWER
    while True:
        answer = kv_get(have)
        if answer:
            a = json.loads(answer)
            if a.get("sha"):
                return a["sha"], lambda: ray.cloudpickle.loads(bytes.fromhex(a["ref"]))
            if a.get("why"):
                raise refusal(a["why"])
            if answer != said:  # it is busy with it
                said, end = answer, time.monotonic() + ANSWER
        else:
            wished = (kv_get(want) or b"").decode().split()
            if arch not in wished:
                kv_set(want, " ".join(wished + [arch]).encode())
        if time.monotonic() > end:
            raise refusal("node %s is linux/%s, the program was sent for %s only, and the driver does not answer; start the driver with "
                          "GORAY_RAY_PLATFORMS=%s" % (platform.node(), arch, ", ".join("linux/" + a for a in sorted(shas)), arch))
        time.sleep(ASK)


def refusal(text):
    return ValueError(FAILED, json.dumps({"Kind": "bad call", "Text": text}))


def binary(bins, shas):
    """(path, descriptor or None) of the program for this machine. It is fetched only if it is not here."""
    import ray
    sha, reference = program(bins, shas)

    def fetch():
        try:
            data = ray.get(reference())
        except Exception:  # its driver has ended, and it went with it
            data = kv_get("bin/" + sha)
            if data is None:
                raise
        if hashlib.sha256(data).hexdigest() != sha:
            raise RuntimeError("goray: the program %s is not what its driver sent" % sha[:12])
        return data

    data = None
    for root in cache_roots():
        path = os.path.join(root, sha, "goray")
        try:
            if os.access(path, os.X_OK):
                os.utime(path)
                return path, None
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            with open(os.path.join(root, "lock"), "w") as lock:  # one worker fetches, the others wait
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not os.access(path, os.X_OK):
                    data = fetch() if data is None else data
                    trim(root, CACHE_BYTES - len(data), sha)
                    fd, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
                    try:
                        with os.fdopen(fd, "wb") as f:
                            f.write(data)
                        os.chmod(temporary, 0o700)
                        os.rename(temporary, path)
                    except OSError:
                        os.unlink(temporary)
                        raise
            return path, None
        except OSError:
            continue  # read-only, full, or noexec: the next place
    data = fetch() if data is None else data
    fd = os.memfd_create("goray", 0)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]
    return "/proc/self/fd/%d" % fd, fd


def trim(root, room, keep):
    """Removes the programs that were not used for longest, until the others fit into room."""
    found = []
    for sha in os.listdir(root):
        path = os.path.join(root, sha, "goray")
        if sha != keep and os.path.isfile(path):
            s = os.stat(path)
            found.append((s.st_mtime, s.st_size, path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= room:
            break
        os.unlink(path)  # those who run it keep it
        os.rmdir(os.path.dirname(path))
        total -= size


def kv_get(key):
    from ray.experimental.internal_kv import _internal_kv_get
    return _internal_kv_get(key.encode(), namespace=NAMESPACE)


def kv_set(key, value):
    from ray.experimental.internal_kv import _internal_kv_put
    _internal_kv_put(key.encode(), value, namespace=NAMESPACE)


def kv_put(key, value):
    from ray.experimental.internal_kv import _internal_kv_exists, _internal_kv_put
    if not _internal_kv_exists(key.encode(), namespace=NAMESPACE):
        _internal_kv_put(key.encode(), value, namespace=NAMESPACE)


def state(kind, id):
    """Ray's state API as JSON: its rows of tasks, actors, workers or objects, with id of that one alone, and the nodes."""
    import ray
    from ray.util import state as api
    filters = [({"tasks": "task_id", "actors": "actor_id"}[kind], "=", id)] if id else None
    rows = getattr(api, "list_" + kind)(address=ray.get_runtime_context().gcs_address, filters=filters, limit=10000,
                                        timeout=10, detail=True, raise_on_missing_output=False)
    answer = {"Rows": [r if isinstance(r, dict) else r.asdict() for r in rows], "Nodes": []}
    if id:
        try:
            from ray._private.state import available_resources_per_node
            free = available_resources_per_node()
        except Exception:  # it is not public, and so may go
            free = {}
        answer["Nodes"] = [{"ID": n["NodeID"], "Total": n["Resources"], "Free": free.get(n["NodeID"])} for n in ray.nodes() if n["Alive"]]
    return json.dumps(answer, default=str)


# ---- values and references ---------------------------------------------------------------------


class Refs:
    """Ray's handles by Go's ids, counted: the other side of the socket says what it still uses."""

    def __init__(self):
        self.lock = threading.Lock()
        self.entries = {}  # id -> [handle, kind, count, ids that its value holds]
        self.within = {}  # tasks and actors in placement groups -> the group
        self.removed = set()  # placement groups that this process has removed
        self.fresh = set()  # of what was just submitted; nobody has asked for it
        self.mortal = set()  # actors that Ray does not restart
        self.forced = set()  # Ray's ids of tasks that were cancelled with force

    def add(self, id, handle, kind, n=1):
        with self.lock:
            e = self.entries.get(id)
            if e is None:
                self.entries[id] = [handle, kind, n, ()]
            else:
                e[2] += n

    def handle(self, id):
        e = self.entries.get(id)
        if e is None:
            raise Lost("object %s was let go by everybody; keep a reference to it" % id)
        if isinstance(e[0], Exception):
            raise e[0]
        return e[0]

    def kind(self, id):
        e = self.entries.get(id)
        return e[1] if e else "o"

    def count(self, id, n):
        dead = []
        with self.lock:
            self._count(id, n, dead)
        del dead  # Ray's own bookkeeping runs without our lock

    def _count(self, id, n, dead):
        e = self.entries.get(id)
        if e is None:
            return
        e[2] += n
        if e[2] <= 0:
            dead.append(self.entries.pop(id)[0])
            self.within.pop(id, None)
            self.fresh.discard(id)
            self.mortal.discard(id)
            for held in e[3]:
                self._count(held, -1, dead)

    def hold(self, id, meta, refs):
        """The references nested in the value of id live as long as id."""
        e = self.entries.get(id)
        if e is not None and refs and not e[3]:
            e[3] = self.borrow(meta, refs)

    def borrow(self, meta, refs):
        m = json.loads(meta)
        for nested, kind, handle in zip(m["refs"], m["kinds"], refs):
            self.add(nested, handle, kind)
        return m["refs"]


def pack(refs, meta, body):
    """A value for Ray's store from what Go sent."""
    if "refs" in meta:
        return TAG, meta, body, [refs.handle(id) for id in json.loads(meta)["refs"]]
    return noted(meta, body)


def noted(meta, body):
    """A value without references: in one piece where it is small, for Ray takes bytes as they are."""
    if len(body) > NOTE_MAX:
        return TAG, meta, body, []
    text = meta.encode()
    return b"".join((NOTE, COUNT.pack(len(text)), text, body))


def ours(v):
    """(meta, body, refs) of a value that goray has made, else None."""
    if isinstance(v, tuple) and len(v) == 4 and isinstance(v[0], str) and v[0] == TAG:
        return v[1:]
    if isinstance(v, bytes) and v.startswith(NOTE):
        n, = COUNT.unpack_from(v, len(NOTE))
        at = len(NOTE) + COUNT.size
        return v[at:at + n].decode(), memoryview(v)[at + n:], []
    return None


def unpack(value):
    """(meta, body, refs); a value of Python's is translated."""
    parts = ours(value)
    if parts is not None:
        return parts
    return '{"python":true}', json.dumps(neutral(value)).encode(), []


def neutral(v, depth=0):
    """A value of Python's as JSON that says its type where JSON does not."""
    if depth > 64:
        raise Failed("the Python value nests deeper than 64 levels")
    if v is None or isinstance(v, (bool, str)):
        return v
    if isinstance(v, int):
        return v if -(1 << 63) <= v < 1 << 63 else {"big": str(v)}
    if isinstance(v, float):
        return {"float": repr(v)}
    if isinstance(v, (bytes, bytearray, memoryview)):
        import base64
        return {"bytes": base64.b64encode(v).decode()}
    if isinstance(v, (list, tuple)):
        return [neutral(x, depth + 1) for x in v]
    if isinstance(v, dict) and all(isinstance(k, str) for k in v):
        return {"map": {k: neutral(x, depth + 1) for k, x in v.items()}}
    if hasattr(v, "tolist"):  # numpy's arrays and scalars
        return neutral(v.tolist(), depth + 1)
    raise Failed("a Python value of type %s.%s has no form in Go; return numbers, strings, bytes, lists or dicts" % (
        type(v).__module__, type(v).__qualname__))


def when_there(ref, then):
    """Calls then with the value of an object, or its exception, on a thread of Ray's."""
    def there(value, ref=ref):  # which stays until then
        then(value.as_instanceof_cause() if hasattr(value, "as_instanceof_cause") else value)

    if hasattr(ref, "_on_completed"):  # of what future is made, which costs 0.1 ms more
        ref._on_completed(there)
    else:
        ref.future().add_done_callback(lambda f: there(f.exception() or f.result()))


def describe(e, depth=0):
    """An exception as package wire's Exception."""
    d = {"class": type(e).__module__ + "." + type(e).__qualname__, "text": str(e)}
    if isinstance(e, Failed):
        d["class"] = "builtins.ValueError"
    d["lost"] = isinstance(e, Lost)
    d["refused"] = getattr(e, "goray_refused", False)
    args = getattr(e, "args", ())
    if len(args) == 2 and args[0] == FAILED:
        d["failure"], d["text"] = json.loads(args[1]), ""
    if len(args) == 2 and args[0] == PYTHON_FAILED:
        d["python"], d["text"] = args[1], ""
    for key, name in (("func", "function_name"), ("pid", "pid"), ("traceback", "traceback_str")):
        if getattr(e, name, None):
            d[key] = getattr(e, name)
    cause = getattr(e, "cause", None)
    if isinstance(cause, BaseException) and cause is not e and depth < 8:
        d["cause"] = describe(cause, depth + 1)
    elif getattr(e, "actor_init_failed", False):  # the constructor's failure is only in the text
        found = re.search(r"\('(goray|goray-python)', (.*)\)\s*$", str(e), re.S)
        if found:
            text = ast.literal_eval(found.group(2))
            d["cause"] = {"class": "builtins.ValueError"}
            d["cause"].update({"failure": json.loads(text)} if found.group(1) == FAILED else {"python": text})
    return d


# ---- frames ------------------------------------------------------------------------------------


class Peer:
    """The Go process at the other end of a socket, and what it asks of Ray."""

    def __init__(self, sock):
        self.sock, self.refs = sock, Refs()
        self.buffer, self.at, self.end = bytearray(1 << 16), 0, 0  # what was read and not yet used
        self.fds = []  # that came with what was read, in order
        self.sending = threading.Lock()
        self.calls, self.seq = {}, 0
        self.waits = {}  # callback -> refs that a Get or Wait of the Go process waits for
        self.bins, self.shas = {}, {}
        self.slots, self.free = {}, []  # shared memory: number -> mmap; those not in use
        self.sheets, self.lent, self.unlent = {}, {}, []  # that of the other side; what is in use, and is no more
        self.python = None  # Ray's forms of what offer returns
        self.ready = {}  # options of tasks, as text -> the task with them
        self.grouped = {}  # concurrency groups -> actor class
        self.exiting = False

    def send(self, head, parts=(), fds=()):
        h = head if isinstance(head, bytes) else json.dumps(head).encode()
        parts = [memoryview(p).cast("B") for p in parts]
        n = sum(p.nbytes for p in parts)
        first = HEAD.pack(len(h), n) + h
        with self.sending:
            if fds:
                self.sock.sendmsg([first], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
            elif n < 1 << 16:
                return self.sock.sendall(b"".join([first, *parts]))
            else:
                self.sock.sendall(first)
            for p in parts:
                self.sock.sendall(p)

    def receive(self, patience=None):
        """Reads what has come, after waiting for it as pump does; says whether something has. What takes long
        here is how often the system is asked: a frame is mostly one read."""
        if self.at == self.end:
            self.at = self.end = 0
        elif self.end == len(self.buffer):
            self.buffer[:self.end - self.at] = self.buffer[self.at:]
            self.at, self.end = 0, self.end - self.at
        flags = socket.MSG_DONTWAIT if patience == 0 else 0
        while True:
            try:
                n, extra, _, _ = self.sock.recvmsg_into([memoryview(self.buffer)[self.end:]], socket.CMSG_SPACE(64), flags)
                break
            except BlockingIOError:  # a Child's reads end after a TICK
                if patience is not None:
                    return False
        if n == 0:
            raise EOFError
        for level, kind, data in extra:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                self.fds.extend(array.array("i", data[:len(data) - len(data) % 4]))
        self.end += n
        return True

    def exactly(self, n):
        """The next n bytes, in memory of their own."""
        while self.end - self.at < n <= len(self.buffer):
            self.receive()
        got = min(n, self.end - self.at)
        out = self.buffer[self.at:self.at + got]
        self.at += got
        if got < n:
            view = memoryview(bytearray(n))
            view[:got], out = out, view.obj
            while got < n:
                try:
                    k = self.sock.recv_into(view[got:])
                except BlockingIOError:
                    continue
                if k == 0:
                    raise EOFError
                got += k
        return out

    def pump(self, patience):
        """Handles a frame, if one comes within patience (None: for ever, TICK, or 0); says whether one came."""
        if self.at == self.end and not self.receive(patience):
            return False
        header, size = HEAD.unpack(self.exactly(HEAD.size))
        head = json.loads(self.exactly(header))
        body = memoryview(self.exactly(size))
        self.handle(head, body, [self.fds.pop(0)] if head.get("size") else [])
        while self.unlent:
            self.send({"t": "free", "n": self.unlent.pop()})
        return True

    def handle(self, head, body, fds):
        kind = head["t"]
        if kind == "cb":
            self.asked(head, body, fds)
        elif kind == "free":
            self.free.append(head["n"])
        else:
            call = self.calls.pop(head["id"])
            call.head, call.values = head, [bytes(body)] if head.get("note") else self.values(head, body, fds)
            call.done.set()

    def values(self, head, body, fds):
        """The values of a frame: [[meta, length], …] in its header, one after another in its payload."""
        n = head.get("sheet")
        if n:  # they lie in shared memory of the sender's, which it may use again when nothing here does
            if fds:
                self.sheets[n] = mmap.mmap(fds[0], head["size"], prot=mmap.PROT_READ)
                os.close(fds[0])
            body = self.mapped(self.sheets[n])
            self.lent[n] = weakref.ref(body, lambda _: self.unlent.append(n))
        out, at = [], head.get("skip", 0)
        for v in head.get("vals", ()):
            if isinstance(v, str):
                out.append(v)
                continue
            part = body[at:at + v[1]]
            out.append((v[0], bytes(part) if isinstance(body, memoryview) else part))
            at += v[1]
        return out

    def mapped(self, shared):
        try:
            import numpy  # arrays stay out of band: one copy into the store, none out of it
            return numpy.frombuffer(shared, numpy.uint8)
        except ImportError:
            return memoryview(shared)

    def lay(self, bodies):
        """([[length, slot or -1], …], parts): large bodies go to shared memory that the Go process maps."""
        where, parts = [], []
        for b in bodies:
            m = memoryview(b).cast("B")
            if m.nbytes < BIG:
                where.append((m.nbytes, -1))
                parts.append(m)
            else:
                where.append((m.nbytes, self.fill(m)))
        return where, parts

    def fill(self, m):
        for i, n in enumerate(self.free):  # its pages are there already, which is what costs
            if len(self.slots[n]) >= m.nbytes:
                del self.free[i]
                break
        else:
            if sum(len(s) for s in self.slots.values()) > 1 << 30:
                self.drop()
            n = len(self.slots) and max(self.slots) + 1
            size = max(1 << (m.nbytes - 1).bit_length(), 1 << 22)
            fd = os.memfd_create("goray-values")
            os.ftruncate(fd, size)
            self.slots[n] = mmap.mmap(fd, size)
            self.send({"t": "slot", "n": n, "size": size}, fds=[fd])
            os.close(fd)
        self.slots[n][:m.nbytes] = m
        return n

    def drop(self):
        """Gives back the shared memory that is not in use."""
        while self.free:
            n = self.free.pop()
            self.slots.pop(n).close()
            self.send({"t": "unslot", "n": n})

    # ---- what the Go process asks ----

    def asked(self, head, body, fds):
        try:
            answer = getattr(self, "op_" + head["op"])(head, body, fds)
        except Exception as e:
            answer = {"exception": describe(e)}
            if head["op"] in ("task", "call", "actor", "put", "group"):
                if not isinstance(e, Lost):
                    e.goray_refused = True
                for id in [head["ref"]] + head.get("refs", []):  # the failure is the object
                    self.refs.add(id, e, "o")
        if answer is not None and head.get("cb"):
            parts = answer.pop("parts", ())
            self.send(dict(answer, t="cbr", cb=head["cb"]), parts)

    def op_put(self, head, body, fds):
        import ray
        (meta, part), = self.values(head, body, fds)
        self.refs.add(head["ref"], ray.put(pack(self.refs, meta, part)), "o")

    def op_drop(self, head, body, fds):
        self.lent.pop(head["n"], None)
        self.sheets.pop(head["n"]).close()

    def op_count(self, head, body, fds):
        for id, n in head["counts"].items():
            self.refs.count(id, n)

    def task(self, opts):
        """The task with options. Ray makes a class for each such form, so it is made once."""
        key = json.dumps(opts)
        remote = self.ready.get(key)
        if remote is None:
            remote = self.ours()[0].options(**self.options(opts))
            if len(self.ready) < 100 and (opts.get("strategy") or {}).get("kind") != "group":  # which may go
                self.ready[key] = remote
        return remote

    def arguments(self, head, body, fds):
        """(payload, values): a reference is given to Ray as such, so that it resolves it."""
        payload = head.get("spec", "").encode() if head.get("sheet") else bytes(body[:head.get("skip", 0)])
        return payload, [self.refs.handle(v) if isinstance(v, str) else pack(self.refs, *v) for v in self.values(head, body, fds)]

    def ours(self):
        """Ray's task, actor class and Python task, made once: each new one is exported again."""
        import ray
        if self.python is None:
            self.python = [ray.remote(x) for x in offer(SOURCE, self.programs(), self.shas)]
        return self.python

    def submitted(self, ids, refs):
        for id, ref in zip(ids, refs if isinstance(refs, list) else [refs]):
            self.refs.add(id, ref, "o")
        self.refs.fresh.update(ids)

    def op_task(self, head, body, fds):
        ids = [head["ref"]] + head.get("refs", [])
        group = (head["opts"].get("strategy") or {}).get("group")
        if group in self.refs.removed:
            raise ValueError(FAILED, json.dumps(REMOVED))
        if head.get("letter"):
            refs = self.task(head["opts"]).remote(bytes(body))
        else:
            payload, values = self.arguments(head, body, fds)
            remote = self.ours()[2].options(**self.options(head["opts"])) if head["header"].get("python") else self.task(head["opts"])
            refs = remote.remote(json.dumps(dict(head["header"], sha=self.shas)), None, payload, *values)
        self.submitted(ids, refs)
        if group:
            self.refs.within.update((id, group) for id in ids)

    def op_actor(self, head, body, fds):
        payload, values = self.arguments(head, body, fds)
        opts = self.options(head["opts"])
        kind = 3 if head["header"].get("python") else 1
        remote = self.actor_class(opts.pop("concurrency_groups", None), kind).options(**opts)
        header = json.dumps(dict(head["header"], sha=self.shas))
        self.refs.add(head["ref"], remote.remote(header, None, payload, *values), "a")
        group = (head["opts"].get("strategy") or {}).get("group")
        if group:
            self.refs.within[head["ref"]] = group
        if not opts.get("max_restarts"):
            self.refs.mortal.add(head["ref"])
        return {}

    def actor_class(self, groups, kind):
        """The actor class; Ray takes concurrency groups only where a class is made remote."""
        import ray
        if not groups:
            return self.ours()[kind]
        key = json.dumps([groups, kind], sort_keys=True)
        if key not in self.grouped:
            self.grouped[key] = ray.remote(concurrency_groups=groups)(offer(SOURCE, self.programs(), self.shas)[kind])
        return self.grouped[key]

    def op_call(self, head, body, fds):
        if head.get("letter"):
            arguments = [bytes(body)]
        else:
            payload, values = self.arguments(head, body, fds)
            if head["header"].get("bins"):
                head["header"]["sha"] = self.shas
                values.insert(0, self.programs())
            arguments = [json.dumps(head["header"]), payload, *values]
        method = self.refs.handle(head["actor"]).call
        opts = self.options(head.get("opts") or {})
        method = method.options(**opts) if opts else method
        self.submitted([head["ref"]] + head.get("refs", []), method.remote(*arguments))

    def op_fail(self, head, body, fds):
        for id in [head["ref"]] + head.get("refs", []):
            self.refs.add(id, ValueError(FAILED, json.dumps(head["failure"])), "o")

    def programs(self):
        return self.bins

    def options(self, o):
        o = dict(o)
        if o.pop("retry", False):
            o["retry_exceptions"] = [RuntimeError]
        s = o.pop("strategy", None)
        if s:
            o["scheduling_strategy"] = self.strategy(s)
        return o

    def strategy(self, s):
        from ray.util import scheduling_strategies as ways
        kind = s["kind"]
        if kind == "node":
            return ways.NodeAffinitySchedulingStrategy(s["node"], s.get("soft", False))
        if kind == "group":
            return ways.PlacementGroupSchedulingStrategy(
                self.refs.handle(s["group"]), s.get("bundle", 0), s.get("capture", False))
        if kind == "labels":
            def matches(all):
                return {m["key"]: getattr(ways, m["op"])(*m.get("values", ())) for m in all}
            return ways.NodeLabelSchedulingStrategy(hard=matches(s.get("hard", ())), soft=matches(s.get("prefer", ())))
        return kind

    def waitable(self, id):
        """The ObjectRef that id stands for, or that tells when it is there."""
        handle, kind = self.refs.handle(id), self.refs.kind(id)
        return handle.ready.remote() if kind == "a" else handle.ready() if kind == "g" else handle

    def op_get(self, head, body, fds):
        import ray
        ids, found = head["refs"], {}
        for i, id in enumerate(ids):
            try:
                found[i] = self.waitable(id)
            except Exception as e:
                found[i] = e
        refs = [r for r in found.values() if not isinstance(r, Exception)]
        fresh = self.refs.fresh.intersection(ids)  # these are hardly here yet, and asking takes a while
        self.refs.fresh -= fresh
        if not refs or not fresh and self.here(refs):
            for i, r in found.items():
                try:
                    found[i] = r if isinstance(r, Exception) else ray.get(r)
                except Exception as e:
                    found[i] = e
            return self.got(ids, found)
        self.waits[head["cb"]] = refs
        pending, lock = set(i for i, r in found.items() if not isinstance(r, Exception)), threading.Lock()

        def arrived(i, value):
            with lock:
                found[i] = value
                pending.discard(i)
                if pending or self.waits.pop(head["cb"], None) is None:
                    return
            answer = self.got(ids, found)
            parts = answer.pop("parts")
            self.send(dict(answer, t="cbr", cb=head["cb"]), parts)

        for i in sorted(pending):
            when_there(found[i], lambda value, i=i: arrived(i, value))
        return None

    def here(self, refs):
        """Whether all objects are on this node. What is asked first starts no transfer."""
        import ray

        def ready(local):
            return not ray.wait(refs, num_returns=len(refs), timeout=0, fetch_local=local)[1]

        return ready(False) and ready(True)

    def got(self, ids, found):
        vals, bodies = [], []
        for i, id in enumerate(ids):
            try:
                if isinstance(found[i], BaseException):
                    raise found[i]
                meta, body, refs = ('{"group":true}', b"", []) if self.refs.kind(id) == "g" else unpack(found[i])
                self.refs.hold(id, meta, refs)
                vals.append([meta])
                bodies.append(body)
            except BaseException as e:
                vals.append(self.emptied(id, describe(e)))
        where, parts = self.lay(bodies)
        each = iter(where)
        return {"vals": [v + list(next(each)) if isinstance(v, list) else v for v in vals], "parts": parts}

    def emptied(self, id, d):
        """The exception d, or what this process knows better."""
        ended = d["class"].endswith(("TaskCancelledError", "WorkerCrashedError"))
        if ended and self.refs.within.get(id) in self.refs.removed:
            return {"class": "builtins.ValueError", "failure": REMOVED}
        if ended and self.refs.forced and self.refs.handle(id).task_id() in self.refs.forced:  # Ray before 2.10 says that it crashed
            return {"class": "ray.exceptions.TaskCancelledError", "text": "it was cancelled"}
        if d["class"] == "ray.exceptions.RayActorError":  # before 2.10; package wire says more
            with self.refs.lock:
                mortal = [repr(self.refs.entries[a][0]) for a in self.refs.mortal]
            actor = re.search(r"actor_id: ([0-9a-f]{32})", d["text"])
            if actor and any(actor.group(1) in name for name in mortal):
                d["class"] = "ray.exceptions.ActorDiedError"
        return d

    def op_wait(self, head, body, fds):
        import ray
        ids, n, timeout, failed = head["refs"], head["n"], head["timeout"], set()
        refs = {}
        for i, id in enumerate(ids):
            try:
                refs[i] = self.waitable(id)
            except Exception:
                failed.add(i)
        unique = list({r: None for r in refs.values()})

        def look(patience):
            k = max(1, min(n - len(failed), len(unique)))
            done = set(ray.wait(unique, num_returns=k, timeout=patience)[0]) if unique else set()
            ready = [i in failed or refs[i] in done for i in range(len(ids))]
            return ready if sum(ready) >= n or not unique else None, ready

        enough, ready = look(0)
        if enough or timeout == 0:
            return {"ready": ready}
        self.waits[head["cb"]] = unique

        def watch():
            end = time.monotonic() + timeout if timeout > 0 else None
            while head["cb"] in self.waits:
                left = TICK if end is None else min(TICK, max(0, end - time.monotonic()))
                enough, ready = look(left)
                if enough or (end is not None and time.monotonic() >= end):
                    if self.waits.pop(head["cb"], None) is not None:
                        self.send({"t": "cbr", "cb": head["cb"], "ready": ready})
                    return

        threading.Thread(target=watch, daemon=True).start()
        return None

    def op_stop(self, head, body, fds):
        self.waits.pop(head["stop"], None)

    def op_cancel(self, head, body, fds):
        ref = self.refs.handle(head["ref"])
        try:
            if head.get("force", False):
                self.refs.forced.add(ref.task_id())
            cancel([ref], head.get("force", False), head.get("recursive", False))
        except (ValueError, TypeError):
            if head.get("force", False):
                raise
        return {}

    def op_kill(self, head, body, fds):
        import ray
        ray.kill(self.refs.handle(head["ref"]), no_restart=head.get("no_restart", False))
        return {}

    def op_lookup(self, head, body, fds):
        import ray
        try:
            handle = ray.get_actor(head["name"], head.get("namespace") or None)
        except ValueError:
            return {"found": False}
        def name(h):
            return re.search(r"[0-9a-f]{32}", repr(h)).group(0)  # Ray's id of an actor

        with self.refs.lock:
            known = [id for id, e in self.refs.entries.items() if e[1] == "a" and not isinstance(e[0], Exception) and name(e[0]) == name(handle)]
        # Whoever looks the same actor up gets the same id.
        id = known[0] if known else hashlib.sha256(name(handle).encode()).hexdigest()[:16]
        self.refs.add(id, handle, "a")
        return {"found": True, "ref": id}

    def op_code(self, head, body, fds):
        source = kv_get("code/" + head["hash"])
        return {"found": source is not None, "parts": [source or b""]}

    def op_addcode(self, head, body, fds):
        kv_put("code/" + head["hash"], bytes(body))

    def op_package(self, head, body, fds):
        """A package of a runtime environment, under its address; without a body only whether it is there."""
        from ray.experimental.internal_kv import _internal_kv_exists, _internal_kv_put
        key = head["name"].encode()
        found = bool(_internal_kv_exists(key))
        if body and not found:
            _internal_kv_put(key, bytes(body))
        return {"found": found}

    def op_state(self, head, body, fds):
        """The rows, and which of them are ours: in the header, by Ray's ids."""
        own, id = {}, ""
        with self.refs.lock:
            entries = list(self.refs.entries.items())
        for ours, (handle, kind, *_) in entries:
            if isinstance(handle, Exception):
                continue
            ray_id = handle.task_id().hex() if kind == "o" else re.search(r"[0-9a-f]{32}", repr(handle)).group(0) if kind == "a" else ""
            own[ray_id] = ours
            if ours == head.get("ref"):
                id = ray_id
        kind = head.get("name")
        if head.get("ref"):
            kind = "actors" if self.refs.kind(head["ref"]) == "a" else "tasks"
        return {"own": own, "found": kind == "actors", "parts": [state(kind, id).encode()]}

    def op_cluster(self, head, body, fds):
        import ray
        nodes = [{"ID": n["NodeID"], "IP": n["NodeManagerAddress"], "Alive": n["Alive"], "Resources": n["Resources"],
                  "Labels": n.get("Labels") or {}} for n in ray.nodes()]
        return {"total": ray.cluster_resources(), "available": ray.available_resources(), "nodes": nodes}

    def op_group(self, head, body, fds):
        from ray.util import placement_group
        group = placement_group(head["bundles"], strategy=head["strategy"], name=head.get("name", ""),
                                lifetime="detached" if head.get("detached") else None)
        self.refs.add(head["ref"], group, "g")
        return {}

    def op_ungroup(self, head, body, fds):
        import ray
        from ray.util import remove_placement_group
        group = self.refs.handle(head["ref"])
        # Ray would end the workers of its tasks and try again, in a group that there is not any more; 2.9.3
        # would never give back what the group had reserved. Calls of an actor that is just being created would
        # sometimes never end.
        self.refs.removed.add(head["ref"])
        with self.refs.lock:
            inside = [self.refs.entries[id] for id, g in self.refs.within.items() if g == head["ref"] and id in self.refs.entries]
        inside = [e[:2] for e in inside if not isinstance(e[0], Exception)]
        tasks = [handle for handle, kind in inside if kind != "a"]
        for handle, kind in inside:
            if kind == "a":
                ray.kill(handle)
        if tasks:
            cancel(tasks, force=True)
            ray.wait(tasks, num_returns=len(tasks), timeout=EMPTYING, fetch_local=False)
        remove_placement_group(group)
        return {}

    def op_findgroup(self, head, body, fds):
        from ray.util import get_placement_group
        try:
            group = get_placement_group(head["name"])
        except ValueError:
            return {"found": False}
        with self.refs.lock:
            known = [id for id, e in self.refs.entries.items() if e[1] == "g" and getattr(e[0], "id", None) == group.id]
        id = known[0] if known else hashlib.sha256(group.id.binary()).hexdigest()[:16]
        self.refs.add(id, group, "g")
        return {"found": True, "ref": id}

    def op_groups(self, head, body, fds):
        from ray.util import placement_group_table
        with self.refs.lock:
            known = {e[0].id.hex(): id for id, e in self.refs.entries.items() if e[1] == "g" and not isinstance(e[0], Exception)}
        groups = []
        for id, g in placement_group_table().items():
            nodes = g.get("bundles_to_node_id") or {}
            groups.append({"ref": known.get(id, "0" * 16), "name": g["name"], "strategy": g["strategy"], "state": g["state"],
                           "bundles": list(g["bundles"].values()), "nodes": [str(nodes.get(i) or "") for i in g["bundles"]]})
        return {"groups": groups}

    def op_names(self, head, body, fds):
        import ray

        def names():
            from ray.util import list_named_actors
            return list_named_actors(all_namespaces=True)

        # Ray 2.9.3 waits for the answer without letting other threads of Python run (2.60 lets them), and its own
        # thread, which brings the answer, may just wait to give somebody an object: so another process asks.
        old = tuple(int(n) for n in ray.__version__.split(".")[:2]) < (2, 60)
        found = ray.get(ray.remote(num_cpus=0)(names).remote()) if old else names()
        return {"names": [{"Name": a["name"], "Namespace": a["namespace"]} for a in found]}

    def op_exit(self, head, body, fds):
        import ray
        actor, self.exiting = ray.get_runtime_context().current_actor, True

        def end():
            while self.calls:
                threading.Event().wait(TICK / 10)
            actor.__ray_terminate__.remote()

        threading.Thread(target=end, daemon=True).start()
        return {}


# ---- the Go child of a Ray worker --------------------------------------------------------------


class Call:
    def __init__(self):
        self.done, self.head, self.values = threading.Event(), None, None


class Child(Peer):
    """A warm Go process that runs functions for this Ray worker."""

    def __init__(self, header, bins, threads):
        import ray
        path, fd = binary(bins, header["sha"])
        ours, theirs = socket.socketpair()
        keep = [theirs.fileno()] + ([fd] if fd is not None else [])
        env = dict(os.environ, GORAY_WORKER="ray", GORAY_RAY_FD=str(theirs.fileno()))
        env.setdefault("GORAY_PYTHON", sys.executable)  # ray.Python runs in the Python that Ray runs in
        self.process = subprocess.Popen([path], executable=path, pass_fds=keep, env=env)
        theirs.close()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, int(TICK * 1e6)))
        if fd is not None:
            os.close(fd)
        super().__init__(ours)
        self.bins, self.shas, self.threads = bins, header["sha"], threads
        self.interrupted, self.ending = False, threading.Lock()
        self.gpus = gpus() if threads else []  # an actor keeps its own
        context = ray.get_runtime_context()
        self.send({"t": "hello", "node": context.get_node_id(), "ns": context.namespace, "job": context.get_job_id(),
                   "session": session() or "", "driver_ns": header.get("ns", "")})
        if threads:
            self.reading, self.idle = threading.Lock(), select.epoll()
            self.idle.register(self.sock, select.EPOLLIN)
        threading.Thread(target=self.read if threads else self.gone, daemon=True).start()

    def read(self):
        """Handles frames for an actor while none of its calls does."""
        while True:
            self.idle.poll()
            with self.reading:
                try:
                    while self.pump(0):
                        pass
                except (EOFError, OSError):
                    self.gone()

    def lead(self, call, look):
        """Handles frames until call is done, as the one who waits for it: the answer need not wake another
        thread. The thread that reads otherwise is not woken, either."""
        self.idle.modify(self.sock, 0)
        try:
            while not call.done.is_set():
                if not self.pump(TICK):
                    look()
            while self.at != self.end:  # nobody would be woken for what was read already
                self.pump(0)
        finally:
            self.idle.modify(self.sock, select.EPOLLIN)

    def gone(self):
        """When the Go process has ended: this worker shares its fate, so that Ray's rules apply."""
        status = self.process.wait()
        self.ending.acquire()  # for good: the first who comes here ends the worker
        if not self.calls:  # Ray itself ends it when it ends an idle worker, which goes on to end by itself
            threading.Event().wait(2)
            os._exit(1)
        print("goray: the Go process ended with %s; this Ray worker ends, too" % (
            signal.Signals(-status).name if status < 0 else "exit status %d" % status), file=sys.stderr, flush=True)
        os._exit(1)

    def call(self, header, payload, values, kind="call"):
        """Runs a function, or translates values for Python; returns its values or raises its failure.
        The payload may be that of a letter, and then has the values."""
        held, metas, bodies = [], [], []
        for v in values:
            meta, body, refs = unpack(v)
            if refs:
                held += self.refs.borrow(meta, refs)
            metas.append(meta)
            bodies.append(body)
        call = Call()
        with self.sending:
            self.seq += 1
            id = self.seq
        self.calls[id] = call
        try:
            head = {"t": kind, "id": id, "attempt": attempt(), "captures": header.get("captures", False),
                    "gpus": self.gpus or (gpus() if header.get("gpus") else [])}
            if isinstance(payload, tuple):  # its contents are the rest of the head, as text
                head, parts = json.dumps(head)[:-1].encode() + b"," + payload[0][1:], [payload[1]]
            else:
                where, parts = self.lay(bodies)
                head.update(skip=len(payload), vals=[[m, n, slot] for m, (n, slot) in zip(metas, where)])
                parts = [payload, *parts]
            self.send(head, parts)
            del values, bodies, parts
            self.wait(call, id)
            return self.result(call, header)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self.gone()
        finally:
            for h in held:
                self.refs.count(h, -1)

    def result(self, call, header):
        head = call.head
        if head["t"] == "err":
            import ray
            if head.get("cancelled"):
                raise ray.exceptions.TaskCancelledError()
            raise (RuntimeError if head.get("retry") else ValueError)(FAILED, json.dumps(head["failure"])) from None
        out = [v if isinstance(v, bytes) else pack(self.refs, *v) for v in call.values]
        for h in head.get("refs", ()):  # the child counted them until they were here
            self.refs.count(h, -1)
        return tuple(out) if header.get("returns", 1) > 1 else out[0]

    def wait(self, call, id):
        if self.threads:
            cancelled = getattr(ray_context(), "is_canceled", None)

            def look():
                nonlocal cancelled
                if cancelled and cancelled():
                    cancelled = None
                    self.send({"t": "cancel", "id": id})

            # The one call of an ordinary actor is on the main thread. Of several, none may submit for others.
            main = threading.current_thread() is threading.main_thread()
            if main and self.reading.acquire(timeout=TICK):
                try:
                    return self.lead(call, look)
                finally:
                    self.reading.release()
            while not call.done.wait(TICK):
                look()
            return
        told = False
        while not call.done.is_set():
            if self.waits and not self.interrupted:
                self.lend()
            else:
                self.pump(TICK)
            if self.interrupted and not told:  # ray.cancel; the Go function decides what comes of it
                told = True
                self.send({"t": "cancel", "id": id})

    def lend(self):
        """Lets Ray use this task's CPU while Go waits for objects: Ray lends it for what blocks the main
        thread. What is asked meanwhile waits for a moment: only what the main thread submits is the
        task's own in Ray's eyes, and is cancelled with it."""
        import ray
        refs = list({r: None for refs in list(self.waits.values()) for r in refs[:100]})
        try:
            ray.wait(refs, num_returns=1, timeout=SLICE)
        except (ray.exceptions.TaskCancelledError, KeyboardInterrupt):
            self.interrupted = True
        while self.pump(0):
            pass


def ray_context():
    import ray
    return ray.get_runtime_context()


def attempt():
    """How often Ray has tried this task before. There is no public way to learn it; 0 where this one fails."""
    try:
        import ray
        return ray._private.worker.global_worker.core_worker.get_current_task_attempt_number()
    except Exception:
        return 0


def gpus():
    import ray
    return [int(g) for g in ray.get_gpu_ids() if str(g).isdigit()]


children = {}  # hashes of the programs -> Child, for tasks
headers = {}  # text -> what it says: the same ones come again and again
active = None  # the Child whose task runs on the main thread


def read_header(text):
    if text not in headers:
        if len(headers) > 1000:
            headers.clear()
        headers[text] = json.loads(text)
    return headers[text]


def opened(header, payload):
    """(header, payload) of a call. A letter is both: package wire says of what it consists."""
    if isinstance(header, str):
        return read_header(header), payload
    n, = COUNT.unpack_from(header)
    at = n + 2 * COUNT.size
    m, = COUNT.unpack_from(header, at - COUNT.size)
    return read_header(header[COUNT.size:n + COUNT.size]), (header[at:at + m], memoryview(header)[at + m:])


def interrupt(signum, frame):
    """Ray's soft cancellation: an exception could come in the middle of a frame."""
    if active is not None:
        active.interrupted = True
    else:
        usual(signum, frame)


usual = signal.default_int_handler  # what happens to tasks of Python


def task_child(h, bins, shas):
    """The Go process of this worker for tasks."""
    key = tuple(sorted(shas.items()))
    if key not in children:
        children[key] = Child(dict(h, sha=shas), bins, threads=False)
    return children[key]


def run_task(header, bins, payload, values, shas):
    global active, usual
    h, payload = opened(header, payload)
    child = task_child(h, bins, h.get("sha") or shas)
    child.interrupted = False
    if threading.current_thread() is threading.main_thread():
        before = signal.getsignal(signal.SIGINT)
        if before is not interrupt:
            # A cluster that was started as a shell's background job ignores SIGINT, and then ray.cancel
            # would have no effect in its workers.
            usual = before if callable(before) else signal.default_int_handler
            signal.signal(signal.SIGINT, interrupt)
        active = child
    try:
        result = child.call(h, payload, values)
        if child.interrupted:
            raise KeyboardInterrupt
        return result
    finally:
        active = None


def start_actor(header, bins, payload, values):
    h = read_header(header)
    child = Child(h, bins, threads=True)
    if (json.loads(payload).get("Options") or {}).get("Detached"):
        keep_program(bins, h["sha"])
    return child, child.call(h, payload, values)


def keep_program(bins, shas):
    """A detached actor outlives its driver, which owns the program: Ray's key-value store keeps it, so that
    the actor can be restarted."""
    path, fd = binary(bins, shas)
    with open(path, "rb") as f:
        kv_put("bin/" + program(bins, shas)[0], f.read())
    if fd is not None:
        os.close(fd)


def run_call(child, header, payload, values):
    h, payload = opened(header, payload)
    if child.exiting:  # nothing begins any more; it ends when what runs has ended
        raise ValueError(FAILED, json.dumps({"Kind": "actor died", "Func": h.get("label", ""), "PID": os.getpid(),
                                             "Text": "it exited intentionally, with ray.ExitActor"}))
    return child.call(h, payload, values)


# ---- Python functions and actors ---------------------------------------------------------------


def is_go(v):
    """Whether v is a value that Go made, which Python cannot read."""
    parts = ours(v)
    return parts is not None and '"py"' not in parts[0]


def python_arguments(h, values, child):
    """(args, kwargs) of what lies in the store; child() translates what Go has made."""
    values = list(values)
    made = [i for i, v in enumerate(values) if is_go(v)]
    if made:
        found = child().call({"returns": len(made)}, b"", [values[i] for i in made], kind="translate")
        for i, v in zip(made, found if len(made) > 1 else [found]):
            values[i] = v
    args = [unflatten(ours(v)[1]) if ours(v) else v for v in values]
    kwargs = args.pop() if h["python"].get("kwargs") else {}
    return args, kwargs


FLAT = struct.Struct("<IIQ")
MAGIC = 0x31596752


def unflatten(body):
    """The Python value of a body as package codec lays it out: a tree and its buffers."""
    view = memoryview(body).cast("B")
    magic, count, size = FLAT.unpack(view[:FLAT.size])
    if magic != MAGIC:
        raise Failed("an argument is no value of goray's; driver and worker must be of one release")
    sizes = struct.unpack("<%dQ" % count, view[FLAT.size:FLAT.size + 8 * count])
    at = FLAT.size + 8 * count
    tree, at, buffers = json.loads(bytes(view[at:at + size])), at + size, [None]
    for n in sizes:
        at += -at % 64
        buffers.append(view[at:at + n])
        at += n
    return value(tree, buffers)


def flatten(v):
    """A Python value as one of goray's."""
    w = Writer()
    text = json.dumps(w.tree(v), allow_nan=False).encode()
    buffers = [memoryview(b).cast("B") for b in w.buffers]
    at = FLAT.size + 8 * len(buffers) + len(text)
    places = []
    for b in buffers:
        at += -at % 64
        places.append(at)
        at += b.nbytes
    body = shared = bytearray(at)
    if at >= BIG:
        try:
            import numpy  # an array stays out of band: one copy into the store, none out of it
            body = numpy.empty(at, numpy.uint8)
            shared = memoryview(body)
        except ImportError:
            pass
    head = FLAT.pack(MAGIC, len(buffers), len(text)) + struct.pack("<%dQ" % len(buffers), *[b.nbytes for b in buffers]) + text
    shared[:len(head)] = head
    for b, place in zip(buffers, places):
        shared[place:place + b.nbytes] = b
    return noted('{"py":true}', bytes(body) if body is shared else body)


def guarded(h, run):
    """What run returns, for Go; what it raises is described, for Go, except what is Ray's affair."""
    import ray
    if threading.current_thread() is threading.main_thread() and not callable(signal.getsignal(signal.SIGINT)):
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a cluster may have been started with it ignored
    try:
        for p in reversed(h["python"].get("path") or []):
            if p not in sys.path:
                sys.path.insert(0, p)
        return flatten(run())
    except (KeyboardInterrupt, ray.exceptions.TaskCancelledError):
        raise
    except BaseException as e:
        if len(e.args) == 2 and e.args[0] in (FAILED, PYTHON_FAILED):
            raise  # of a Go process of ours
        d = dict(failure(e), func=h.get("label", ""), pid=os.getpid())
        raise (RuntimeError if h.get("retry") else ValueError)(PYTHON_FAILED, json.dumps(d)) from None


def run_python(header, bins, values):
    """A Python function by its name."""
    h = json.loads(header)

    def run():
        args, kwargs = python_arguments(h, values, lambda: task_child(h, bins, h["sha"]))
        found = find(h["python"]["module"], h["python"]["name"])
        return found(*args, **kwargs) if callable(found) else found

    return guarded(h, run)


class PythonState:
    """An object of Python's that is an actor, and the Go process that translates for it, if it needs one."""

    def __init__(self):
        self.object, self.child, self.lock = None, None, threading.Lock()

    def translator(self, h, bins):
        with self.lock:
            if self.child is None:
                self.child = Child(h, bins, threads=True)
            return self.child


def start_python_actor(header, bins, values):
    h, state = json.loads(header), PythonState()

    def run():
        args, kwargs = python_arguments(h, values, lambda: state.translator(h, bins))
        state.object = find(h["python"]["module"], h["python"]["name"])(*args, **kwargs)

    return state, guarded(h, run)


def run_python_call(state, header, values):
    h = json.loads(header)
    bins, values = (values[0], values[1:]) if h.get("bins") else (None, values)

    def run():
        args, kwargs = python_arguments(h, values, lambda: state.translator(h, bins))
        found = getattr(state.object, h["python"]["name"])
        result = found(*args, **kwargs) if callable(found) else found
        return None if result is state.object else result  # as of methods that can be chained

    return guarded(h, run)


# ---- the companion of a Go driver --------------------------------------------------------------


def listens(host, port, patience=2):
    try:
        socket.create_connection((host, port), patience).close()
        return True
    except OSError:
        return False


def approach(address, patience=10):
    """Makes Ray take an address as it is, and finds out quickly that nothing is there.

    Ray replaces a loopback address by the machine's own, on which a head that was started with
    --node-ip-address=127.0.0.1 does not listen, and tries for a minute and a half.
    """
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS", "")
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        return  # Ray finds the cluster of this machine
    end = time.monotonic() + patience
    while not listens(host.strip("[]"), int(port)):
        if time.monotonic() > end:
            raise Failed("nothing listens there: start a head (ray start --head --port=%s), or correct the address" % port)
        time.sleep(TICK)
    if host not in ("localhost", "127.0.0.1"):
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))  # of a network that is nowhere; nothing is sent
            own = s.getsockname()[0]
        except OSError:
            return
    if not listens(own, int(port)):
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # which is how Ray says "loopback only"


class Driver(Peer):
    """Ray for a Go program that runs inside the cluster: that program is at the other end."""

    def op_open(self, head, body, fds):
        import logging
        approach(head["address"])
        import ray
        ray.init(address=head["address"], namespace=head.get("namespace") or None, log_to_driver=head.get("log", False),
                 logging_level=logging.ERROR, **head.get("init", {}))
        self.files = head["programs"]  # arch -> [sha, path]
        self.shas = {arch: f[0] for arch, f in self.files.items()}
        context = ray.get_runtime_context()
        return {"node": context.get_node_id(), "ns": context.namespace, "job": context.get_job_id(),
                "version": ray.__version__, "ip": ray.util.get_node_ip_address(), "session": session() or ""}

    def programs(self):
        import ray
        if not self.bins:
            bins = {}
            for arch, (_, path) in self.files.items():
                with open(path, "rb") as f:
                    bins[arch] = ray.put(f.read())
            self.bins = bins
        return self.bins

    def op_wanted(self, head, body, fds):
        """The platforms of nodes that ask for the program."""
        import ray
        return {"parts": [kv_get("want/" + ray.get_runtime_context().get_job_id()) or b""]}

    def op_store(self, head, body, fds):
        """Stores the program that a file holds; the answer is the reference, to be read by any process."""
        import ray
        with open(head["name"], "rb") as f:
            return {"parts": [ray.cloudpickle.dumps(ray.put(f.read())).hex().encode()]}

    def op_tell(self, head, body, fds):
        """The driver's answer to nodes that ask for a program."""
        import ray
        kv_set("have/%s/%s" % (ray.get_runtime_context().get_job_id(), head["name"]), bytes(body))
        return {}


def drive(fd):
    """Serves the Go program whose socket is fd until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's interrupt is the program's affair
    peer = Driver(socket.socket(fileno=fd))
    try:
        while True:
            peer.pump(None)
    except (EOFError, OSError):
        import ray
        ray.shutdown()
