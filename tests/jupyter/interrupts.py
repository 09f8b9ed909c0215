"""How soon a cell ends after an interrupt, whatever it does.

    python interrupts.py [repetitions]

prints a Markdown table: milliseconds from sending interrupt_request to the cell's execute_reply. As a
test (python -m unittest interrupts) it wants each below two seconds, and the variables kept.
"""
import queue
import socket
import statistics
import sys
import time
import unittest

from peers import Kernel

# Each state: what has to be there before, and the cell that gets stuck in it. SILENT is the port of
# a server that accepts connections and never answers.
STATES = {
    "a tight loop": ("", "for { }"),
    "a loop that counts": ("", "n := 0; for { n++ }"),
    "nested calls": ("func deep(n int) int { if n == 0 { return 0 }; return deep(n-1) + deep(n-1) }", "deep(60)"),
    "a recursion of closures": ("", "var f func(int) int; f = func(n int) int { if n == 0 { return 0 }; return f(n-1) + f(n-1) }; f(60)"),
    "a blocked receive": ("", "<-make(chan int)"),
    "a blocked send": ("", "make(chan int) <- 1"),
    "an empty select": ("", "select {}"),
    "a select of channels": ("", "a, b := make(chan int), make(chan int); select { case <-a: case b <- 1: }"),
    "a range over a channel": ("", "for range make(chan int) { }"),
    "a locked mutex": ("", "var mu sync.Mutex; mu.Lock(); mu.Lock()"),
    "a locked RWMutex": ("", "var rw sync.RWMutex; rw.Lock(); rw.RLock()"),
    "a WaitGroup": ("", "var wg sync.WaitGroup; wg.Add(1); wg.Wait()"),
    "a condition": ("", "var cm sync.Mutex; c := sync.NewCond(&cm); cm.Lock(); c.Wait()"),
    "a Once that waits": ("", "var once sync.Once; once.Do(func() { select {} })"),
    "time.Sleep": ("", "time.Sleep(time.Hour)"),
    "a deferred loop": ("", "func() { defer func() { for { } }() }()"),
    "goroutines that loop": ("", "for range 4 { go func() { for { } }() }; select {}"),
    "printing without end": ("", "for { fmt.Println(\"more and more\") }"),
    "http.Get on a silent server": ("", "http.Get(\"http://127.0.0.1:SILENT\")"),
    "a read from a silent server": ("conn, err := net.Dial(\"tcp\", \"127.0.0.1:SILENT\")", "conn.Read(make([]byte, 1))"),
    "fmt.Scan": ("", "var word string; fmt.Scan(&word)"),
    "display.Input": ("", "display.Input(\"a word\", false)"),
    "!sleep": ("", "!sleep 3600"),
    "!command that ignores SIGINT": ("", "!trap '' INT; while true; do sleep 0.1; done"),
    "%%bash": ("", "%%bash\nwhile true; do :; done"),
    "%timeit": ("", "%timeit time.Sleep(time.Minute)"),
    "a sort that calls the cell": ("few := make([]int, 3_000_000)", "for { sort.Slice(few, func(i, j int) bool { return few[i]*7 < few[j]*3 }) }"),
    "a String method that hangs": ("type Hang struct{}\nfunc (Hang) String() string { for { } }", "Hang{}"),
    "ray.Get of a task that sleeps": ("ray.Init(ray.Config{NumCPUs: 2})\nfunc nap(ctx context.Context) int { <-ctx.Done(); return 1 }\nnapping := ray.Remote[int](nap)", "ray.Get(napping.Remote())"),
    "ray.Get of a task that loops": ("func spin() int { for { } }\nspinning := ray.Remote[int](spin)", "ray.Get(spinning.Remote())"),
    "ray.Wait": ("", "ray.Wait([]ray.ObjectRef[int]{napping.Remote()})"),
    # What is left behind in compiled code goes on until it is done: these come last.
    "json of 50 MB": ("doc := []byte(\"[\" + strings.Repeat(\"[1,2,3],\", 6_500_000) + \"1]\");", "var v any; json.Unmarshal(doc, &v)"),
    "a regular expression on 50 MB": ("text := strings.Repeat(\"x\", 50_000_000)", "regexp.MustCompile(`(x+x+x+x+)+y`).FindString(text)"),
    "sorting 30 M numbers": ("nums := make([]int, 30_000_000); for i := range nums { nums[i] = i * 7919 % 1000003 }", "sort.Ints(nums)"),
}


class Interrupted:
    """One kernel that is interrupted again and again."""

    def __init__(self):
        self.kernel = Kernel()
        self.client = self.kernel.client()
        self.client.allow_stdin = True
        self.silent = socket.socket()
        self.silent.bind(("127.0.0.1", 0))
        self.silent.listen(100)
        self.run("kept := 41")

    def end(self):
        self.client.stop_channels()
        self.kernel.end()
        self.silent.close()

    def source(self, code):
        return code.replace("SILENT", str(self.silent.getsockname()[1]))

    def run(self, code):
        said = []
        reply = self.client.execute_interactive(self.source(code), timeout=60, allow_stdin=False,
                                                output_hook=lambda m: said.append(m["content"].get("data", {}).get("text/plain")))["content"]
        if reply["status"] != "ok":
            raise RuntimeError(f"{code}: {reply.get('evalue')}")
        return said

    def interrupt(self, code):
        """Milliseconds from the request to the end of a cell that runs code, and what it ended with."""
        c = self.client
        mid = c.execute(self.source(code), allow_stdin=True)
        while True:
            m = c.get_iopub_msg(timeout=20)
            if m["parent_header"].get("msg_id") == mid and m["msg_type"] == "execute_input":
                break
        try:
            c.get_stdin_msg(timeout=0.3)  # to be asked for input takes as long as to arrive in any other state
        except queue.Empty:
            pass
        sent = time.perf_counter()
        c.session.send(c.control_channel.socket, "interrupt_request", {})
        while True:
            reply = c.get_shell_msg(timeout=30)
            if reply["parent_header"].get("msg_id") == mid:
                break
        took = (time.perf_counter() - sent) * 1000
        c.get_control_msg(timeout=10)
        while True:
            m = c.get_iopub_msg(timeout=20)
            if m["parent_header"].get("msg_id") == mid and m["content"].get("execution_state") == "idle":
                return took, reply["content"].get("ename", "ok")


class Interrupts(unittest.TestCase):
    def test_every_state(self):
        k = Interrupted()
        self.addCleanup(k.end)
        pid = k.run("os.Getpid()")
        for state, (before, code) in STATES.items():
            with self.subTest(state):
                if before:
                    k.run(before)
                took, ended = k.interrupt(code)
                self.assertEqual(ended, "Interrupted")
                self.assertLess(took, 2000)
        self.assertIn("42", k.run("kept + 1"))
        self.assertEqual(k.run("os.Getpid()"), pid, "the session process is another one")


def main():
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    k = Interrupted()
    slowest = 0
    print("| interrupted in | median, ms | slowest, ms |\n|---|---|---|")
    try:
        for state, (before, code) in STATES.items():
            if before:
                k.run(before)
            each = [k.interrupt(code) for _ in range(times)]
            wrong = {e for _, e in each} - {"Interrupted"}
            took = [t for t, _ in each]
            slowest = max(slowest, max(took))
            print(f"| {state} | {statistics.median(took):.0f} | {max(took):.0f} |" + (f" ended with {wrong} |" if wrong else ""), flush=True)
        print(f"\nslowest of {times * len(STATES)}: {slowest:.0f} ms; variables kept: {'42' in k.run('kept + 1')}")
    finally:
        k.end()


if __name__ == "__main__":
    main()
