package kernelspec

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInstall(t *testing.T) {
	prefix, user := t.TempDir(), t.TempDir()
	t.Setenv("JUPYTER_DATA_DIR", user)
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Prefix: prefix, Binary: "bin/goray"}, filepath.Join(prefix, "share/jupyter/kernels/goray")},
		{Options{Prefix: prefix, Binary: "bin/goray"}, filepath.Join(prefix, "share/jupyter/kernels/goray")}, // again
		{Options{Name: "go-2", Display: "Go two"}, filepath.Join(user, "kernels/go-2")},
	} {
		dir, err := Install(c.o)
		if err != nil || dir != c.want {
			t.Fatalf("%+v: %q, %v", c.o, dir, err)
		}
		b, err := os.ReadFile(filepath.Join(dir, "kernel.json"))
		if err != nil {
			t.Fatal(err)
		}
		var s spec
		if err := json.Unmarshal(b, &s); err != nil {
			t.Fatal(err)
		}
		if !filepath.IsAbs(s.Argv[0]) || strings.Join(s.Argv[1:], " ") != "kernel -f {connection_file}" || s.Language != "go" || s.Interrupt != "message" {
			t.Errorf("%+v", s)
		}
		for file, size := range map[string]int{"logo-32x32.png": 32, "logo-64x64.png": 64} {
			b, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if img, err := png.Decode(bytes.NewReader(b)); err != nil || img.Bounds().Dx() != size {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

func TestInstallRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o600)
	for _, c := range []struct {
		o    Options
		says string
	}{
		{Options{Prefix: file}, filepath.Join(file, "share/jupyter/kernels/goray")},
		{Options{Name: "../evil"}, "no name for a kernel"},
	} {
		if _, err := Install(c.o); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v", c.o, err)
		}
	}
}
