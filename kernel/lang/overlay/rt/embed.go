package rt

import (
	"crypto/sha256"
	"embed"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unsafe"
)

// embedded are the files of interpreted packages that go:embed names: by the package's hash, then
// by their paths.
var embedded sync.Map

// KeepEmbedded makes files known to EmbedString, EmbedBytes and EmbedFS under a key.
func KeepEmbedded(key string, files map[string]string) { embedded.Store(key, files) }

func embeddedFiles(key string) map[string]string {
	files, _ := embedded.Load(key)
	m, _ := files.(map[string]string)
	return m
}

// EmbedString is the content of a file.
func EmbedString(key, name string) string { return embeddedFiles(key)[name] }

// EmbedBytes is the content of a file, as bytes of its own.
func EmbedBytes(key, name string) []byte { return []byte(embeddedFiles(key)[name]) }

// EmbedFS is a tree of files, as the compiler makes them: sorted by folder and name, with an entry
// for each folder.
func EmbedFS(key string, names ...string) (tree embed.FS) {
	data := embeddedFiles(key)
	all := map[string]bool{}
	for _, n := range names {
		all[n] = true
		for d := path.Dir(n); d != "."; d = path.Dir(d) {
			all[d+"/"] = true
		}
	}
	var sorted []string
	for n := range all {
		sorted = append(sorted, n)
	}
	slices.SortFunc(sorted, func(a, b string) int {
		x, y := strings.TrimSuffix(a, "/"), strings.TrimSuffix(b, "/")
		if c := strings.Compare(path.Dir(x), path.Dir(y)); c != 0 {
			return c
		}
		return strings.Compare(path.Base(x), path.Base(y))
	})
	// The type of a file is hidden, its layout is not: name, content, and the start of a hash.
	field := reflect.ValueOf(&tree).Elem().Field(0)
	files := reflect.MakeSlice(field.Type().Elem(), len(sorted), len(sorted))
	for i, n := range sorted {
		f := files.Index(i)
		set(f.Field(0), n)
		if !strings.HasSuffix(n, "/") {
			content := data[n]
			sum := sha256.Sum256([]byte(content))
			set(f.Field(1), content)
			set(f.Field(2), [16]byte(sum[:16]))
		}
	}
	list := reflect.New(field.Type().Elem())
	list.Elem().Set(files)
	set(field, list.Interface())
	return tree
}

// set assigns to a field that is not exported.
func set(field reflect.Value, v any) {
	reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Set(reflect.ValueOf(v))
}
