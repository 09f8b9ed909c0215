"""The debugger as clients use it: the debug adapter protocol over debug_request on control."""
import os
import signal
import time
import unittest

from jupyter_client.manager import KernelManager

TIMEOUT = 20


def murmur2(data, seed):
    """The hash that front ends find their cells by."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = (seed ^ len(data)) & mask
    while len(data) >= 4:
        k = int.from_bytes(data[:4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
        data = data[4:]
    if data:
        h = (h ^ int.from_bytes(data, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


class Client:
    """One client of a kernel: it sends debug requests and keeps the events."""

    def __init__(self, kc):
        self.kc, self.seq, self.events, self.messages = kc, 0, [], []

    def ask(self, command, **arguments):
        self.seq += 1
        msg = self.kc.session.msg("debug_request", dict(type="request", seq=self.seq, command=command, arguments=arguments))
        self.kc.control_channel.send(msg)
        while True:
            reply = self.kc.control_channel.get_msg(timeout=TIMEOUT)
            if reply["parent_header"].get("msg_id") == msg["header"]["msg_id"]:
                assert reply["msg_type"] == "debug_reply", reply
                return reply["content"]

    def body(self, command, **arguments):
        reply = self.ask(command, **arguments)
        assert reply["success"], reply
        assert reply["command"] == command and reply["type"] == "response" and reply["request_seq"] == self.seq, reply
        return reply["body"]

    def event(self, name):
        """Waits for an event; other messages are kept."""
        for i, e in enumerate(self.events):
            if e["event"] == name:
                return self.events.pop(i)["body"]
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            msg = self.kc.iopub_channel.get_msg(timeout=TIMEOUT)
            if msg["msg_type"] != "debug_event":
                self.messages.append(msg)
                continue
            if msg["content"]["event"] == name:
                return msg["content"]["body"]
            self.events.append(msg["content"])
        raise AssertionError("no event " + name)

    def finish(self, msg_id):
        """Waits for the end of a cell; returns its reply and its text."""
        while True:
            reply = self.kc.shell_channel.get_msg(timeout=TIMEOUT)
            if reply["parent_header"].get("msg_id") == msg_id:
                break
        text = ""
        while True:
            msg = self.messages.pop(0) if self.messages else self.kc.iopub_channel.get_msg(timeout=TIMEOUT)
            if msg["msg_type"] == "debug_event":
                self.events.append(msg["content"])
            if msg["parent_header"].get("msg_id") != msg_id:
                continue
            if msg["msg_type"] == "stream":
                text += msg["content"]["text"]
            elif msg["msg_type"] == "execute_result":
                text += msg["content"]["data"]["text/plain"]
            elif msg["msg_type"] == "status" and msg["content"]["execution_state"] == "idle":
                return reply["content"], text

    def attach(self):
        found = self.body("initialize", clientID="test", adapterID="goray", linesStartAt1=True, columnsStartAt1=True)
        assert {f["filter"] for f in found["exceptionBreakpointFilters"]} == {"raised", "uncaught"}, found
        self.body("attach")
        self.event("initialized")

    def breakpoints(self, code, *points):
        path = self.body("dumpCell", code=code)["sourcePath"]
        points = [p if isinstance(p, dict) else dict(line=p) for p in points]
        return self.body("setBreakpoints", source=dict(path=path), breakpoints=points, sourceModified=False)["breakpoints"]

    def frames(self, thread):
        return self.body("stackTrace", threadId=thread)["stackFrames"]

    def scope(self, frame, name):
        (ref,) = [s["variablesReference"] for s in self.body("scopes", frameId=frame["id"])["scopes"] if s["name"] == name]
        return {v["name"]: v for v in self.variables(ref)}

    def variables(self, ref, **how):
        return self.body("variables", variablesReference=ref, **how)["variables"]

    def where(self):
        """Waits for a stop: thread, innermost frame and its variables."""
        stop = self.event("stopped")
        frame = self.frames(stop["threadId"])[0]
        return stop, frame, {n: v["value"] for n, v in self.scope(frame, "Locals").items()}


class Debugging(unittest.TestCase):
    def setUp(self):
        self.km = KernelManager(kernel_name="goray")
        self.km.start_kernel()
        self.addCleanup(self.km.shutdown_kernel, now=True)
        self.c = self.client()

    def client(self):
        kc = self.km.client()
        kc.start_channels()
        kc.wait_for_ready(timeout=TIMEOUT)
        self.addCleanup(kc.stop_channels)
        return Client(kc)

    def run_cell(self, code):
        reply, text = self.c.finish(self.c.kc.execute(code))
        self.assertEqual(reply["status"], "ok", reply)
        return text

    def test_info(self):
        self.c.kc.kernel_info()
        info = self.c.kc.get_shell_msg(timeout=TIMEOUT)["content"]
        self.assertTrue(info["debugger"])
        self.assertIn("debugger", info["supported_features"])
        found = self.c.body("debugInfo")
        self.assertFalse(found["isStarted"])
        code = 'x := "Grüße"\nx'
        path = found["tmpFilePrefix"] + str(murmur2(code.encode(), found["hashSeed"])) + found["tmpFileSuffix"]
        self.assertEqual((found["hashMethod"], self.c.body("dumpCell", code=code)["sourcePath"]), ("Murmur2", path))
        for unwanted in ("stackTrace", "evaluate", "nonsense"):
            self.assertFalse(self.c.ask(unwanted)["success"])

    def test_conversation(self):
        c = self.c
        self.run_cell("type point struct{ X, Y int }\nbase := 10")
        function = "func sum(ps []point) (t int) {\n\tfor _, p := range ps {\n\t\t// a comment\n\t\tt += p.X + p.Y\n\t}\n\treturn t\n}"
        self.run_cell(function)
        c.attach()
        (set_,) = c.breakpoints(function, 3)
        self.assertEqual((set_["verified"], set_["line"]), (True, 4))
        c.body("configurationDone")
        self.assertEqual(c.body("debugInfo")["breakpoints"][0]["breakpoints"], [{"line": 4}])
        cell = 'm := map[string]int{"a": 1}\ns := sum([]point{{1, 2}, {3, 4}})\ns + base + m["a"]'
        running = c.kc.execute(cell)
        stop, frame, local = c.where()
        self.assertEqual((stop["reason"], frame["name"], frame["line"]), ("breakpoint", "sum", 4))
        self.assertEqual((local["t"], local["p"]), ("0", "{X: 1, Y: 2}"))
        thread = stop["threadId"]
        self.assertEqual(c.body("debugInfo")["stoppedThreads"], [thread])
        self.assertIn(thread, [t["id"] for t in c.body("threads")["threads"]])
        # frames and sources
        names = [(f["name"], f["line"]) for f in c.frames(thread)]
        self.assertEqual(names, [("sum", 4), ("In[3]", 2)])
        self.assertEqual(c.body("source", source=c.frames(thread)[1]["source"])["content"], cell)
        self.assertIn(frame["source"]["path"], [m["path"] for m in c.body("modules")["modules"]])
        # variables
        frame = c.frames(thread)[0]
        ps = c.scope(frame, "Locals")["ps"]
        self.assertEqual((ps["type"], ps["indexedVariables"]), ("[]point", 2))
        (second,) = c.variables(ps["variablesReference"], start=1, count=1)
        self.assertEqual((second["name"], second["value"]), ("[1]", "{X: 3, Y: 4}"))
        self.assertEqual([v["value"] for v in c.variables(second["variablesReference"])], ["3", "4"])
        globals_ = c.scope(frame, "Globals")
        self.assertEqual((globals_["base"]["value"], globals_["m"]["value"]), ("10", '(1) {"a": 1}'))
        # expressions
        self.assertEqual(c.body("evaluate", expression="p.X * 100 + base", frameId=frame["id"], context="repl")["result"], "110")
        self.assertFalse(c.ask("evaluate", expression="nothing", frameId=frame["id"])["success"])
        self.assertEqual(c.body("evaluate", expression="base", context="watch")["result"], "10")
        # writing
        local = {v["name"]: v for v in c.variables([s for s in c.body("scopes", frameId=frame["id"])["scopes"]][0]["variablesReference"])}
        self.assertEqual(c.body("setVariable", variablesReference=local["p"]["variablesReference"], name="X", value="100")["value"], "100")
        self.assertEqual(c.body("evaluate", expression="p", frameId=frame["id"])["result"], "{X: 100, Y: 2}")
        # rich variables and copies
        rich = c.body("richInspectVariables", variableName="p", frameId=frame["id"])
        self.assertIn("text/plain", rich["data"])
        c.body("copyToGlobals", srcVariableName="p", dstVariableName="kept", srcFrameId=frame["id"])
        # steps
        c.body("next", threadId=thread)
        c.event("continued")
        stop, frame, local = c.where()
        self.assertEqual((stop["reason"], frame["line"], local["t"]), ("step", 2, "102"))
        c.body("stepOut", threadId=thread)
        stop, frame, local = c.where()
        self.assertEqual((stop["reason"], frame["name"], frame["line"]), ("breakpoint", "sum", 4))
        c.breakpoints(function)
        c.body("stepOut", threadId=thread)
        stop, frame, local = c.where()
        self.assertEqual((stop["reason"], frame["name"], frame["line"]), ("step", "In[3]", 3))
        self.assertEqual(local["s"], "109")
        c.body("continue", threadId=thread)
        reply, text = c.finish(running)
        self.assertEqual((reply["status"], text), ("ok", "120"))
        self.assertEqual(self.run_cell("kept.X"), "100")
        c.body("disconnect", restart=False, terminateDebuggee=False)
        self.assertFalse(c.body("debugInfo")["isStarted"])
        self.assertEqual(self.run_cell(cell), "21")

    def test_cells(self):
        c = self.c
        c.attach()
        cell = "fmt.Println(1)\nfor i := range 2 {\n\tfmt.Println(i)\n}\n"
        self.assertEqual([(b["verified"], b["line"]) for b in c.breakpoints(cell, 1, 9)], [(True, 1), (True, 3)])
        c.breakpoints(cell, 1, dict(line=3, condition="i == 1"))
        running = c.kc.execute(cell)
        stop, frame, _ = c.where()
        self.assertEqual((frame["name"], frame["line"]), ("In[1]", 1))
        c.body("continue", threadId=stop["threadId"])
        stop, frame, local = c.where()
        self.assertEqual((frame["line"], local["i"]), (3, "1"))
        c.body("continue", threadId=stop["threadId"])
        self.assertEqual(c.finish(running)[1], "1\n0\n1\n")

    def test_points(self):
        c = self.c
        c.attach()
        cell = "n := 0\nfor i := 0; i < 10; i++ {\n\tn += i\n}\nn"
        points = c.breakpoints(cell, dict(line=3, hitCondition="9"), dict(line=5, logMessage="n is {n}"))
        self.assertTrue(all(p["verified"] for p in points), points)
        (bad,) = c.breakpoints("y := 1", dict(line=1, hitCondition="often"))
        self.assertFalse(bad["verified"])
        running = c.kc.execute(cell)
        stop, _, local = c.where()
        self.assertEqual(local["i"], "8")
        c.body("continue", threadId=stop["threadId"])
        self.assertEqual(c.event("output")["output"], "n is 45\n")
        self.assertIn("n is 45", c.finish(running)[1])
        # a cell that a client has not shown yet
        path = c.body("debugInfo")["tmpFilePrefix"] + "1.go"
        (unknown,) = c.body("setBreakpoints", source=dict(path=path), breakpoints=[dict(line=1)])["breakpoints"]
        self.assertFalse(unknown["verified"])
        self.assertIn("not known", unknown["message"])

    def test_magic(self):
        c = self.c
        c.attach()
        for cell, line in (("%env A=1\nx := 1\nx++\n", 3), ("%%time\ny := 1\ny++", 3)):
            c.breakpoints(cell, line)
            running = c.kc.execute(cell)
            stop, frame, _ = c.where()
            self.assertEqual(frame["line"], line, cell)
            c.body("continue", threadId=stop["threadId"])
            self.assertEqual(c.finish(running)[0]["status"], "ok")

    def test_panic(self):
        c = self.c
        c.attach()
        c.body("setExceptionBreakpoints", filters=["uncaught"])
        running = c.kc.execute("func f(a []int) int {\n\treturn a[3]\n}\nf(nil)")
        stop, frame, local = c.where()
        self.assertEqual((stop["reason"], frame["name"], frame["line"]), ("exception", "f", 2))
        self.assertIn("out of range [3]", stop["text"])
        self.assertIn("out of range", c.body("exceptionInfo", threadId=stop["threadId"])["description"])
        c.body("continue", threadId=stop["threadId"])
        self.assertEqual(c.finish(running)[0]["status"], "error")

    def test_while_stopped(self):
        c = self.c
        c.attach()
        cell = "a := 1\nb := a + 1\nb"
        c.breakpoints(cell, 2)
        running = c.kc.execute(cell)
        stop, _, _ = c.where()
        began = time.monotonic()
        completion = c.kc.complete("fmt.Pri", 7, reply=True, timeout=TIMEOUT)["content"]
        self.assertIn("fmt.Println", " ".join(completion["matches"]) + " fmt." + " fmt.".join(completion["matches"]))
        c.kc.control_channel.send(c.kc.session.msg("kernel_info_request"))
        self.assertEqual(c.kc.control_channel.get_msg(timeout=TIMEOUT)["msg_type"], "kernel_info_reply")
        self.assertLess(time.monotonic() - began, 5)
        # another shell
        c.kc.control_channel.send(c.kc.session.msg("create_subshell_request"))
        shell = c.kc.control_channel.get_msg(timeout=TIMEOUT)["content"]["subshell_id"]
        msg = c.kc.session.msg("execute_request", dict(code="a * 7", silent=False, store_history=False, user_expressions={}, allow_stdin=False, stop_on_error=True))
        msg["header"]["subshell_id"] = shell
        c.kc.shell_channel.send(msg)
        self.assertEqual(c.finish(msg["header"]["msg_id"])[1], "7")
        # interrupt
        self.km.interrupt_kernel()
        c.event("continued")
        reply, _ = c.finish(running)
        self.assertEqual(reply["status"], "error")
        self.assertIn("nterrupt", reply["ename"] + reply["evalue"])
        self.assertEqual(c.body("debugInfo")["stoppedThreads"], [])
        # disconnect lets go on
        running = c.kc.execute(cell)
        c.where()
        c.body("disconnect")
        self.assertEqual(c.finish(running)[1], "2")

    def test_pause(self):
        c = self.c
        c.attach()
        running = c.kc.execute('stop := false\nfmt.Println("on")\nfor !stop {\n\ttime.Sleep(time.Millisecond)\n}\n5')
        while True:
            msg = c.kc.iopub_channel.get_msg(timeout=TIMEOUT)
            if msg["msg_type"] == "stream":
                break
        c.body("pause", threadId=1)
        stop, frame, _ = c.where()
        self.assertEqual(stop["reason"], "pause")
        c.body("evaluate", expression="stop = true", context="repl")
        c.body("continue", threadId=stop["threadId"])
        self.assertIn("5", c.finish(running)[1])

    def test_goroutines(self):
        c = self.c
        c.attach()
        cell = "done := make(chan int)\nfor i := range 3 {\n\tgo func() {\n\t\tdone <- i\n\t}()\n}\n<-done + <-done + <-done"
        c.breakpoints(cell, 4)
        running = c.kc.execute(cell)
        seen = set()
        for _ in range(3):
            stop, _, local = c.where()
            seen.add((stop["threadId"], local["i"]))
            c.body("continue", threadId=stop["threadId"])
        self.assertEqual((len({t for t, _ in seen}), {i for _, i in seen}), (3, {"0", "1", "2"}))
        self.assertEqual(c.finish(running)[1], "3")

    def test_inspect(self):
        c = self.c
        self.run_cell('x := 5\nwords := []string{"a", "b"}\ntype t struct{ n int }\nv := &t{7}')
        found = {v["name"]: v for v in c.body("inspectVariables")["variables"]}
        self.assertEqual((found["x"]["value"], found["words"]["value"], found["v"]["value"]), ("5", '["a", "b"]', "&{n: 7}"))
        self.assertEqual([v["value"] for v in c.variables(found["v"]["variablesReference"])], ["7"])
        self.assertIn("text/plain", c.body("richInspectVariables", variableName="x")["data"])

    def test_death(self):
        c = self.c
        function = "func f() int {\n\treturn 3\n}"
        self.run_cell(function)
        pid = int(self.run_cell("fmt.Print(os.Getpid())"))
        c.attach()
        c.breakpoints(function, 2)
        running = c.kc.execute("f()")
        c.where()
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(c.finish(running)[0]["status"], "error")
        c.event("continued")
        running = c.kc.execute("f()")
        stop, frame, _ = c.where()
        self.assertEqual((frame["name"], frame["line"]), ("f", 2))
        c.body("continue", threadId=stop["threadId"])
        self.assertEqual(c.finish(running)[1], "3")

    def test_reset(self):
        c = self.c
        c.attach()
        self.run_cell("%reset -f")
        cell = "z := 1\nz"
        c.breakpoints(cell, 2)
        running = c.kc.execute(cell)
        stop, _, _ = c.where()
        c.body("continue", threadId=stop["threadId"])
        self.assertEqual(c.finish(running)[1], "1")


class Leaving(unittest.TestCase):
    def test_client_disappears(self):
        km = KernelManager(kernel_name="goray")
        km.start_kernel(env=dict(os.environ, GORAY_DEBUG_GRACE="200ms"))
        self.addCleanup(km.shutdown_kernel, now=True)
        watcher = km.client()
        watcher.start_channels()
        watcher.wait_for_ready(timeout=TIMEOUT)
        self.addCleanup(watcher.stop_channels)
        other = km.client()
        other.session.session = "another"  # the manager's clients number their messages alike
        other.start_channels()
        other.wait_for_ready(timeout=TIMEOUT)
        c = Client(other)
        c.attach()
        cell = "k := 1\nk"
        c.breakpoints(cell, 1)
        running = watcher.execute(cell)
        c.where()
        other.stop_channels()
        reply, text = Client(watcher).finish(running)
        self.assertEqual((reply["status"], text), ("ok", "1"), reply)


if __name__ == "__main__":
    unittest.main()
