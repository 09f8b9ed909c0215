"""A cluster of Ray with three nodes on this machine. Prints the port of its client server, then obeys
lines of its input: "kill" ends a node without asking it, "count" prints the nodes alive, the end of the
input ends the cluster."""
import sys

from ray.cluster_utils import Cluster

port, cpus, store = int(sys.argv[1]), int(sys.argv[2]), 400_000_000
cluster = Cluster(
    initialize_head=True,
    head_node_args={
        "num_cpus": cpus,
        "object_store_memory": store,
        "ray_client_server_port": port,
        "include_dashboard": False,
    },
)
workers = [cluster.add_node(num_cpus=cpus, object_store_memory=store) for _ in range(2)]
print("ready", cluster.address, flush=True)
for line in sys.stdin:
    if line.strip() == "kill":
        cluster.remove_node(workers.pop(), allow_graceful=False)
        print("killed", flush=True)
    elif line.strip() == "count":
        print("alive", 1 + len(workers), flush=True)
cluster.shutdown()
