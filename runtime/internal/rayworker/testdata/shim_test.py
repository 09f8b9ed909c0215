"""What the shim does without Ray; a module of that name stands in for what little it asks."""
import hashlib
import json
import os
import socket
import stat
import sys
import tempfile
import threading
import types
import unittest
from unittest import mock

source = open(sys.argv.pop(1)).read()
shim = types.ModuleType("shim")
shim.SOURCE = source
exec(compile(source, "shim.py", "exec"), shim.__dict__)

PROGRAM = b"#!/bin/sh\nexit 0\n"
SHA = hashlib.sha256(PROGRAM).hexdigest()


class Owner(Exception):
    pass


class Binaries(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.TemporaryDirectory()
        self.addCleanup(self.root.cleanup)
        self.fetched, self.store, self.kv = 0, {"ref": PROGRAM}, {}
        ray = types.ModuleType("ray")

        def get(ref):
            self.fetched += 1
            if ref not in self.store:
                raise Owner(ref)
            return self.store[ref]

        ray.get = get
        sys.modules["ray"] = ray
        shim.cache_roots = lambda: [self.root.name]
        shim.kv_get = self.kv.get

    def bins(self):
        return {shim.machine(): "ref"}, {shim.machine(): SHA}

    def test_it_is_fetched_once(self):
        first, fd = shim.binary(*self.bins())
        self.assertIsNone(fd)
        self.assertEqual(shim.binary(*self.bins()), (first, None))
        self.assertEqual(self.fetched, 1)
        self.assertEqual(open(first, "rb").read(), PROGRAM)
        self.assertEqual(stat.S_IMODE(os.stat(first).st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(first)).st_mode), 0o700)
        self.assertEqual(os.listdir(os.path.dirname(first)), ["goray"])

    def test_without_a_writable_folder_it_lies_in_memory(self):
        shim.cache_roots = lambda: ["/proc/nowhere"]
        path, fd = shim.binary(*self.bins())
        self.addCleanup(os.close, fd)
        self.assertEqual(open(path, "rb").read(), PROGRAM)

    def test_what_is_not_what_was_sent_does_not_run(self):
        self.store["ref"] = b"something else"
        with self.assertRaisesRegex(RuntimeError, "not what its driver sent"):
            shim.binary(*self.bins())
        self.assertEqual([f for _, _, files in os.walk(self.root.name) for f in files], ["lock"])

    def test_the_key_value_store_has_it_when_its_owner_is_gone(self):
        self.store.clear()
        with self.assertRaises(Owner):
            shim.binary(*self.bins())
        self.kv["bin/" + SHA] = PROGRAM
        self.assertTrue(os.access(shim.binary(*self.bins())[0], os.X_OK))

    def test_each_platform_has_a_program_of_its_own(self):
        other = b"#!/bin/sh\nexit 3\n"
        self.store["arm"] = other
        bins = {"amd64": "ref", "arm64": "arm"}
        shas = {"amd64": SHA, "arm64": hashlib.sha256(other).hexdigest()}
        for machine, program in (("aarch64", other), ("x86_64", PROGRAM)):
            with mock.patch("platform.machine", return_value=machine):
                path, _ = shim.binary(bins, shas)
            self.assertEqual(open(path, "rb").read(), program)
        self.assertEqual(self.fetched, 2)

    def ask(self, answers):
        """What comes of a program for a platform that was not sent, when the driver answers so, look by look."""
        context = mock.Mock()
        context.get_job_id.return_value = "job"
        sys.modules["ray"].get_runtime_context = lambda: context
        sys.modules["ray"].cloudpickle = mock.Mock(loads=lambda b: b.decode())
        answers, self.asked = list(answers), 0

        def look(key):
            if key != "have/job/arm64":
                return self.kv.get(key)
            self.asked += 1
            return answers.pop(0) if len(answers) > 1 else answers[0]

        with mock.patch("platform.machine", return_value="aarch64"), mock.patch.multiple(
                shim, kv_get=look, kv_set=self.kv.__setitem__, ASK=0.001, ANSWER=0.05):
            return shim.binary({"amd64": "ref"}, {"amd64": "of another platform"})

    def test_a_platform_without_program_is_asked_for(self):
        ready = json.dumps({"sha": SHA, "ref": b"ref".hex()}).encode()
        path, _ = self.ask([None, None, b'{"building": 1}', b'{"building": 2}', ready])
        self.assertEqual(open(path, "rb").read(), PROGRAM)
        self.assertEqual(self.kv["want/job"], b"arm64")
        self.assertEqual(self.asked, 5)

    def test_others_that_wait_stay_on_the_list(self):
        self.kv["want/job"] = b"riscv64"
        self.ask([None, json.dumps({"sha": SHA, "ref": b"ref".hex()}).encode()])
        self.assertEqual(self.kv["want/job"], b"riscv64 arm64")

    def test_a_platform_without_program_is_named(self):
        with self.assertRaisesRegex(ValueError, "cannot be built"):
            self.ask([b'{"why": "it cannot be built"}'])
        with self.assertRaisesRegex(ValueError, "linux/arm64.*linux/amd64 only.*GORAY_RAY_PLATFORMS=arm64"):
            self.ask([None])
        with self.assertRaisesRegex(ValueError, "does not answer"):  # it has ended while it built
            self.ask([b'{"building": 1}'])
        with mock.patch("platform.system", return_value="Darwin"), self.assertRaisesRegex(ValueError, "is Darwin"):
            shim.binary({"riscv64": "ref"}, {"riscv64": SHA})

    def test_the_oldest_go_when_there_is_no_room(self):
        for i, name in enumerate(("old", "older", "new")):
            os.mkdir(os.path.join(self.root.name, name))
            path = os.path.join(self.root.name, name, "goray")
            with open(path, "wb") as f:
                f.write(b"x" * 100)
            os.utime(path, (0, {"older": 10, "old": 20, "new": 30}[name]))
        shim.trim(self.root.name, 150, "other")
        self.assertEqual(os.listdir(self.root.name), ["new"])


class References(unittest.TestCase):
    def test_they_go_with_the_last_count(self):
        refs = shim.Refs()
        refs.add("a", "handle", "o")
        refs.count("a", 1)
        refs.count("a", -1)
        self.assertEqual(refs.handle("a"), "handle")
        refs.count("a", -1)
        with self.assertRaises(shim.Lost):
            refs.handle("a")

    def test_those_in_a_value_live_as_long_as_it(self):
        refs = shim.Refs()
        refs.add("outer", "handle", "o")
        refs.hold("outer", json.dumps({"refs": ["inner"], "kinds": "o"}), ["nested"])
        refs.hold("outer", json.dumps({"refs": ["inner"], "kinds": "o"}), ["nested"])  # read twice
        self.assertEqual(refs.handle("inner"), "nested")
        refs.count("outer", -1)
        self.assertEqual(refs.entries, {})


class Addresses(unittest.TestCase):
    VARIABLE = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"

    def setUp(self):
        self.addCleanup(os.environ.update, os.environ.copy())
        os.environ.pop(self.VARIABLE, None)

    def listen(self, host):
        server = socket.create_server((host, 0))
        self.addCleanup(server.close)
        return server.getsockname()[1]

    def test_a_head_on_loopback_only_is_taken_as_it_is(self):
        shim.approach("127.0.0.1:%d" % self.listen("127.0.0.1"))
        self.assertEqual(os.environ.pop(self.VARIABLE), "0")

    def test_other_heads_are_left_to_ray(self):
        shim.approach("127.0.0.1:%d" % self.listen("0.0.0.0"))
        shim.approach("auto")
        self.assertNotIn(self.VARIABLE, os.environ)

    def test_where_nothing_listens_it_is_said(self):
        server = socket.create_server(("127.0.0.1", 0))
        port = server.getsockname()[1]
        server.close()
        with self.assertRaisesRegex(shim.Failed, "nothing listens there: start a head .*--port=%d" % port):
            shim.approach("127.0.0.1:%d" % port, patience=0)


class Values(unittest.TestCase):
    def test_python_values_have_a_neutral_form(self):
        v = {"a": [1, 2.5, None, True, "x"], "b": b"\x00", "c": 1 << 70, "d": float("nan")}
        self.assertEqual(shim.neutral(v), {"map": {
            "a": [1, {"float": "2.5"}, None, True, "x"], "b": {"bytes": "AA=="}, "c": {"big": str(1 << 70)}, "d": {"float": "nan"}}})
        with self.assertRaisesRegex(shim.Failed, "builtins.object has no form in Go"):
            shim.neutral(object())

    def test_a_small_value_is_one_piece_of_bytes(self):
        refs = shim.Refs()
        refs.add("a", "handle", "o")
        note = shim.pack(refs, "{}", b"body")
        self.assertIsInstance(note, bytes)
        self.assertEqual(shim.unpack(note), ("{}", b"body", []))
        self.assertTrue(shim.is_go(note))
        self.assertFalse(shim.is_go(shim.noted('{"py":true}', b"")))
        large = shim.pack(refs, "{}", bytes(shim.NOTE_MAX + 1))
        self.assertEqual(shim.unpack(large), large[1:])
        meta = json.dumps({"refs": ["a"], "kinds": "o"})
        self.assertEqual(shim.unpack(shim.pack(refs, meta, b"")), (meta, b"", ["handle"]))
        self.assertIn("bytes", shim.unpack(note[1:])[1].decode())  # of Python's

    def test_an_exception_with_a_failure_says_so(self):
        d = shim.describe(ValueError("goray", '{"Kind": "panic"}'))
        self.assertEqual(d["failure"], {"Kind": "panic"})


class Frames(unittest.TestCase):
    """A Peer reads what another sends: several frames at once, frames larger than its buffer, and descriptors."""

    def setUp(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        self.peer, self.other, self.got = shim.Peer(ours), shim.Peer(theirs), []
        self.peer.handle = lambda head, body, fds: self.got.append((head["n"], bytes(body), list(fds)))

    def test_frames_come_whole_and_in_order(self):
        want = [(i, os.urandom(size), []) for i, size in enumerate((0, 5, 1 << 16, 3, 200_000, 1 << 18, 7, 65_000, 65_000))]
        sender = threading.Thread(target=lambda: [self.other.send({"n": n}, [body]) for n, body, _ in want])
        sender.start()
        for _ in want:
            self.assertTrue(self.peer.pump(None))
        sender.join()
        self.assertEqual(self.got, want)
        self.assertFalse(self.peer.pump(0))

    def test_each_descriptor_comes_with_its_frame(self):
        files = [tempfile.TemporaryFile() for _ in range(3)]
        for i, f in enumerate(files):
            self.addCleanup(f.close)
            self.other.send({"n": i}, [b"plain"])
            self.other.send({"n": i, "size": 1}, fds=[f.fileno()])
        for _ in range(2 * len(files)):
            self.assertTrue(self.peer.pump(None))
        self.assertEqual([(n, len(fds)) for n, _, fds in self.got], [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)])
        for (_, _, fds), f in zip(self.got[1::2], files):
            self.assertTrue(os.path.sameopenfile(fds[0], f.fileno()))
            os.close(fds[0])

    def test_the_end_is_told(self):
        self.other.sock.close()
        with self.assertRaises(EOFError):
            self.peer.pump(None)


class Sheets(unittest.TestCase):
    """A large value lies in shared memory of the sender's, which is told when it is free again."""

    def setUp(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        self.peer, self.other, self.got, self.told = shim.Peer(ours), shim.Peer(theirs), [], []
        self.peer.op_keep = lambda head, body, fds: self.got.extend(self.peer.values(head, body, fds))
        self.other.handle = lambda head, body, fds: self.told.append(head)

    def send(self, text, fds=()):
        head = {"t": "cb", "op": "keep", "sheet": 1, "vals": [["{}", len(text)]]}
        self.other.send(dict(head, size=os.fstat(self.fd).st_size) if fds else head, (), fds)
        os.pwrite(self.fd, text, 0)
        self.assertTrue(self.peer.pump(None))

    def test_it_is_used_again(self):
        self.fd = os.memfd_create("values")
        self.addCleanup(os.close, self.fd)
        os.ftruncate(self.fd, 1 << 20)
        for i in range(3):
            text = b"%d" % i * 100
            self.send(text, [self.fd] if i == 0 else [])
            part = self.got.pop()[1]
            self.assertEqual(bytes(part), text)
            del part
            self.other.send({"t": "cb", "op": "count", "counts": {}})  # when the next frame has been handled at the latest
            self.peer.pump(None)
            self.other.pump(None)
            self.assertEqual(self.told.pop(), {"t": "free", "n": 1})
        self.other.send({"t": "cb", "op": "drop", "n": 1})
        self.peer.pump(None)
        self.assertEqual(self.peer.sheets, {})


class Letters(unittest.TestCase):
    def test_a_letter_is_header_and_payload(self):
        header, inside = b'{"label":"f"}', b'{"skip":2,"vals":[["{}",3]]}'
        letter = shim.COUNT.pack(len(header)) + header + shim.COUNT.pack(len(inside)) + inside + b"spabc"
        h, (head, rest) = shim.opened(letter, None)
        self.assertEqual((h, head, bytes(rest)), ({"label": "f"}, inside, b"spabc"))
        self.assertEqual(shim.opened('{"label":"g"}', b"p"), ({"label": "g"}, b"p"))


unittest.main()
