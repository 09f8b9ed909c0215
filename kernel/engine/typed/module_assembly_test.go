package typed

import (
	"runtime"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang/modules/modulestest"
)

// withAssembly are packages that choose between assembly and Go in the ways that packages do.
var withAssembly = map[string]string{
	"example.com/assembly@v1.0.0/a.go":          "//go:build !purego\n\npackage assembly\n\nfunc Add(a, b int) int\n",
	"example.com/assembly@v1.0.0/a_amd64.s":     "\n",
	"example.com/assembly@v1.0.0/a_arm64.s":     "\n",
	"example.com/assembly@v1.0.0/plain.go":      "//go:build purego\n\npackage assembly\n\nfunc Add(a, b int) int { return a + b }\n",
	"example.com/oldtag@v1.0.0/a.go":            "//go:build !appengine\n\npackage oldtag\n\nfunc Add(a, b int) int\n",
	"example.com/oldtag@v1.0.0/a_amd64.s":       "\n",
	"example.com/oldtag@v1.0.0/a_arm64.s":       "\n",
	"example.com/oldtag@v1.0.0/plain.go":        "//go:build appengine\n\npackage oldtag\n\nfunc Add(a, b int) int { return a - b }\n",
	"example.com/noway@v1.0.0/a.go":             "package noway\n\nfunc Add(a, b int) int\n",
	"example.com/noway@v1.0.0/a_amd64.s":        "\n",
	"example.com/noway@v1.0.0/a_arm64.s":        "\n",
	"example.com/onlyarch@v1.0.0/a_amd64.go":    "package onlyarch\n\nconst Fast = true\n\nfunc Add(a, b int) int\n",
	"example.com/onlyarch@v1.0.0/a_amd64.s":     "\n",
	"example.com/onlyarch@v1.0.0/a_arm64.go":    "package onlyarch\n\nconst Fast = true\n\nfunc Add(a, b int) int\n",
	"example.com/onlyarch@v1.0.0/a_arm64.s":     "\n",
	"example.com/onlyarch@v1.0.0/a_generic.go":  "//go:build !amd64 && !arm64\n\npackage onlyarch\n\nconst Fast = false\n\nfunc Add(a, b int) int { return a + b + 100 }\n",
	"example.com/onlyarch@v1.0.0/both.go":       "package onlyarch\n\nfunc Twice(a int) int { return Add(a, a) }\n",
	"example.com/needsarch@v1.0.0/needs.go":     "package needsarch\n\nimport \"example.com/onlyarch\"\n\nfunc Four(a int) int { return onlyarch.Twice(a) + onlyarch.Twice(a) }\n",
	"example.com/needsarch@v1.0.0/go.mod":       "module example.com/needsarch\n\ngo 1.21\n\nrequire example.com/onlyarch v1.0.0\n",
	"example.com/brokenarch@v1.0.0/a_amd64.go":  "package brokenarch\n\nfunc Add(a, b int) int\n",
	"example.com/brokenarch@v1.0.0/a_amd64.s":   "\n",
	"example.com/brokenarch@v1.0.0/a_arm64.go":  "package brokenarch\n\nfunc Add(a, b int) int\n",
	"example.com/brokenarch@v1.0.0/a_arm64.s":   "\n",
	"example.com/brokenarch@v1.0.0/use.go":      "package brokenarch\n\nfunc Twice(a int) int { return Add(a, a) }\n",
	"example.com/brokenarch@v1.0.0/a_s390x.go":  "package brokenarch\n\nfunc Add(a, b int) int { return a }\n",
	"example.com/brokenarch@v1.0.0/doc/readme":  "-",
	"example.com/brokenarch@v1.0.0/internal.go": "package brokenarch\n\nvar Ready = true\n",
	"example.com/system@v1.0.0/a_amd64.go":      "package system\n\nfunc Add(a, b int) int\n",
	"example.com/system@v1.0.0/a_amd64.s":       "\n",
	"example.com/system@v1.0.0/a_arm64.go":      "package system\n\nfunc Add(a, b int) int\n",
	"example.com/system@v1.0.0/a_arm64.s":       "\n",
	"example.com/system@v1.0.0/a_other.go":      "//go:build !amd64 && !arm64\n\npackage system\n\nimport \"syscall\"\n\nfunc Add(a, b int) int { return syscall.Getpid() }\n",
}

func TestPortableGoInsteadOfAssembly(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("the packages have assembly for amd64 and arm64")
	}
	modulestest.Proxy(t, withAssembly)
	t.Chdir(t.TempDir())
	s := newSession(t, engine.Config{})
	for i, c := range [][2]string{
		{"import \"example.com/assembly\"\nassembly.Add(1, 2)", "3 int"},
		{"import \"example.com/oldtag\"\noldtag.Add(1, 2)", "-1 int"},
		{"import \"example.com/onlyarch\"\nfmt.Sprint(onlyarch.Twice(1), onlyarch.Fast)", "102 false string"},
		{"import \"example.com/needsarch\"\nneedsarch.Four(2)", "208 int"},
	} {
		if got := do(t, s, i+1, c[0]); got != c[1] {
			t.Errorf("%s\n= %s, not %s", c[0], got, c[1])
		}
	}
	for path, want := range map[string]string{
		"example.com/noway":      "func Add has no body: it is written in assembly; choose a package in plain Go, or build a goray that has it compiled: goray build-kernel -with example.com/noway",
		"example.com/brokenarch": "undefined: Add",
		"example.com/system":     "func Add has no body: it is written in assembly",
	} {
		if _, err := execute(s, 9, "import _ \""+path+"\"\n1"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
