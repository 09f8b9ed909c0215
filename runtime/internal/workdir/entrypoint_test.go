package workdir_test

import (
	"os"
	"testing"

	"github.com/goray/goray/runtime/internal/workdir"
)

func TestFilesThatCommandsName(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("bin", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"x.go", "bin/train"} {
		if err := os.WriteFile(name, nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for command, want := range map[string][2]string{
		"goray run x.go --epochs 3": {"x.go", ""},
		"goray run -v ./x.go arg":   {"x.go", ""},
		"goray run x.go; true":      {"", ""}, // the shell's affair
		"goray run none.go":         {"", ""},
		"goray run bin":             {"", ""},
		"goray run ../x.go":         {"", ""},
		"goray job list":            {"", ""},
		"./bin/train --epochs 3":    {"", "bin/train"},
		"bin/train":                 {"", "bin/train"},
		"train":                     {"", ""}, // of the PATH
		"/bin/sh -c true":           {"", ""},
		"'./bin/train'":             {"", ""},
	} {
		if got := [2]string{workdir.Script(command), workdir.Program(command)}; got != want {
			t.Errorf("%q names %q, want %q", command, got, want)
		}
	}
}
