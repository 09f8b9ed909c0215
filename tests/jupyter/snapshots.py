"""Variables outlive the process in which cells run, and checkpoints the kernel."""
import os
import signal
import statistics
import tempfile
import time
import unittest

from lifetime import gone
from peers import Kernel


class Snapshots(unittest.TestCase):
    def kernel(self, **more):
        k = Kernel(**more)
        self.addCleanup(k.end)
        return k

    def talk_to(self, k):
        c = k.client()
        self.addCleanup(c.stop_channels)

        def run(code):
            said = []

            def hook(m):
                content = m["content"]
                said.append(content.get("text") or content.get("data", {}).get("text/plain") or content.get("evalue") or "")
            reply = c.execute_interactive(code, timeout=20, output_hook=hook)["content"]
            return reply["status"], "".join(said)
        return run

    def test_killed_between_cells(self):
        k = self.kernel()
        run = self.talk_to(k)
        run("type Point struct{ X, Y int }\nfunc (p Point) Sum() int { return p.X + p.Y }")
        run('p := &Point{3, 4}\nall := map[string]*Point{"p": p}\nch := make(chan int)\nfunc sum() int { return p.Sum() }')
        child = int(run("os.Getpid()")[1])
        os.kill(child, signal.SIGKILL)
        self.assertTrue(gone(child))
        status, said = run('all["p"].X = 10; sum()')
        self.assertEqual(status, "ok", said)
        self.assertIn("Restored: all, p.", said)
        self.assertIn("Lost: ch (a channel exists in one process only)", said)
        self.assertIn("14", said)

    def test_checkpoint_outlives_the_kernel(self):
        state = tempfile.mkdtemp()
        k = self.kernel(env={"XDG_STATE_HOME": state})
        run = self.talk_to(k)
        run("type T struct{ N int }\nt := []T{{1}, {2}}")
        status, said = run("%checkpoint mine")
        self.assertEqual(status, "ok", said)
        k.process.kill()
        run = self.talk_to(self.kernel(env={"XDG_STATE_HOME": state}))
        self.assertIn("mine", run("%restore")[1])
        self.assertIn("Restored: t.", run("%restore mine")[1])
        self.assertEqual(run("t[1].N"), ("ok", "2"))

    def test_cost(self):
        """A snapshot of 40 MB and a million map entries does not hold up the next cell."""
        run = self.talk_to(self.kernel())
        run("1+1")

        def median():
            times = []
            for _ in range(50):
                at = time.perf_counter()
                run("1+1")
                times.append((time.perf_counter() - at) * 1000)
            return statistics.median(times)
        before = median()
        run('v := make([]float64, 5_000_000)\nm := map[int]string{}\nfor i := range 1_000_000 { m[i] = "x" }')
        after = median()
        print(f"1+1 takes {before:.2f} ms, with large variables {after:.2f} ms at the client")
        self.assertLess(after, before + 5)
