"""Sets goray beside other Jupyter kernels, in one run on one machine.

    python compare.py goray python3 [gonb gophernotes]

Each name is an installed kernel. Prints a Markdown table; times are medians.
"""
import platform
import queue
import statistics
import sys
import time

from jupyter_client.manager import start_new_kernel, KernelManager

GO = {
    "one": "1 + 1",
    "function": "func f{n}(x int) int {{ return x + {n} }}",
    "fib": "func fib(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }",
    "call": "fib(27)",
    "loop": "func loop() float64 { s := 0.0; for i := 0; i < 10_000_000; i++ { s += float64(i) * 0.5 }; return s }",
    "run": "loop()",
    "lines": 'for i := 0; i < 100_000; i++ { fmt.Println("line", i) }',
    "spin": "for { }",
    "sleep": "time.Sleep(60 * time.Second)",
    "complete": "strings.Rep",
    "imports": 'import ("fmt"; "time"; "strings")',
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
    "imports": "import time",
}


def execute(client, source, limit=60, on_message=None):
    """Runs a cell and returns the seconds from the request to idle, with the status."""
    started, status = time.perf_counter(), "ok"
    request = client.execute(source)
    while True:
        message = client.get_iopub_msg(timeout=limit)
        if message["parent_header"].get("msg_id") != request:
            continue
        if on_message:
            on_message(message)
        if message["msg_type"] == "error":
            status = message["content"]["ename"]
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return time.perf_counter() - started, status


def interrupted(manager, client, source):
    """How long a running cell goes on after an interrupt."""
    request = client.execute(source)
    time.sleep(1)
    started = time.perf_counter()
    manager.interrupt_kernel()
    while True:
        message = client.get_iopub_msg(timeout=20)
        if message["parent_header"].get("msg_id") == request and message["msg_type"] == "status" \
                and message["content"]["execution_state"] == "idle":
            return time.perf_counter() - started


def measure(name):
    manager = KernelManager(kernel_name=name)
    cells = PYTHON if manager.kernel_spec.language == "python" else GO
    started = time.perf_counter()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.kernel_info()
    client.get_shell_msg(timeout=60)
    row = {"spawn to kernel_info_reply, ms": (time.perf_counter() - started) * 1e3}
    client.wait_for_ready(timeout=60)

    def figure(label, function):
        try:
            row[label] = function()
        except (queue.Empty, RuntimeError, TimeoutError):
            row[label] = None

    execute(client, cells["imports"])
    figure("`1+1`, ms", lambda: statistics.median(execute(client, cells["one"])[0] for _ in range(100)) * 1e3)
    figure("a new function, ms", lambda: statistics.median(execute(client, cells["function"].format(n=n))[0] for n in range(20)) * 1e3)
    execute(client, cells["fib"])
    figure("fib(27), ms", lambda: min(execute(client, cells["call"])[0] for _ in range(3)) * 1e3)
    execute(client, cells["loop"])
    figure("float loop, 10 M, ms", lambda: min(execute(client, cells["run"])[0] for _ in range(3)) * 1e3)
    messages = []
    figure("100,000 lines, ms", lambda: execute(client, cells["lines"], on_message=messages.append)[0] * 1e3)
    row["… in stream messages"] = sum(m["msg_type"] == "stream" for m in messages)

    def complete():
        started = time.perf_counter()
        request = client.complete(cells["complete"], len(cells["complete"]))
        while client.get_shell_msg(timeout=30)["parent_header"].get("msg_id") != request:
            pass
        return time.perf_counter() - started

    figure("first completion, ms", lambda: complete() * 1e3)
    figure("completion, ms", lambda: statistics.median(complete() for _ in range(50)) * 1e3)
    figure("interrupt of a sleep, ms", lambda: interrupted(manager, client, cells["sleep"]) * 1e3)
    figure("interrupt of a loop, ms", lambda: interrupted(manager, client, cells["spin"]) * 1e3)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return row


def main():
    names = sys.argv[1:]
    rows = {n: measure(n) for n in names}
    print(f"| {platform.machine()} | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    for label in rows[names[0]]:
        cells = ["fails" if rows[n].get(label) is None else f"{rows[n][label]:,.1f}".removesuffix(".0") for n in names]
        print(f"| {label} | " + " | ".join(cells) + " |")


main()
