"""Ray's side of the comparison: reads the name of a row from each line of standard input, measures it
once, and answers with a line of JSON. It lives as long as standard input."""

import json
import os
import sys
import time

import numpy as np
import ray

ray_options = dict(
    num_cpus=2,
    include_dashboard=False,
    log_to_driver=False,
    object_store_memory=4 << 30,
    logging_level="error",
    _temp_dir=sys.argv[1],
)


@ray.remote
def nothing():
    pass


@ray.remote
def length(data):
    return len(data)


@ray.remote(max_retries=3)
def die_once(path):
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return os.getpid()
    os.kill(os.getpid(), 9)


@ray.remote
class Counter:
    def __init__(self):
        self.n = 0

    def inc(self):
        self.n += 1
        return self.n


def median(times):
    return sorted(times)[len(times) // 2]


def sync(call, n):
    times = []
    for _ in range(n):
        start = time.perf_counter()
        ray.get(call())
        times.append(time.perf_counter() - start)
    return median(times)


def rate(call, n):
    start = time.perf_counter()
    ray.get([call() for _ in range(n)])
    return n / (time.perf_counter() - start)


def init():
    start = time.perf_counter()
    ray.init(**ray_options)
    return time.perf_counter() - start


def descendants(pid):
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as f:
                    parent = int(f.read().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(parent, []).append(int(entry))
    found, todo = [], [pid]
    while todo:
        for child in children.get(todo.pop(), []):
            found.append(child)
            todo.append(child)
    return found


def pss(pid):
    with open(f"/proc/{pid}/smaps_rollup") as f:
        for line in f:
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def idle_memory():
    return sum(pss(pid) for pid in descendants(os.getpid()))


def put_small():
    data = bytes(1024)
    start = time.perf_counter()
    for _ in range(1000):
        ray.put(data)
    return 1000 / (time.perf_counter() - start)


GIB = 1 << 30
block = None


def put_large():
    global block
    if block is None:
        block = np.arange(GIB // 8, dtype=np.int64)
    start = time.perf_counter()
    ref = ray.put(block)
    took = time.perf_counter() - start
    del ref
    time.sleep(0.5)  # the object goes before the next one comes
    return GIB / took


def argument():
    data = np.ones(10_000_000, dtype=np.uint8)
    return sync(lambda: length.remote(data), 20)


def wait_loop():
    left = [nothing.remote() for _ in range(1000)]
    start = time.perf_counter()
    while left:
        _, left = ray.wait(left)
    return time.perf_counter() - start


def actor_creation():
    start = time.perf_counter()
    ray.get(Counter.remote().inc.remote())
    return time.perf_counter() - start


def recovery():
    path = os.path.join(sys.argv[1], f"died-{time.time_ns()}")
    start = time.perf_counter()
    ray.get(die_once.remote(path))
    return time.perf_counter() - start


counter = None


def actor():
    global counter
    if counter is None:
        counter = Counter.remote()
        ray.get(counter.inc.remote())
    return counter


rows = {
    "init": init,
    "idle memory": idle_memory,
    "task sync": lambda: sync(nothing.remote, 300),
    "task async": lambda: rate(nothing.remote, 3000),
    "actor sync": lambda: sync(actor().inc.remote, 300),
    "actor async": lambda: rate(actor().inc.remote, 3000),
    "put 1 KB": put_small,
    "put 1 GiB": put_large,
    "10 MB argument": argument,
    "wait on 1,000": wait_loop,
    "actor creation": actor_creation,
    "recovery": recovery,
}

for line in sys.stdin:
    try:
        print(json.dumps({"value": rows[line.strip()]()}), flush=True)
    except Exception as problem:
        print(json.dumps({"error": repr(problem)}), flush=True)
