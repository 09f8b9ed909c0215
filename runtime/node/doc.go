// Package node is the entry of goray's own worker processes, and where the notebook tells the
// runtime what it knows of code declared in cells.
//
//	if node.IsWorker() {
//		node.Main(node.Options{Code: code, Trace: trace}) // never returns
//	}
//	node.SetCode(code) // in the process of the notebook
//
// Mental model:
//
//   - A compiled program needs nothing of this: ray.Init runs its workers.
//   - Code moves functions and types of cells between processes. It has the shape of the kernel's
//     engine.Code, so that an adapter is a few lines, and the runtime imports no kernel.
//   - The source of a cell function travels once to each worker that needs it; captured values
//     travel with the function.
package node
