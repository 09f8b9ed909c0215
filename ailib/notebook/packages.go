package notebook

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

const module = "github.com/goray/goray/"

//go:embed gen_types_arrow.bin
var arrowTypes embed.FS

// shorts gives the packages that are also importable by a short path in cells:
// import "ray", import "ray/data". All of them are predeclared by their last element.
var shorts = map[string]string{
	"runtime/ray":        "ray",
	"runtime/collective": "ray/collective",
	"runtime/jobs":       "ray/jobs",
	"viz":                "ray/viz",
	"ailib/data":         "ray/data",
	"ailib/preprocess":   "ray/preprocess",
	"ailib/train":        "ray/train",
	"ailib/train/forest": "ray/train/forest",
	"ailib/predict":      "ray/predict",
	"ailib/tune":         "ray/tune",
	"ailib/serve":        "ray/serve",
	"ailib/sample":       "ray/sample",
}

func packages(sources fs.FS) []engine.Package {
	var list []engine.Package
	for _, p := range slices.Concat(compiled, programs) {
		folder := strings.TrimPrefix(p.Path, module)
		source, err := fs.Sub(sources, folder)
		if err != nil {
			panic("notebook: " + err.Error()) // the folder's name is a constant of this package
		}
		p.Source, p.Short, p.Predeclared = source, shorts[folder], path.Base(folder)
		list = append(list, p)
	}
	for i, p := range arrow {
		if i == 0 {
			p.Source = arrowTypes // one bundle for all of Arrow
		}
		list = append(list, p)
	}
	return list
}
