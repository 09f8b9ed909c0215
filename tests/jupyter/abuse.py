"""Peers that behave badly, and what a kernel must survive."""
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import unittest

import zmq
from peers import GREETING, Kernel, command, ready


def gone(pid, within=10):
    """Whether a process ends soon."""
    end = time.time() + within
    while time.time() < end:
        try:
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat") as f:
                if f.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


class OneKernel(unittest.TestCase):
    """Strangers and bad clients, all at the same kernel; after each, it serves a new client."""

    @classmethod
    def setUpClass(cls):
        cls.kernel = Kernel()
        assert cls.kernel.served_ms(20) is not None

    @classmethod
    def tearDownClass(cls):
        cls.kernel.end()

    def tearDown(self):
        self.assertTrue(self.kernel.alive(), "the kernel died")
        ms = self.kernel.served_ms()
        self.assertIsNotNone(ms, "a new client is not served")
        self.assertLess(ms, 2000)

    def test_silent_and_half_greetings(self):
        held = [self.kernel.raw(c) for _ in range(50) for c in ("shell", "iopub", "hb")]
        for cut in (1, 9, 11, 63, 64, 70):
            h = self.kernel.raw("shell")
            h.sendall((GREETING + ready(b"DEALER"))[:cut])
            held.append(h)
        self.assertLess(self.kernel.served_ms(), 1000)
        for h in held:
            h.close()

    def test_huge_claims(self):
        for size in (1 << 28, 1 << 34, 1 << 40, 1 << 62, (1 << 63) + 5):
            for channel, kind in (("shell", b"DEALER"), ("iopub", b"SUB"), ("hb", b"REQ")):
                h = self.kernel.raw(channel, kind)
                try:
                    h.sendall(b"\x02" + struct.pack(">Q", size) + b"abc")
                except OSError:
                    pass
        h = self.kernel.raw("shell")
        h.sendall(GREETING + b"\x06" + struct.pack(">Q", 1 << 40) + b"abc")
        self.assertLess(self.kernel.memory("VmHWM"), 400)

    def test_malformed_ready(self):
        for body in (b"\xff", b"\x0bSocket-Type", b"\x0bSocket-Type\xff\xff\xff\xff", b"\x05abc", b"\0\0\0\0\0", b"\x0bSocket-Type\0\0\0\x06DEALER\xc8abc"):
            h = self.kernel.raw("shell")
            h.sendall(GREETING + command(b"READY", body))
            h.close()

    def test_garbage(self):
        rnd = random.Random(7)
        for i in range(300):
            for channel, kind in (("shell", b"DEALER"), ("iopub", b"SUB"), ("hb", b"REQ")):
                try:
                    h = self.kernel.raw(channel)
                    start = [b"", GREETING, GREETING + ready(kind), GREETING + ready(kind) + b"\x00\x05hello\x01\x00\x00\x00"][i % 4]
                    h.sendall(start + (b"GET / HTTP/1.1\r\n\r\n" if i % 20 == 0 else rnd.randbytes(rnd.randrange(1, 300))))
                    h.close()
                except OSError:
                    pass

    def test_endless_message(self):
        h = self.kernel.raw("shell", b"DEALER")
        h.settimeout(5)
        with self.assertRaises(OSError):
            for _ in range(400):
                h.sendall(b"\x01\x00" * 50000)

    def test_unsigned_and_repeated(self):
        k = self.kernel
        d = k.sock(zmq.DEALER, "shell")
        good = k.session.serialize(k.session.msg("kernel_info_request", {}))
        for bad in ([b""], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"zz"], [b"<IDS|MSG>", b"00" * 32] + good[2:], [b"<IDS|MSG>", b""] + good[2:], [b"x"] * 2000,
                    good[:2] + [b"{}"] * 4, good[:3], good[:1] + [good[1] + b"00"] + good[3:]):
            d.send_multipart(bad)
        self.assertIsNone(k.message(d, 0.5), "an unsigned message was answered")
        d.send_multipart(good)
        self.assertIsNotNone(k.message(d))
        d.send_multipart(good)
        self.assertIsNone(k.message(d, 0.5), "a repeated message was answered")

    def test_odd_contents(self):
        """Well signed, but not what the protocol says."""
        k = self.kernel
        d = k.sock(zmq.DEALER, "shell")
        odd = [None, 1, "x", [], [[]], {}, {"code": 1}, {"code": None}, {"code": "1", "user_expressions": 3}, {"code": "x", "cursor_pos": -5},
               {"code": "日本", "cursor_pos": 1 << 40}, {"code": "x", "cursor_pos": 1.5}, {"code": "x", "cursor_pos": "1"}, {"hist_access_type": "nonsense"},
               {"hist_access_type": "range", "session": -99}, {"hist_access_type": "search", "pattern": "[", "n": -1}, {"comm_id": 7}, {"code": "\x00\ud7ff%%%"}]
        for typ in ("execute", "complete", "inspect", "is_complete", "history", "comm_info", "nonsense"):
            for content in odd:
                k.send(d, typ + "_request", json.dumps(content).encode())
        for content in odd:
            k.send(d, "comm_open", json.dumps(content).encode())
        self.assertIsNotNone(k.ask(d, "kernel_info_request"))
        e = k.execute(d, "1 + 1")
        while e is not None and e["content"]["status"] == "aborted":
            e = k.execute(d, "1 + 1")
        self.assertEqual(e["content"]["status"], "ok")

    def test_ping_flood_never_reading(self):
        h = self.kernel.raw("shell", b"DEALER", small=True)
        h.settimeout(3)
        ping = command(b"PING", b"\0\0" + b"x" * 16) * 4000
        try:
            for _ in range(200):
                h.sendall(ping)
        except OSError:
            pass
        self.assertLess(self.kernel.memory(), 400)

    def test_zmtp_heartbeat(self):
        from zmq.utils.monitor import recv_monitor_message
        d = self.kernel.sock(zmq.DEALER, "shell", heartbeat_ivl=100, heartbeat_timeout=400)
        m = d.get_monitor_socket()
        self.assertIsNotNone(self.kernel.ask(d, "kernel_info_request"))
        time.sleep(1)
        self.assertIsNotNone(self.kernel.ask(d, "kernel_info_request"))
        drops = 0
        while m.poll(20):
            drops += recv_monitor_message(m)["event"] == zmq.EVENT_DISCONNECTED
        self.assertEqual(drops, 0)

    def test_welcome(self):
        for topic in (b"", b"", b"kernel."):
            s = self.kernel.sub(topic)
            self.assertTrue(s.poll(2000), "no welcome")
            identities, rest = self.kernel.session.feed_identities(s.recv_multipart())
            self.assertEqual(self.kernel.session.deserialize(rest)["msg_type"], "iopub_welcome")
            self.assertEqual(identities, [topic] if topic else [])
            s.close()

    def test_never_reading_subscriber(self):
        """The others lose nothing of what a cell prints."""
        k = self.kernel
        h = k.raw("iopub", b"SUB", small=True)
        h.sendall(b"\x00\x01\x01")
        s = k.sub()
        self.assertTrue(s.poll(2000))
        d = k.sock(zmq.DEALER, "shell")
        for _ in range(5):
            mid = k.send(d, "execute_request", dict(code='for i := range 90000 { fmt.Printf("%080d\\n", i) }', silent=False))
            size = 0
            while True:
                m = k.message(s)
                self.assertIsNotNone(m, f"output stopped after {size} bytes")
                if m["parent_header"].get("msg_id") != mid:
                    continue
                if m["msg_type"] == "stream":
                    size += len(m["content"]["text"])
                if m["msg_type"] == "status" and m["content"]["execution_state"] == "idle":
                    break
            self.assertEqual(size, 90000 * 81)
        self.assertLess(k.memory("VmHWM"), 500)

    def test_never_reading_dealer(self):
        k = self.kernel
        h = k.raw("shell", b"DEALER", small=True)
        h.settimeout(1)
        frames = [bytes(x) for x in k.session.serialize(k.session.msg("complete_request", {"code": "strings.", "cursor_pos": 8}))]
        try:
            for _ in range(50):
                frames = [bytes(x) for x in k.session.serialize(k.session.msg("complete_request", {"code": "strings.", "cursor_pos": 8}))]
                h.sendall(b"".join(bytes([(i < len(frames) - 1) | (2 if len(x) > 255 else 0)]) + (struct.pack(">Q", len(x)) if len(x) > 255 else bytes([len(x)])) + x
                                   for i, x in enumerate(frames)))
        except OSError:
            pass
        self.assertLess(k.served_ms(), 5000)

    def test_duplicate_identity(self):
        k = self.kernel
        a = k.sock(zmq.DEALER, "shell", b"dup")
        self.assertIsNotNone(k.ask(a, "kernel_info_request"))
        b = k.sock(zmq.DEALER, "shell", b"dup")
        self.assertIsNotNone(k.ask(b, "kernel_info_request"), "the newest is not answered")

    def test_reconnects(self):
        k = self.kernel
        fds = len(os.listdir(f"/proc/{k.process.pid}/fd"))
        for i in range(200):
            d = k.sock(zmq.DEALER, "shell", b"same" if i % 2 else None)
            self.assertIsNotNone(k.ask(d, "kernel_info_request"))
            d.close()
        time.sleep(0.5)
        self.assertLess(len(os.listdir(f"/proc/{k.process.pid}/fd")), fds + 10)

    def test_two_clients(self):
        """Each gets its replies; both see all output."""
        k = self.kernel
        a, b = k.client(), k.client()
        try:
            for c, value in ((a, "11"), (b, "22"), (a, "33")):
                seen = []
                reply = c.execute_interactive(value, timeout=20, output_hook=lambda m: seen.append(m))
                self.assertEqual(reply["content"]["status"], "ok")
                self.assertIn(value, [m["content"]["data"]["text/plain"] for m in seen if m["msg_type"] == "execute_result"])
        finally:
            a.stop_channels()
            b.stop_channels()

    def test_message_of_50_mb(self):
        k = self.kernel
        d = k.sock(zmq.DEALER, "shell")
        m = k.ask(d, "is_complete_request", {"code": "// " + "x" * (50 << 20)}, 60)
        self.assertIsNotNone(m)


class OwnKernel(unittest.TestCase):
    """Each test has a kernel of its own."""

    def setUp(self):
        self.kernels = []

    def tearDown(self):
        for k in self.kernels:
            k.end()

    def kernel(self, *args, **more):
        k = Kernel(*args, **more)
        self.kernels.append(k)
        return k

    def talk(self, k):
        """A whole conversation through jupyter_client: output, input, heartbeat, shutdown."""
        c = k.client()
        said = []
        c.allow_stdin = True
        reply = c.execute_interactive('var name string\nfmt.Scan(&name)\nfmt.Println("hello", name)', allow_stdin=True, timeout=20,
                                      stdin_hook=lambda m: c.input("forty-two"), output_hook=lambda m: said.append(m["content"].get("text", "")))
        self.assertEqual(reply["content"]["status"], "ok")
        self.assertIn("hello forty-two", "".join(said))
        self.assertTrue(c.is_alive())
        children = k.children()
        self.assertTrue(children)
        c.shutdown()
        self.assertEqual(c.get_control_msg(timeout=10)["msg_type"], "shutdown_reply")
        c.stop_channels()
        k.process.wait(10)
        for pid in children:
            self.assertTrue(gone(pid), "the session process outlives the kernel")

    def test_conversation_tcp(self):
        self.talk(self.kernel())

    def test_conversation_ipc(self):
        self.talk(self.kernel("ipc"))

    def test_conversation_curve(self):
        k = self.kernel(curve=True)
        plain = k.raw("shell")
        plain.sendall(GREETING + ready(b"DEALER"))
        self.assertIsNone(k.served_ms(1), "served without encryption")
        public, secret = zmq.curve_keypair()
        d = k.sock(zmq.DEALER, "shell", curve_publickey=public, curve_secretkey=secret, curve_serverkey=k.info["curve_publickey"].encode())
        self.assertIsNone(k.ask(d, "kernel_info_request", timeout=1), "served with a key of its own")
        self.talk(k)

    def test_stale_and_busy_ipc_sockets(self):
        first = self.kernel("ipc")
        first.client().stop_channels()
        first.process.kill()
        first.process.wait()
        second = self.kernel("ipc", directory=first.dir)
        second.client().stop_channels()
        third = self.kernel("ipc", directory=first.dir)
        self.assertNotEqual(third.process.wait(10), 0, "took a living kernel's sockets")
        second.client().stop_channels()

    def test_session_killed(self):
        k = self.kernel()
        c = k.client()
        try:
            def run(code):
                errors = []
                reply = c.execute_interactive(code, timeout=20, output_hook=lambda m: m["msg_type"] == "error" and errors.append(m["content"]))
                return reply["content"], errors
            self.assertEqual(run("x := 1\nfunc f() int { return 7 }")[0]["status"], "ok")
            self.assertEqual(run("func g() int { return 8 }")[0]["status"], "ok")
            for deadly in ("syscall.Kill(syscall.Getpid(), syscall.SIGKILL)\nselect {}",
                           "m := map[int]int{}\nfor range 8 { go func() { for i := range 10000000 { m[i%7] = i } }() }\ntime.Sleep(5*time.Second)"):
                reply, errors = run(deadly)
                if reply["status"] == "ok":  # a map race that nobody noticed
                    continue
                self.assertEqual(reply["ename"], "SessionError", reply)
                self.assertEqual(len(errors), 1)
            self.assertEqual(run("g()")[0]["status"], "ok", "a cell of declarations was not given to the new session")
        finally:
            c.stop_channels()

    def test_kernel_killed(self):
        k = self.kernel()
        k.client().stop_channels()
        children = k.children()
        k.process.kill()
        for pid in children:
            self.assertTrue(gone(pid), "the session process outlives the kernel")

    def test_parent_dies(self):
        """JPY_PARENT_PID: when the server goes, the kernel goes."""
        k = self.kernel()  # only for its directory and specification
        k.client().stop_channels()
        file = os.path.join(k.dir, "second.json")
        info = {**k.info, **{c + "_port": 0 for c in ("shell", "control", "stdin", "iopub", "hb")}}
        with open(file, "w") as f:
            json.dump(info, f)
        with open(f"/proc/{k.process.pid}/cmdline") as f:
            argv = f.read().split("\0")[:2] + ["-f", file]
        server = subprocess.Popen([sys.executable, "-c", "import os,subprocess,sys,time\nos.environ['JPY_PARENT_PID']=str(os.getpid())\np=subprocess.Popen(sys.argv[1:],stdout=subprocess.DEVNULL)\nprint(p.pid,flush=True)\ntime.sleep(600)"] + argv,
                                  stdout=subprocess.PIPE, text=True)
        pid = int(server.stdout.readline())
        end = time.time() + 10
        while time.time() < end:
            with open(file) as f:
                try:
                    if json.load(f)["shell_port"]:
                        break
                except ValueError:
                    pass
            time.sleep(0.05)
        server.kill()
        server.wait()
        server.stdout.close()
        self.assertTrue(gone(pid, 5), "the kernel outlives its server")

    def test_interrupts(self):
        k = self.kernel()
        c = k.client()
        try:
            for code in ("for {}", "select {}", "time.Sleep(time.Hour)", "<-make(chan int)", "!sleep 100", "x := 0; for { x++ }"):
                mid = c.execute("// now\n" + code)
                while c.get_iopub_msg(timeout=10)["msg_type"] != "execute_input":
                    pass
                time.sleep(0.2)
                t = time.time()
                c.session.send(c.control_channel.socket, "interrupt_request", {})
                self.assertEqual(c.get_control_msg(timeout=5)["msg_type"], "interrupt_reply")
                reply = c.get_shell_msg(timeout=10)
                self.assertEqual(reply["parent_header"]["msg_id"], mid)
                self.assertEqual(reply["content"].get("ename"), "Interrupted", code)
                self.assertLess(time.time() - t, 1, code)
            c.execute('watch, ended := make(chan context.Context), make(chan string, 1)\ngo func() { c := <-watch; <-c.Done(); ended <- "yes" }()')
            self.assertEqual(c.get_shell_msg(timeout=10)["content"]["status"], "ok")
            c.execute('watch <- ctx\nfmt.Println("now")\nselect {}')
            while c.get_iopub_msg(timeout=10)["msg_type"] != "stream":
                pass
            k.process.send_signal(signal.SIGINT)
            self.assertEqual(c.get_shell_msg(timeout=10)["content"].get("ename"), "Interrupted")
            said = []
            c.execute_interactive("<-ended", timeout=10, output_hook=lambda m: said.append(m["content"].get("data", {}).get("text/plain")))
            self.assertIn('"yes"', said, "ctx does not end with the interrupt")
            k.process.send_signal(signal.SIGINT)  # between cells: nothing to stop
            self.assertEqual(c.execute_interactive("1", timeout=10, output_hook=lambda m: None)["content"]["status"], "ok")
        finally:
            c.stop_channels()

    def test_encryption_required(self):
        from jupyter_client.manager import KernelManager
        km = KernelManager(kernel_name="goray", transport_encryption="required")
        km.start_kernel()
        c = km.client()
        c.start_channels()
        try:
            c.wait_for_ready(timeout=20)
            with open(km.connection_file) as f:
                self.assertIn("curve_secretkey", json.load(f))
        finally:
            c.stop_channels()
            km.shutdown_kernel()

    def test_restarts(self):
        from jupyter_client.manager import KernelManager
        km = KernelManager(kernel_name="goray")
        km.start_kernel()
        try:
            for _ in range(5):
                c = km.client()
                c.start_channels()
                c.wait_for_ready(timeout=20)
                self.assertEqual(c.execute_interactive("1", timeout=20, output_hook=lambda m: None)["content"]["status"], "ok")
                c.stop_channels()
                pid = km.provisioner.pid
                km.restart_kernel()
                self.assertTrue(gone(pid))
        finally:
            km.shutdown_kernel()


class Notebook(unittest.TestCase):
    """nbclient runs notebooks as front ends without a person do."""

    def run_cells(self, *cells, **more):
        import nbclient
        import nbformat
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells], metadata={"kernelspec": {"name": "goray", "display_name": "Go", "language": "go"}})
        nbclient.NotebookClient(nb, timeout=60, **more).execute()
        return [c.outputs for c in nb.cells]

    def test_outputs(self):
        out = self.run_cells(
            "type P struct{ X int }\nfunc (p P) HTML() string { return fmt.Sprintf(\"<b>%d</b>\", p.X) }\nP{3}",
            "display.DisplayID(\"bar\", \"one\")\nfor i := range 100 { display.UpdateDisplay(\"bar\", i) }",
            "fmt.Println(1)\ndisplay.ClearOutput(true)\nfmt.Println(2)",
            "for i := range 3 { fmt.Println(i); fmt.Fprintln(os.Stderr, -i) }")
        self.assertEqual(out[0][0]["data"]["text/html"], "<b>3</b>")
        self.assertEqual(len(out[1]), 1)
        self.assertEqual(out[1][0]["data"]["text/plain"], "99")
        self.assertEqual([o["text"] for o in out[2]], ["2\n"])
        self.assertEqual({o["name"]: o["text"] for o in out[3]}, {"stdout": "0\n1\n2\n", "stderr": "0\n-1\n-2\n"})

    def test_input_is_refused(self):
        import nbclient
        with self.assertRaises(nbclient.exceptions.CellExecutionError) as caught:
            self.run_cells("var n int\nfmt.Scan(&n)")
        self.assertEqual(caught.exception.ename, "StdinNotImplementedError")


if __name__ == "__main__":
    unittest.main()
