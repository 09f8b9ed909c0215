package jobs_test

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/goray/goray/runtime/jobs"
)

// tree writes files, by their paths.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func packed(t *testing.T, dir string, excludes ...string) (name string, files []string, data []byte) {
	t.Helper()
	name, data, err := jobs.Pack(dir, excludes)
	if err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		files = append(files, f.Name)
	}
	return name, files, data
}

func TestIgnoredFilesStayBehind(t *testing.T) {
	dir := tree(t, map[string]string{
		".gitignore": "# notes\n*.log\n!keep.log\n/build/\ncache\ndocs/**/draft.md\ndata[0-9].csv\n",
		"main.go":    "", "a.log": "", "keep.log": "", "build/out": "", "src/build/out": "", "cache/x": "", "src/cache": "",
		"docs/draft.md": "", "docs/a/b/draft.md": "", "docs/final.md": "", "data1.csv": "", "dataX.csv": "",
		".git/HEAD": "", "venv/bin/python": "", "sub/.gitignore": "*.tmp\n!/x.log\n", "sub/x.tmp": "", "sub/x.log": "", "y.tmp": "",
	})
	_, got, _ := packed(t, dir, "*.md")
	want := []string{".gitignore", "dataX.csv", "keep.log", "main.go", "src/build/out", "sub/.gitignore", "sub/x.log", "y.tmp"}
	if !slices.Equal(got, want) {
		t.Errorf("packed %q\nwant   %q", got, want)
	}
}

func TestNameFollowsContent(t *testing.T) {
	files := map[string]string{"a.go": "package a", "b/c.txt": "text"}
	one, _, data := packed(t, tree(t, files))
	two, _, _ := packed(t, tree(t, files))
	files["b/c.txt"] = "other"
	three, _, _ := packed(t, tree(t, files))
	if one != two || one == three {
		t.Errorf("names %s, %s and, of another content, %s", one, two, three)
	}
	dir := filepath.Join(t.TempDir(), "copy")
	if err := jobs.Unpack(data, dir); err != nil {
		t.Fatal(err)
	}
	again, _, _ := packed(t, dir)
	if again != one {
		t.Errorf("unpacked and packed again it is %s, not %s", again, one)
	}
}

// TestEmptyFolderTravels: a program may want to write there.
func TestEmptyFolderTravels(t *testing.T) {
	dir := tree(t, map[string]string{"a.txt": ""})
	if err := os.MkdirAll(filepath.Join(dir, "results", "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, files, data := packed(t, dir)
	if want := []string{"a.txt", "results/deep/"}; !slices.Equal(files, want) {
		t.Errorf("packed %q, want %q", files, want)
	}
	out := filepath.Join(t.TempDir(), "o")
	if err := jobs.Unpack(data, out); err != nil {
		t.Fatal(err)
	}
	if s, err := os.Stat(filepath.Join(out, "results", "deep")); err != nil || !s.IsDir() {
		t.Errorf("unpacked: %v", err)
	}
}

// TestNoFileLeavesItsFolder: the names in a zip file are not trusted.
func TestNoFileLeavesItsFolder(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("../evil")
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte("x"))
	z.Close()
	dir := t.TempDir()
	if err := jobs.Unpack(b.Bytes(), filepath.Join(dir, "in")); err == nil {
		t.Error("it was unpacked")
	}
	if _, err := os.Stat(filepath.Join(dir, "evil")); !os.IsNotExist(err) {
		t.Error("a file was written outside")
	}
}

func TestPackRefuses(t *testing.T) {
	if _, _, err := jobs.Pack(filepath.Join(t.TempDir(), "none"), nil); err == nil {
		t.Error("a directory that is not there was packed")
	}
	dir := tree(t, map[string]string{"run.sh": "#!/bin/sh\n"})
	if err := os.Chmod(filepath.Join(dir, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, _, data := packed(t, dir)
	out := filepath.Join(t.TempDir(), "o")
	if err := jobs.Unpack(data, out); err != nil {
		t.Fatal(err)
	}
	if s, err := os.Stat(filepath.Join(out, "run.sh")); err != nil || s.Mode()&fs.FileMode(0o100) == 0 {
		t.Errorf("the script cannot be run any more: %v, %v", s, err)
	}
}
