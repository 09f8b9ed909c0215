package typed

import (
	"fmt"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// fromModule says whether o is an exported declaration of a third-party package, whose source
// travels with the code that names it.
func (x *exporter) fromModule(o types.Object) bool {
	return o != nil && o.Pkg() != nil && o.Exported() && o.Parent() == o.Pkg().Scope() && x.lang.Packages().FromModule(o.Pkg().Path())
}

// describeModule writes the added cell for a function that a third-party package declares, or for
// an instance of one.
func (x *exporter) describeModule(base, sf *ssa.Function) bool {
	o := originOf(base).Object()
	if base != sf || base.Signature.Recv() != nil || !x.fromModule(o) {
		return false
	}
	name := fmt.Sprintf("p%d", len(x.imports))
	x.imports[name] = o.Pkg().Path()
	x.text = fmt.Sprintf("%s := %s.%s", rootName, name, o.Name())
	var args []string
	for _, t := range base.TypeArgs() {
		args = append(args, x.typeText(t))
	}
	if len(args) > 0 {
		x.text += "[" + strings.Join(args, ", ") + "]"
	}
	return true
}
