"""Executes notebooks in a real Jupyter kernel, with progress, and leaves them with their outputs.

    python execute.py --out DIR [--kernel goray] [--timeout 600] [--set STATEMENT] NOTEBOOK...

Writes DIR/NAME.ipynb and DIR/NAME.html. Exits 1 when a cell fails that is not tagged
"raises-exception"; what ran until then is written all the same. STATEMENT is added to the cell that is
tagged "parameters".
"""
import argparse
import os
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter


def title(cell):
    lines = [l for l in cell.source.splitlines() if l.strip()]
    return lines[0][:70] if lines else ""


def execute(path, out, kernel, timeout, statement):
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells:
        if statement and "parameters" in cell.metadata.get("tags", []):
            cell.source += "\n" + statement
    code = [c for c in nb.cells if c.cell_type == "code"]
    started = {}

    def on_start(cell, cell_index):
        if cell.cell_type == "code":
            started[cell_index] = time.monotonic()
            print(f"  [{code.index(cell) + 1:2}/{len(code)}] {title(cell):70}", end="", flush=True)

    def on_executed(cell, cell_index, execute_reply):
        seconds = time.monotonic() - started[cell_index]
        failed = execute_reply["content"]["status"] == "error"
        expected = "raises-exception" in cell.metadata.get("tags", [])
        print(f" {seconds:6.2f} s{'' if not failed else '  (error, as the lesson wants)' if expected else '  FAILED'}", flush=True)

    print(f"{path}:", flush=True)
    client = NotebookClient(
        nb, timeout=timeout, coalesce_streams=True, kernel_name=kernel, on_cell_start=on_start, on_cell_executed=on_executed,
        resources={"metadata": {"path": os.path.dirname(os.path.abspath(path))}},
    )
    error = None
    try:
        client.execute()
    except CellExecutionError as e:
        error = str(e)
    except Exception as e:  # a dead kernel or a timeout: what ran is still worth keeping
        error = f"{type(e).__name__}: {e}"
    os.makedirs(out, exist_ok=True)
    name = os.path.splitext(os.path.basename(path))[0]
    executed = os.path.join(out, name + ".ipynb")
    nbformat.write(nb, executed)
    html = os.path.join(out, name + ".html")
    body, _ = HTMLExporter().from_notebook_node(nb)
    with open(html, "w", encoding="utf-8") as f:
        f.write(body)
    print(f"  executed notebook: {executed}\n  with pictures, as HTML: {html}", flush=True)
    if error:
        print(f"  FAILED: {error}", file=sys.stderr, flush=True)
    return error is None


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--out", required=True)
    p.add_argument("--kernel", default="goray")
    p.add_argument("--timeout", type=int, default=600)
    p.add_argument("--set", default="")
    p.add_argument("notebooks", nargs="+")
    a = p.parse_args()
    ok = [execute(n, a.out, a.kernel, a.timeout, a.set) for n in a.notebooks]
    sys.exit(0 if all(ok) else 1)


main()
