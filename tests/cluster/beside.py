"""Python's side of the comparison: obeys lines "WORK", answers one JSON object a line with seconds.
The first argument is the address: ray://… for a client, a GCS address for a driver on the cluster."""
import json
import sys
import time

import ray

# Ray's proxy starts a server for each client by a fork while other threads of it are in gRPC, and now and
# then the child dies on the spot ("Starting Ray client server failed", an empty log). Go's client tries
# again, Python's does not.
for attempt in range(5):
    began = time.perf_counter()
    try:
        ray.init(sys.argv[1], log_to_driver=False)
        break
    except ConnectionAbortedError as e:
        if "Starting Ray client server failed" not in str(e) or attempt == 4:
            raise
        print("the head did not start a server for this client; trying again", file=sys.stderr)


@ray.remote(num_cpus=1)
def one(x):
    return x + 1


@ray.remote(num_cpus=1)
def length(b):
    return len(b)


@ray.remote(num_cpus=1)
class Counter:
    def __init__(self):
        self.n = 0

    def add(self, by):
        self.n += by
        return self.n


assert ray.get(one.remote(1)) == 2
connect = time.perf_counter() - began
counter = Counter.remote()
ray.get(counter.add.remote(1))
data = b"x" * (100 << 20)


def timed(f):
    t = time.perf_counter()
    f()
    return time.perf_counter() - t


def put():
    global ref
    ref = ray.put(data)


work = {
    "connect": lambda: connect,
    "task": lambda: timed(lambda: ray.get(one.remote(1))),
    "actor": lambda: timed(lambda: ray.get(counter.add.remote(1))),
    "async": lambda: timed(lambda: ray.get([one.remote(i) for i in range(1000)])),
    "put": lambda: timed(put),
    "gigabyte": lambda: timed(lambda: ray.get(length.remote(ray.put(bytes(1 << 30))))),
    "get": lambda: timed(lambda: ray.get(ref)),
}
print(json.dumps({"ready": connect}), flush=True)
for line in sys.stdin:
    print(json.dumps({"seconds": work[line.strip()]()}), flush=True)
