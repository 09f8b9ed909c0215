"""Executes a notebook cell by cell, whatever becomes of each, and says what it showed.

    python tiers.py --out FILE [--seed N] [--kernel goray] NOTEBOOK

With --seed the cells are executed in an order of that number, without regard to what they need of each
other. FILE becomes a JSON list in the order of execution: the cell's number, its error, and its texts
as a reader sees them. The last entry is a cell of this tool, which the kernel answers if it is still
in order.
"""
import argparse
import json
import os
import random

import nbformat
from nbclient import NotebookClient

ALIVE = '_ = ray.WaitNative(context.Background())\nfmt.Println("alive:", ray.NativeStatus())'


def texts(outputs):
    for o in outputs:
        if o.output_type == "stream":
            yield o.text
        elif o.output_type in ("execute_result", "display_data"):
            yield o.data.get("text/plain", "") + "\n"


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--out", required=True)
    p.add_argument("--seed", type=int)
    p.add_argument("--kernel", default="goray")
    p.add_argument("--timeout", type=int, default=300)
    p.add_argument("notebook")
    a = p.parse_args()
    nb = nbformat.read(a.notebook, as_version=4)
    code = [(i, c) for i, c in enumerate(c for c in nb.cells if c.cell_type == "code")]
    if a.seed is not None:
        random.Random(a.seed).shuffle(code)
    numbers = [i for i, _ in code] + [-1]
    nb.cells = [c for _, c in code] + [nbformat.v4.new_code_cell(ALIVE)]
    client = NotebookClient(nb, timeout=a.timeout, kernel_name=a.kernel, allow_errors=True,
                            resources={"metadata": {"path": os.path.dirname(os.path.abspath(a.notebook))}})
    problem = ""
    try:
        client.execute()
    except Exception as e:  # a dead kernel, or a cell that does not end
        problem = f"{type(e).__name__}: {e}"
    ran = []
    for number, cell in zip(numbers, nb.cells):
        errors = [o for o in cell.outputs if o.output_type == "error"]
        ran.append({
            "cell": number, "source": cell.source, "text": "".join(texts(cell.outputs)),
            "error": "".join(f"{e.ename}: {e.evalue}" for e in errors),
        })
    with open(a.out, "w", encoding="utf-8") as f:
        json.dump({"ran": ran, "problem": problem}, f)


main()
