package main

import (
	"bytes"
	"fmt"
	"go/format"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// platform is one that cells can run on.
type platform struct{ os, arch string }

// platforms are those that the standard library is generated for; elsewhere a session says that it
// has no types. Each costs the repository 0.7 MB.
var platforms = []platform{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}}

func (p platform) String() string { return p.os + "/" + p.arch }

func (p platform) suffix() string { return p.os + "_" + p.arch }

// constraint is the build constraint for platforms; others says whether it has those that nothing
// is generated for.
func constraintFor(list []platform, others bool) string {
	var l []string
	if others {
		for _, p := range platforms {
			if !slices.Contains(list, p) {
				l = append(l, "!("+p.os+" && "+p.arch+")")
			}
		}
		return strings.Join(l, " && ")
	}
	for _, p := range list {
		l = append(l, p.os+" && "+p.arch)
	}
	if len(l) > 1 { // as gofmt writes it
		return "(" + strings.Join(l, ") || (") + ")"
	}
	return strings.Join(l, "")
}

// variants are the files that may differ between platforms, by their identifiers.
type variants map[string]*variant

type variant struct {
	path   string // of the package
	source map[platform][]byte
}

// instancesID is the variant with the instances of generic types, which belong to no package.
const instancesID = "instances"

func (v variants) add(id, path string, at platform, source []byte) {
	if v[id] == nil {
		v[id] = &variant{path, map[platform][]byte{}}
	}
	if source != nil {
		v[id].source[at] = source
	}
}

// merge writes one file for what is the same everywhere, and else one for each kind, the last of
// them empty: for the platforms without the package, and for those that nothing is generated for.
func (v variants) merge(files output, dir string) error {
	var index bytes.Buffer
	fmt.Fprintf(&index, "%spackage symbols\n\nvar tables = [...]table{\n", header)
	ids := slices.SortedFunc(maps.Keys(v), func(a, b string) int { return strings.Compare(v[a].path, v[b].path) })
	for _, id := range ids {
		x := v[id]
		// The suffix keeps a trailing _test or GOOS of a package's name from being a constraint.
		name, empty := "gen_"+id+"_sym", fmt.Sprintf("var sym_%s = [...]engine.Symbol{}", id)
		if id == instancesID {
			name, empty = "gen_instances", "var instances = [...]instance{}"
		} else if len(x.source) == 0 {
			fmt.Fprintf(&index, "\t{%q, nil},\n", x.path)
			continue
		} else {
			fmt.Fprintf(&index, "\t{%q, sym_%s[:]},\n", x.path, id)
		}
		kinds := map[string][]platform{}
		for _, at := range platforms {
			if source := string(x.source[at]); source != "" {
				kinds[source] = append(kinds[source], at)
			}
		}
		var with []platform
		n := 0
		for _, at := range platforms {
			source := string(x.source[at])
			list := kinds[source]
			if source == "" || list[0] != at {
				continue
			}
			if len(list) == len(platforms) {
				files[filepath.Join(dir, name+".go")] = []byte(header + source)
				break
			}
			n++
			files[filepath.Join(dir, fmt.Sprintf("%s%d.go", name, n))] = []byte(header + "//go:build " + constraintFor(list, false) + "\n\n" + source)
		}
		for at := range x.source {
			with = append(with, at)
		}
		if n > 0 {
			var without []platform
			for _, at := range platforms {
				if !slices.Contains(with, at) {
					without = append(without, at)
				}
			}
			text := "package symbols\n\n"
			if id != instancesID {
				text += "import \"github.com/goray/goray/kernel/engine\"\n\n"
			}
			files[filepath.Join(dir, name+"0.go")] = []byte(header + "//go:build " + constraintFor(without, true) + "\n\n" + text + empty + "\n")
		}
	}
	fmt.Fprintf(&index, "}\n")
	src, err := format.Source(index.Bytes())
	files[filepath.Join(dir, "gen_index.go")] = src
	return err
}

// stdFile embeds the type data of one platform; its name says which.
func stdFile(data string) []byte {
	return []byte(header + "package typedata\n\nimport _ \"embed\" // for the bundle\n\n// Std is the bundle of the standard library.\n//\n//go:embed " + data + "\nvar Std string\n")
}

// otherTypes is for the platforms without type data, where Open says so.
func otherTypes() []byte {
	return []byte(header + "//go:build " + constraintFor(nil, true) + "\n\npackage typedata\n\n// Std is the bundle of the standard library: none was generated for this platform.\nconst Std = \"\"\n")
}
