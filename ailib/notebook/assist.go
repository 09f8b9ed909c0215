package notebook

import (
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/plugin"
	"github.com/goray/goray/runtime/ray/vet"
)

var (
	_ plugin.Analyst         = (*Plugin)(nil)
	_ plugin.StringCompleter = (*Plugin)(nil)
)

// Analyzers check the calls of remote functions and actors.
func (p *Plugin) Analyzers() []*analysis.Analyzer { return []*analysis.Analyzer{vet.Analyzer} }

// columnParams are the names by which the libraries' parameters and fields take columns, beside
// those that contain "column".
var columnParams = []string{"name", "names", "key", "keys", "by", "label", "features", "target"}

// CompleteString completes the names of columns: those of the dataset or batch that the calls
// around the string start from, and else of all there are.
func (p *Plugin) CompleteString(a engine.StringArgument) []engine.Completion {
	param := strings.ToLower(a.Param)
	if !strings.HasPrefix(a.Package, module+"ailib/") || !strings.Contains(param, "column") && !slices.Contains(columnParams, param) {
		return nil
	}
	var list []engine.Completion
	for i, v := range a.Values {
		columns := columnsOf(v)
		if i == 0 && len(columns) > 0 && a.Around > 0 {
			return columns
		}
		list = append(list, columns...)
	}
	return list
}

// columnsOf lists what a value has of columns, without computing anything.
func columnsOf(v reflect.Value) (list []engine.Completion) {
	var schema *data.Schema
	switch x := v.Interface().(type) {
	case *data.Dataset:
		schema = x.KnownSchema()
	case data.Batch:
		if x.Len() > 0 {
			schema = x.Schema()
		}
	}
	if schema == nil {
		return nil
	}
	types := schema.Types()
	for i, name := range schema.Names() {
		list = append(list, engine.Completion{Text: name, Kind: "string", Signature: types[i]})
	}
	return list
}
