"""Writes ray_client.pb.go from the descriptor in Ray's own wheel:

    PYTHON generate.py ../../../../build/ray/lib/python3.11/site-packages/ray

It needs protoc-gen-go of the version in go.mod in PATH, and no protoc: the wheel has the file's
descriptor, which is what protoc would have made of its source.
"""

import importlib.util
import subprocess
import sys

from google.protobuf import descriptor_pb2
from google.protobuf.compiler import plugin_pb2

spec = importlib.util.spec_from_file_location("ray_client_pb2", sys.argv[1] + "/core/generated/ray_client_pb2.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
file = descriptor_pb2.FileDescriptorProto()
module.DESCRIPTOR.CopyToProto(file)
file.name = "ray_client.proto"
request = plugin_pb2.CodeGeneratorRequest(
    file_to_generate=[file.name],
    parameter="paths=source_relative,Mray_client.proto=github.com/goray/goray/runtime/internal/rayclient/raypb",
    proto_file=[file],
)
out = subprocess.run(["protoc-gen-go"], input=request.SerializeToString(), stdout=subprocess.PIPE, check=True).stdout
response = plugin_pb2.CodeGeneratorResponse.FromString(out)
assert not response.error, response.error
for f in response.file:
    with open(f.name, "w") as w:
        w.write(f.content)
