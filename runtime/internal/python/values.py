"""Values of Python's as goray's trees, and calls by name: what every Python process of goray's has.

A tree is JSON. What JSON does not have is an object whose member "$" says what it is: "b" bytes, "n"
an array of numbers, "a" an Arrow IPC stream (each names a buffer), "f" a float as text, "i" a large
integer, "d" a dict as a list of pairs, "t" a time. Buffers are counted from 1.
"""

import array
import dataclasses
import datetime
import decimal
import importlib
import importlib.util
import json
import math
import sys
import traceback

DEPTH = 64  # a list can contain itself
CODES = {"b": "i1", "B": "u1", "h": "i2", "H": "u2", "i": "i4", "I": "u4", "l": "i8", "L": "u8",
         "q": "i8", "Q": "u8", "f": "f4", "d": "f8"}
LETTERS = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q", "f4": "f", "f8": "d"}


class Unknown(TypeError):
    """A value that has no form in Go."""

    __module__ = "goray"  # in whichever process


class Writer:
    """Makes a tree of a value, and puts large parts into buffers."""

    def __init__(self):
        self.buffers = []

    def buffer(self, data):
        self.buffers.append(data)
        return len(self.buffers)

    def tree(self, v, where="the result", depth=0):
        if depth > DEPTH:
            raise Unknown(f"{where} is nested more than {DEPTH} deep; return a flatter value")
        if v is None or isinstance(v, (bool, str)) and type(v) in (bool, str):
            return v
        if type(v) is int or isinstance(v, int):
            return int(v) if -(1 << 63) <= v < 1 << 63 else {"$": "i", "v": str(int(v))}
        if isinstance(v, float):
            return float(v) if math.isfinite(v) else {"$": "f", "v": repr(float(v))}
        if isinstance(v, str):
            return str(v)
        if isinstance(v, (bytes, bytearray)):
            return {"$": "b", "i": self.buffer(v)}
        if isinstance(v, (list, tuple, set, frozenset, range)):
            return [self.tree(x, f"{where}[{i}]", depth + 1) for i, x in enumerate(v)]
        if isinstance(v, dict):
            return self.mapping(v, where, depth)
        if isinstance(v, datetime.datetime):
            v = v if v.tzinfo else v.astimezone()
            return {"$": "t", "v": v.isoformat()}
        if isinstance(v, datetime.date):
            return {"$": "t", "v": v.isoformat() + "T00:00:00+00:00"}
        if isinstance(v, datetime.timedelta):
            return v.total_seconds()
        if isinstance(v, decimal.Decimal):
            return str(v)
        if dataclasses.is_dataclass(v) and not isinstance(v, type):
            fields = {f.name: getattr(v, f.name) for f in dataclasses.fields(v)}
            return self.mapping(fields, where, depth)
        return self.foreign(v, where, depth)

    def mapping(self, v, where, depth):
        if all(type(k) is str for k in v) and "$" not in v:
            return {k: self.tree(x, f"{where}[{k!r}]", depth + 1) for k, x in v.items()}
        return {"$": "d", "v": [[self.tree(k, where, depth + 1), self.tree(x, f"{where}[{k!r}]", depth + 1)] for k, x in v.items()]}

    def foreign(self, v, where, depth):
        """Values of numpy, pyarrow and pandas, none of which has to be installed."""
        arrow = sys.modules.get("pyarrow")
        if arrow and isinstance(v, (arrow.Table, arrow.RecordBatch)):
            return self.arrow(arrow, v)
        pandas = sys.modules.get("pandas")
        if pandas and isinstance(v, (pandas.DataFrame, pandas.Series)):
            return self.pandas(pandas, v, where, depth)
        if arrow and isinstance(v, (arrow.Array, arrow.ChunkedArray)):
            v = v.to_numpy(zero_copy_only=False) if isinstance(v, arrow.Array) else v.to_numpy()
        numpy = sys.modules.get("numpy")
        if numpy and isinstance(v, numpy.generic):
            return self.tree(v.item(), where, depth)
        if numpy and isinstance(v, numpy.ndarray):
            kind = v.dtype.kind + str(v.dtype.itemsize)
            if kind not in LETTERS or v.ndim == 0:
                return self.tree(v.tolist(), where, depth)
            little = numpy.ascontiguousarray(v, dtype=v.dtype.newbyteorder("<"))
            return {"$": "n", "t": kind, "s": list(v.shape), "i": self.buffer(memoryview(little.reshape(-1)).cast("B") if little.size else b"")}
        if isinstance(v, array.array) and v.typecode in CODES:
            return {"$": "n", "t": v.typecode in "lL" and ("i" if v.typecode == "l" else "u") + str(v.itemsize) or CODES[v.typecode], "s": [len(v)], "i": self.buffer(v.tobytes())}
        if isinstance(v, memoryview):
            return {"$": "b", "i": self.buffer(v.tobytes())}
        if hasattr(v, "tolist"):
            return self.tree(v.tolist(), where, depth + 1)
        raise Unknown(f"{where} is a {type(v).__module__}.{type(v).__qualname__}, which has no form in Go; "
                      "return numbers, strings, bytes, lists, dicts, numpy arrays or Arrow tables")

    def arrow(self, arrow, v):
        sink = arrow.BufferOutputStream()
        with arrow.ipc.new_stream(sink, v.schema) as w:
            w.write(v)
        return {"$": "a", "i": self.buffer(sink.getvalue())}

    def pandas(self, pandas, v, where, depth):
        if isinstance(v, pandas.Series):
            return self.tree(v.to_numpy(), where, depth)
        try:
            import pyarrow
        except ImportError:
            return self.mapping({str(c): v[c].to_numpy() for c in v.columns}, where, depth)
        return self.arrow(pyarrow, pyarrow.Table.from_pandas(v, preserve_index=False))


def value(tree, buffers):
    """The Python value of a tree."""
    if isinstance(tree, list):
        return [value(x, buffers) for x in tree]
    if not isinstance(tree, dict):
        return tree
    kind = tree.get("$")
    if kind is None:
        return {k: value(x, buffers) for k, x in tree.items()}
    if kind == "b":
        return bytes(buffers[tree["i"]])
    if kind == "f":
        return float(tree["v"])
    if kind == "i":
        return int(tree["v"])
    if kind == "t":
        return datetime.datetime.fromisoformat(tree["v"])
    if kind == "d":
        return {value(k, buffers): value(x, buffers) for k, x in tree["v"]}
    if kind == "n":
        return numbers(tree, buffers[tree["i"]])
    if kind == "a":
        return table(buffers[tree["i"]])
    raise ValueError(f"a value of unknown kind {kind!r}; goray and its Python worker must be of one release")


def numbers(tree, data):
    """An array of numbers: numpy's where it is installed, which shares the memory, else a list."""
    if importlib.util.find_spec("numpy"):
        import numpy
        found = numpy.frombuffer(data, dtype="<" + tree["t"]).reshape(tree["s"])
        return found if found.flags.writeable else found.copy()
    flat = memoryview(data).cast(LETTERS[tree["t"]]).tolist() if len(data) else []
    for size in reversed(tree["s"][1:]):
        flat = [flat[i:i + size] for i in range(0, len(flat), size)] if size else []
    return flat


def table(data):
    try:
        import pyarrow
    except ImportError:
        raise ImportError(f"pyarrow, which an Arrow table needs, is absent from {sys.executable}; run: {sys.executable} -m pip install pyarrow", name="pyarrow") from None
    return pyarrow.ipc.open_stream(pyarrow.py_buffer(data)).read_all()


def find(module, name):
    """The object that a call names, with an error that says what is missing."""
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as e:
        if e.name and (module == e.name or module.startswith(e.name + ".")):
            e.goray = "module"
        raise
    for part in name.split("."):
        found = getattr(found, part)
    return found


def failure(e):
    frames = traceback.extract_tb(e.__traceback__)
    ours = failure.__code__.co_filename
    own = [f for f in frames if f.filename != ours]
    tb = e.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename == ours:
        tb = tb.tb_next
    kinds = [c.__module__ + "." + c.__qualname__ if c.__module__ != "builtins" else c.__qualname__ for c in type(e).__mro__ if c is not object]
    return {
        "type": kinds[0], "bases": kinds[1:], "text": str(e), "traceback": "".join(traceback.format_exception(type(e), e, tb)),
        "file": own[-1].filename if own else "", "line": own[-1].lineno if own else 0,
        "missing": e.name if isinstance(e, ModuleNotFoundError) else None, "unknown": isinstance(e, Unknown), "python": sys.executable,
        "cancelled": isinstance(e, KeyboardInterrupt),
    }
