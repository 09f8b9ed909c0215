"""Sets goray beside other Jupyter kernels, in one run on one machine.

    python compare.py goray python3 [gonb gophernotes]

Each name is an installed kernel; install_peers.py installs the last two. Prints a Markdown table;
times are medians, or the best of three where a cell computes. A figure that cannot be had is
replaced by the reason.
"""
import os
import platform
import queue
import statistics
import sys
import time

from jupyter_client.manager import KernelManager

GO = {
    "one": "1 + 1",
    "function": "func f{n}(x int) int {{ return x + {n} }}",
    "fib": "func fib(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }",
    "call": "fib(27)",
    "loop": "func loop() float64 { s := 0.0; for i := 0; i < 10000000; i++ { s += float64(i) * 0.5 }; return s }",
    "run": "loop()",
    "lines": 'for i := 0; i < 100000; i++ { fmt.Println("line", i) }',
    "spin": "for { }",
    "sleep": "time.Sleep(60 * time.Second)",
    "complete": "strings.Rep",
    "imports": 'import ("fmt"; "time"; "strings"; "os")',
    "set": "state := 40",
    "get": "fmt.Println(state + 2)",
    "again": 'state := "text"\nfmt.Println(state)',
    "generic": "func first[T any](l ...T) T { return l[0] }\nfmt.Println(first(42, 1))",
    "range": "for i := range 43 { if i == 42 { fmt.Println(i) } }",
    "panic": "var p *int\nfmt.Println(*p)",
    "exit": "os.Exit(3)",
}
# GoNB compiles a program of declarations; statements go into main, and values are printed.
GONB = {**GO,
    "one": "%%\nfmt.Println(1 + 1)",
    "call": "%%\nfmt.Println(fib(27))",
    "run": "%%\nfmt.Println(loop())",
    "lines": "%%\n" + GO["lines"],
    "spin": "%%\nfor { }",
    "sleep": "%%\n" + GO["sleep"],
    "complete": "%%\nstrings.Rep",
    "set": "var state int\n%%\nstate = 40",
    "get": "%%\nfmt.Println(state + 2)",
    "again": 'var state string = "text"\n%%\nfmt.Println(state)',
    "generic": "func first[T any](l ...T) T { return l[0] }\n%%\nfmt.Println(first(42, 1))",
    "range": "%%\n" + GO["range"],
    "panic": "%%\n" + GO["panic"],
    "exit": "%%\nos.Exit(3)",
}
PYTHON = {
    "one": "1 + 1",
    "function": "def f{n}(x): return x + {n}",
    "fib": "def fib(n): return n if n < 2 else fib(n-1) + fib(n-2)",
    "call": "fib(27)",
    "loop": "def loop():\n    s = 0.0\n    for i in range(10_000_000): s += i * 0.5\n    return s",
    "run": "loop()",
    "lines": 'for i in range(100_000): print("line", i)',
    "spin": "while True: pass",
    "sleep": "import time; time.sleep(60)",
    "complete": "str.rep",
    "imports": "import time, os",
    "set": "state = 40",
    "get": "print(state + 2)",
    "again": 'state = "text"\nprint(state)',
    "generic": "print(max([42, 1]))",
    "range": "for i in range(43):\n    if i == 42: print(i)",
    "panic": "None.x",
    "exit": "os._exit(3)",
}


class Failed(Exception):
    """Why there is no figure."""


class Session:
    """A kernel with a client; begin starts another after a failure."""

    def __init__(self, name):
        self.name = name
        self.manager = KernelManager(kernel_name=name)
        language = self.manager.kernel_spec.language
        self.cells = PYTHON if language == "python" else GONB if name == "gonb" else GO
        self.client = None
        self.begin()

    def begin(self):
        """Starts a kernel and returns the seconds to its first kernel_info_reply."""
        self.end()
        self.manager = KernelManager(kernel_name=self.name)
        started = time.perf_counter()
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.kernel_info()
        self.client.get_shell_msg(timeout=60)
        seconds = time.perf_counter() - started
        self.client.wait_for_ready(timeout=60)
        self.execute("imports")
        return seconds

    def end(self):
        if self.client is not None:
            self.client.stop_channels()
            self.manager.shutdown_kernel(now=True)
            self.client = None

    def cell(self, what, **values):
        return self.cells[what].format(**values) if values else self.cells[what]

    def send(self, source):
        return self.client.execute(source, stop_on_error=False)

    def until_idle(self, request, limit, on_message=None):
        """Waits for the end of a cell; returns what it printed and its error."""
        text, error, end = "", None, time.perf_counter() + limit
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=0.5)
            except queue.Empty:
                if not self.manager.is_alive():
                    raise Failed("the kernel dies")
                if time.perf_counter() > end:
                    raise Failed(f"no end within {limit} s")
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            if on_message:
                on_message(message)
            content = message["content"]
            if message["msg_type"] == "stream":
                text += content["text"]
            if message["msg_type"] == "error":
                error = content["ename"] + ": " + content["evalue"]
            if message["msg_type"] == "status" and content["execution_state"] == "idle":
                return text, error

    def execute(self, what, limit=60, on_message=None, **values):
        """Runs a cell that must go well and returns the seconds from the request to idle."""
        started = time.perf_counter()
        _, error = self.until_idle(self.send(self.cell(what, **values)), limit, on_message)
        if error:
            raise Failed(error.splitlines()[0][:60])
        return time.perf_counter() - started

    def prints(self, what):
        text, error = self.until_idle(self.send(self.cell(what)), 60)
        return error or text.strip()

    def interrupted(self, what):
        """How long a running cell goes on after an interrupt, and whether the kernel is of use then."""
        request = self.send(self.cell(what))
        time.sleep(3 if self.name == "gonb" else 1)  # GoNB compiles first
        started = time.perf_counter()
        self.manager.interrupt_kernel()
        self.until_idle(request, 20)
        seconds = time.perf_counter() - started
        self.execute("one", 20)
        return seconds

    def complete(self):
        source = self.cell("complete")
        started = time.perf_counter()
        request = self.client.complete(source, len(source))
        while True:
            try:
                message = self.client.get_shell_msg(timeout=30)
            except queue.Empty:
                raise Failed("no answer within 30 s")
            if message["parent_header"].get("msg_id") == request:
                break
        if not any("eplace" in m or "epeat" in m for m in message["content"]["matches"]):
            raise Failed("no completions")
        return time.perf_counter() - started

    def memory(self):
        """Megabytes of the kernel and its children, shared pages counted in part."""
        def of(pid):
            total = 0
            with open(f"/proc/{pid}/smaps_rollup") as f:
                for line in f:
                    if line.startswith("Pss:"):
                        total = int(line.split()[1]) / 1024
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as f:
                    total += sum(of(int(p)) for p in f.read().split())
            return total
        return of(self.manager.provisioner.pid)


def measure(name):
    s = Session(name)
    row = {}

    def figure(label, function, unit=1e3):
        for attempt in range(2):
            try:
                value = function()
                row[label] = value if isinstance(value, str) else f"{value * unit:,.{1 if value * unit < 1000 else 0}f}".removesuffix(".0")
                return
            except Failed as e:
                row[label] = str(e)
            except Exception as e:
                row[label] = type(e).__name__
            try:
                s.begin()
            except Exception as e:
                row[label] += f"; no restart: {type(e).__name__}"
                return
            if "dies" not in row[label]:
                return

    def median(n, function):
        return statistics.median(function() for _ in range(n))

    def best(prepare, what):
        s.execute(prepare)
        return min(s.execute(what) for _ in range(3))

    times = iter(range(1000))
    figure("spawn to kernel_info_reply, ms", lambda: median(3, s.begin))
    figure("memory when idle, MB", s.memory, 1)
    figure("`1+1`, ms", lambda: median(40, lambda: s.execute("one")))
    figure("a new function, ms", lambda: median(15, lambda: s.execute("function", n=next(times))))
    figure("fib(27), ms", lambda: best("fib", "call"))
    figure("float loop, 10 M, ms", lambda: best("loop", "run"))
    messages = []
    figure("100,000 lines, ms", lambda: s.execute("lines", on_message=messages.append))
    figure("… in stream messages", lambda: float(sum(m["msg_type"] == "stream" for m in messages)), 1)
    figure("first completion, ms", lambda: (s.begin(), s.complete())[1])
    figure("completion, ms", lambda: median(20, s.complete))
    figure("interrupt of a sleep, ms", lambda: s.interrupted("sleep"))
    figure("interrupt of a loop, ms", lambda: s.interrupted("spin"))

    def kept():
        s.prints("set")
        return "yes" if s.prints("get") == "42" else "no"

    def after(what):
        s.prints("set")
        try:
            s.prints(what)
        except Failed:
            s.begin()
            return "no, the kernel is gone"
        return "yes" if s.prints("get") == "42" else "no"

    figure("a variable keeps its value", kept)
    figure("… and may change its type", lambda: "yes" if s.prints("again") == "text" else "no")
    figure("generics", lambda: "yes" if s.prints("generic") == "42" else "no")
    figure("range over an integer", lambda: "yes" if s.prints("range") == "42" else "no")
    figure("variables outlive a nil dereference", lambda: (s.begin(), after("panic"))[1])
    figure("variables outlive os.Exit in a cell", lambda: (s.begin(), after("exit"))[1])
    s.end()
    return row


def main():
    names = sys.argv[1:]
    rows = {n: measure(n) for n in names}
    print(f"| {platform.machine()} | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    for label in rows[names[0]]:
        print(f"| {label} | " + " | ".join(rows[n].get(label, "–") for n in names) + " |")


main()
