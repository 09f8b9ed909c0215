"""Nodes of a cluster of Ray that come and go on this machine.

The arguments are the head's GCS address and its temporary folder. Obeys lines of its input, each a JSON
object, and answers each with one: {"do": "add", "key", "name", "cpus", "gpus", "resources", "labels",
"store"} adds a node; {"do": "kill", "key"} ends one without asking it: its raylet first, then its workers and what
they have started. The end of the input ends all that are left.
"""
import json
import os
import signal
import socket
import sys
import time
import types

from ray._private.state import GlobalState
from ray._raylet import GcsClientOptions
from ray.cluster_utils import Cluster

NAME = "GORAY_TEST_NODE"  # in the environment of a node's processes

cluster = Cluster(shutdown_at_exit=False)
cluster.head_node = types.SimpleNamespace(gcs_address=sys.argv[1])  # it runs already
cluster.redis_address = sys.argv[1]
nodes = {}
state = GlobalState()
if hasattr(GcsClientOptions, "create"):
    state._initialize_global_state(GcsClientOptions.create(sys.argv[1], None, allow_cluster_id_nil=True, fetch_cluster_id_if_nil=False))
else:  # Ray before 2.10
    state._initialize_global_state(GcsClientOptions.from_gcs_address(sys.argv[1]))


def descendants(pid):
    """The processes below pid, itself first."""
    below = {}
    for entry in os.listdir("/proc"):
        try:
            with open("/proc/%s/stat" % entry) as f:
                below.setdefault(int(f.read().rsplit(")", 1)[1].split()[1]), []).append(int(entry))
        except (OSError, ValueError, IndexError):
            continue
    found = [pid]
    for p in found:
        found += below.get(p, ())
    return found


def end(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def add(ask):
    """Ray gives a node half a minute to start, which on a busy machine can be too little."""
    for attempt in range(3):
        before = descendants(os.getpid())
        try:
            return start(ask)
        except Exception:
            end(set(descendants(os.getpid())) - set(before))
            if attempt == 2:
                raise


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(ask):
    os.environ[NAME] = ask["name"]
    nodes[ask["key"]] = cluster.add_node(
        node_ip_address="127.0.0.1", num_cpus=ask["cpus"], num_gpus=ask["gpus"], resources=ask["resources"],
        labels=ask["labels"], object_store_memory=ask["store"], temp_dir=sys.argv[2],
        dashboard_agent_listen_port=free_port())  # Ray before 2.10 ends a node whose agent does not get the usual one


def kill(key):
    node = nodes.pop(key, None)
    if node is None:  # it is gone already
        return
    for process in node.all_processes["raylet"]:
        end(descendants(process.process.pid))
    cluster.remove_node(node, allow_graceful=False)
    return node


def alive(node):
    return any(n["Alive"] and n["ObjectStoreSocketName"] == node.plasma_store_socket_name for n in state.node_table())


def forgotten(node):
    """Waits until the head knows that a node is gone: it gives a driver that comes to any node of its machine."""
    end = time.monotonic() + 60
    while node and alive(node):
        if time.monotonic() > end:
            raise TimeoutError("the head does not notice that a node is gone")
        time.sleep(0.05)


answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what Ray prints is no answer
for line in sys.stdin:
    ask = json.loads(line)
    answer = {}
    try:
        add(ask) if ask["do"] == "add" else forgotten(kill(ask["key"]))
    except Exception as e:
        answer["error"] = "%s: %s" % (type(e).__name__, e)
    print(json.dumps(answer), file=answers, flush=True)
for key in list(nodes):
    kill(key)
