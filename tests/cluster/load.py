"""Load on a cluster whose autoscaler is watched. Prints one JSON object a line: what it does, and
how many nodes are alive, with the seconds since the start."""
import json
import sys
import threading
import time

import ray

address, limit = sys.argv[1], float(sys.argv[2])
ray.init(address, log_to_driver=False)
start = time.monotonic()


def say(**fields):
    print(json.dumps({"t": round(time.monotonic() - start, 2), **fields}), flush=True)


def alive():
    return sum(n["Alive"] for n in ray.nodes())


ended = threading.Event()


def watch():
    while not ended.wait(0.25):
        say(nodes=alive())


threading.Thread(target=watch, daemon=True).start()


def until(what, condition):
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            say(failed=what)
            sys.exit(1)
        time.sleep(0.25)


@ray.remote(num_cpus=1)
def work(i):
    time.sleep(4)
    return i


@ray.remote(num_cpus=1)
class Holder:
    def node(self):
        return ray.get_runtime_context().get_node_id()


@ray.remote(num_cpus=1)
def big():
    return b"x" * 20_000_000, ray.get_runtime_context().get_node_id()


say(phase="queued tasks")
assert ray.get([work.remote(i) for i in range(10)]) == list(range(10))
say(phase="idle")
until("workers stayed after the tasks", lambda: alive() == 1)

say(phase="pending actors")
holders = [Holder.remote() for _ in range(3)]
where = ray.get([h.node.remote() for h in holders])
assert len(set(where)) == 3, where
say(nodes=alive(), actors=len(set(where)))
for h in holders:
    ray.kill(h)
say(phase="idle")
until("workers stayed after the actors", lambda: alive() == 1)

say(phase="placement group")
group = ray.util.placement_group([{"CPU": 1}] * 3, strategy="STRICT_SPREAD")
ray.get(group.ready(), timeout=limit)
say(nodes=alive())
ray.util.remove_placement_group(group)
say(phase="idle")
until("workers stayed after the group", lambda: alive() == 1)

say(phase="an object is held")
# The head's one CPU is taken, so that the object is made on a worker. Only its second part, which
# tells where, is fetched: the first stays there.
head = next(n["NodeID"] for n in ray.nodes() if n["Alive"])
blocker = Holder.options(
    scheduling_strategy=ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(head, soft=False)
).remote()
assert ray.get(blocker.node.remote()) == head
keep, place = big.options(num_returns=2).remote()
at = ray.get(place)
assert at != head, "it ran on the head"
ray.kill(blocker)
until("the other workers stayed", lambda: alive() == 2)
say(held=at)
quiet = time.monotonic()
while time.monotonic() - quiet < 20:  # more than three times the timeout
    assert at in [n["NodeID"] for n in ray.nodes() if n["Alive"]], "the node of a held object left"
    time.sleep(0.5)
say(phase="released")
del keep
until("the node stayed after its object was released", lambda: alive() == 1)
ended.set()
say(phase="end", nodes=alive())
