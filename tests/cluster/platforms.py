"""A cluster of Ray with two nodes on this machine, near and far. Arguments: the port of the client server,
and variables of the far node alone (see testdata/node). Prints "ready", and ends with its input."""
import os
import sys

from ray.cluster_utils import Cluster

port, store = int(sys.argv[1]), 400_000_000
cluster = Cluster(
    initialize_head=True,
    head_node_args={
        "num_cpus": 2,
        "resources": {"near": 2},
        "object_store_memory": store,
        "ray_client_server_port": port,
        "include_dashboard": False,
    },
)
here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "testdata", "node")
os.environ.update(dict(a.split("=", 1) for a in sys.argv[2:]), PYTHONPATH=here)
cluster.add_node(num_cpus=2, resources={"far": 2}, object_store_memory=store)
print("ready", cluster.address, flush=True)
for line in sys.stdin:
    pass
cluster.shutdown()
