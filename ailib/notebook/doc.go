// Package notebook is Ray's part in a notebook session: it makes runtime/ray, the libraries and
// the charts importable from cells, sends live output to the cell that runs, lets an interrupt
// reach the cluster, and moves the functions of cells to workers.
//
//	plugin := notebook.New(sources) // sources: the .go files of the packages, embedded
//	session.Open(session.Config{NewEngine: typed.New, Plugins: []plugin.Plugin{plugin}})
//
// Mental model:
//
//   - Types, documentation and generic functions reach cells as source (embedded by the program);
//     compiled functions, variables and types as the generated tables gen_symbols.go.
//   - A worker process of a notebook has an engine of its own, which is made when the first
//     function of a cell arrives there: see [WorkerCode].
package notebook

//go:generate go run ../../kernel/lang/symgen -out gen_symbols.go -pkg notebook -var compiled github.com/goray/goray/runtime/ray github.com/goray/goray/viz github.com/goray/goray/ailib/data github.com/goray/goray/ailib/preprocess github.com/goray/goray/ailib/train github.com/goray/goray/ailib/predict github.com/goray/goray/ailib/tune github.com/goray/goray/ailib/serve github.com/goray/goray/ailib/sample github.com/goray/goray/ailib/train/forest github.com/goray/goray/runtime/collective
//go:generate go run ../../kernel/lang/symgen -out gen_symbols_jobs.go -pkg notebook -var programs github.com/goray/goray/runtime/jobs
//go:generate go run ../../kernel/lang/symgen -out gen_symbols_arrow.go -pkg notebook -var arrow github.com/apache/arrow-go/v18/arrow github.com/apache/arrow-go/v18/arrow/array github.com/apache/arrow-go/v18/arrow/memory
//go:generate go run ../../kernel/lang/symgen -types gen_types_arrow.bin github.com/apache/arrow-go/v18/arrow github.com/apache/arrow-go/v18/arrow/array github.com/apache/arrow-go/v18/arrow/memory
