"""Two notebooks, and commands, on one cluster: goray start, Address "auto", namespaces, a kernel that dies."""
import os
import shutil
import subprocess
import tempfile
import unittest

from jupyter_client.kernelspec import KernelSpecManager

from peers import Kernel

COUNTER = """type Counter struct{ n int }

func NewCounter() *Counter { return &Counter{} }

func (c *Counter) Inc() int { c.n++; return c.n }
"""


class Shared(unittest.TestCase):
    def setUp(self):
        self.binary = KernelSpecManager().get_kernel_spec("goray").argv[0]
        self.dir = tempfile.mkdtemp(prefix="h")
        self.env = {"GORAY_HEAD": self.dir}
        self.assertIn("The head runs", self.goray("start", "--num-cpus", "3", "--dashboard-port", "-1"))
        self.kernels = []

    def tearDown(self):
        for k in self.kernels:
            k.end()
        self.goray("stop")
        shutil.rmtree(self.dir)

    def goray(self, *args):
        done = subprocess.run([self.binary, *args], env={**os.environ, **self.env}, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    def notebook(self, namespace):
        k = Kernel(env=self.env)
        self.kernels.append(k)
        client = k.client()
        self.run_cell(client, 'ray.Init(ray.Config{Address: "auto", Namespace: "%s"})' % namespace)
        self.run_cell(client, COUNTER)
        return k, client

    def run_cell(self, client, code):
        """Runs a cell and returns what it shows as text."""
        shown = []

        def hook(msg):
            content = msg["content"]
            if msg["msg_type"] == "stream":
                shown.append(content["text"])
            elif "data" in content:
                shown.append(content["data"].get("text/plain", ""))

        reply = client.execute_interactive(code, output_hook=hook, timeout=60)["content"]
        self.assertEqual(reply["status"], "ok", reply.get("evalue"))
        return "\n".join(shown)

    def test_two_notebooks(self):
        _, a = self.notebook("team")
        _, b = self.notebook("team")
        _, c = self.notebook("others")
        make = 'hits := ray.Actor[Counter](NewCounter).Options(ray.Name("hits"), ray.GetIfExists()).Remote()\nray.Must(ray.Get(ray.Call[int](hits, (*Counter).Inc)))'
        self.assertEqual(self.run_cell(a, make).strip(), "1")
        self.assertEqual(self.run_cell(b, make).strip(), "2")
        self.assertEqual(self.run_cell(c, make).strip(), "1")
        self.assertIn("hello", self.run_cell(b, 'ray.Must(ray.Get(ray.Remote[int](func() int { fmt.Println("hello"); return 5 }).Remote()))'))
        self.assertIn("hits", self.goray("list", "actors"))
        self.assertIn("CPU", self.goray("status"))

    def test_a_notebook_dies(self):
        killed, a = self.notebook("team")
        _, b = self.notebook("team")
        self.run_cell(a, 'ray.Actor[Counter](NewCounter).Options(ray.Name("kept"), ray.Lifetime(ray.Detached)).Remote()')
        self.run_cell(a, 'ray.Must(ray.Get(ray.Call[int](ray.Must(ray.GetActor[Counter]("kept")), "Inc")))')
        self.run_cell(a, 'ray.Remote[any](func() { for { } }).Options(ray.Name("endless"), ray.NumCPUs(3)).Remote()')
        killed.process.kill()
        killed.process.wait()
        # Its task ends, so that others have the CPUs; what it detached stays.
        self.assertEqual(self.run_cell(b, 'ray.Must(ray.Get(ray.Remote[int](func() int { return 8 }).Options(ray.NumCPUs(3)).Remote()))').strip(), "8")
        self.assertEqual(self.run_cell(b, 'ray.Must(ray.Get(ray.Call[int](ray.Must(ray.GetActor[Counter]("kept")), "Inc")))').strip(), "2")


if __name__ == "__main__":
    unittest.main()
