// Package python calls functions and methods of Python: a worker keeps a Python process, which runs a
// script of this package with the standard library only, and speaks with it through a socket.
//
//	c, err := python.Start(python.Env{})
//	defer c.Close()
//	v, err := c.Do(ctx, python.Request{Op: "call", Module: "statistics", Name: "mean", Args: []any{[]float64{1, 2}}})
//
// Mental model:
//
//   - Where Python processes are not ours to start, as on a Ray cluster, they get values.py, and values as
//     Encode makes them.
//   - Values cross in a neutral form: nil, bool, int, *big.Int, float64, string, []byte, slices of
//     numbers, core.Array, []any, map[string]any, map[any]any, time.Time and core.ArrowIPC. Neutral
//     makes it of any Go value, package marshal makes Go values of it.
//   - Numbers in bulk and tables cross as memory: numpy arrays where numpy is installed, else lists.
//   - The Python process ends with this one, whatever runs in it. A cancelled call is interrupted as
//     by Ctrl-C, and ended with its process when that does not help.
package python
