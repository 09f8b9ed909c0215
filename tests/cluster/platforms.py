"""A cluster of Ray with two nodes on this machine, of which the second takes itself for an ARM machine:
near and far. Prints "ready", and ends with its input."""
import os
import sys

from ray.cluster_utils import Cluster

port, qemu = int(sys.argv[1]), sys.argv[2]
store = 400_000_000
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
here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "testdata", "arm64")
os.environ.update(dict(a.split("=", 1) for a in sys.argv[3:]))
os.environ.update(PYTHONPATH=here, GORAY_TEST_MACHINE="aarch64", GORAY_TEST_QEMU=qemu)
cluster.add_node(num_cpus=2, resources={"far": 2}, object_store_memory=store)
print("ready", cluster.address, flush=True)
for line in sys.stdin:
    pass
cluster.shutdown()
