"""Runs notebooks cell by cell, all of them whatever fails, and prints what came of each as JSON.

    python execute.py GORAY NOTEBOOK...

GORAY is the binary; kernel:NAME names an installed kernel instead, such as the notebooks' own. A
kernel that dies is started anew, and the cell counted as failed. GONB_GIT_ROOT names a checkout of
GoNB, which some of its notebooks want.
"""
import json
import os
import queue
import sys
import tempfile
import time

import nbformat
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec


def start(binary, folder):
    if binary.startswith("kernel:"):
        manager = KernelManager(kernel_name=binary.removeprefix("kernel:"))
    else:
        manager = KernelManager()
        manager._kernel_spec = KernelSpec(
            argv=[binary, "kernel", "-f", "{connection_file}"], display_name="goray", language="go", interrupt_mode="message")
    root = os.environ.get("GONB_GIT_ROOT") or os.path.join(folder, "root")
    os.makedirs(root, exist_ok=True)
    manager.start_kernel(cwd=folder, env=dict(os.environ, TEST_DIR=folder + "/", GONB_GIT_ROOT=root), stdout=sys.stderr)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(60)
    return manager, client


def run(binary, path, limit):
    folder = tempfile.mkdtemp()
    manager, client = start(binary, folder)
    try:
        for number, cell in enumerate((c for c in nbformat.read(path, 4).cells if c.cell_type == "code"), 1):
            if cell.source.strip():
                error, text = execute(manager, client, cell.source, limit)
                if not manager.is_alive():
                    client.stop_channels()
                    manager, client = start(binary, folder)
                expected = any(o.output_type == "error" for o in cell.outputs)
                print(json.dumps({"notebook": path, "cell": number, "error": error, "expected": expected, "text": text}), flush=True)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def execute(manager, client, source, limit):
    sent = client.execute(source, allow_stdin=True, stop_on_error=False)
    error, text, end = None, "", time.time() + limit
    while True:
        try:
            client.get_stdin_msg(timeout=0)
            client.input("42")
        except queue.Empty:
            pass
        try:
            message = client.get_iopub_msg(timeout=0.1)
        except queue.Empty:
            if not manager.is_alive():
                return error or "the kernel died", text
            if error is None and time.time() > end:
                error, end = f"no end within {limit} s", time.time() + 10
                manager.interrupt_kernel()
            elif time.time() > end:
                return error, text
            continue
        if message["parent_header"].get("msg_id") != sent:
            continue
        content = message["content"]
        if message["msg_type"] == "status" and content["execution_state"] == "idle":
            return error, text
        if message["msg_type"] == "stream":
            text += content["text"]
        elif message["msg_type"] == "error" and error is None:
            error = content["ename"] + ": " + content["evalue"]


for notebook in sys.argv[2:]:
    run(sys.argv[1], notebook, 60)
