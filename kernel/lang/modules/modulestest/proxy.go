package modulestest

import (
	"archive/zip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Proxy sets the environment of the test to a proxy with these files alone. It returns the folder of
// the pinned versions.
func Proxy(t testing.TB, files map[string]string) (pins string) {
	t.Helper()
	Tool(t)
	dir := publish(t, files)
	pins = t.TempDir()
	for name, value := range map[string]string{
		"GOPROXY": "file://" + filepath.ToSlash(dir), "GOSUMDB": "off", "GOMODCACHE": t.TempDir(), "GOFLAGS": "-modcacherw",
		"GORAY_MODULES": pins, "GOWORK": "",
	} {
		setenv(t, name, value)
	}
	return pins
}

// Serve adds a proxy with these files to those that the environment names: everything else is as on
// this machine.
func Serve(t testing.TB, files map[string]string) {
	t.Helper()
	Tool(t)
	dir := publish(t, files)
	rest := os.Getenv("GOPROXY")
	if rest == "" {
		rest = "https://proxy.golang.org,direct"
	}
	t.Setenv("GOPROXY", "file://"+filepath.ToSlash(dir)+","+rest)
	t.Setenv("GONOSUMDB", strings.Join(modulesOf(files), ","))
}

func modulesOf(files map[string]string) (list []string) {
	for name := range files {
		module, _, _ := strings.Cut(name, "@")
		if !slices.Contains(list, module) {
			list = append(list, module)
		}
	}
	return list
}

// publish writes the folder that is the proxy.
func publish(t testing.TB, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	versions := map[string]map[string]string{} // module@version → file → text
	for name, text := range files {
		at := strings.Index(name, "@")
		slash := at + strings.Index(name[at:], "/")
		module := name[:slash]
		if versions[module] == nil {
			path := module[:at]
			versions[module] = map[string]string{"go.mod": "module " + path + "\n\ngo 1.21\n"}
		}
		versions[module][name[slash+1:]] = text
	}
	for module, content := range versions {
		path, version, _ := strings.Cut(module, "@")
		write(t, filepath.Join(dir, path, "@v"), version, module, content)
	}
	return dir
}

// Tool skips a test on a machine without the Go tool.
func Tool(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not on PATH")
	}
}

func setenv(t testing.TB, name, value string) {
	t.Helper()
	if value == "" {
		old, had := os.LookupEnv(name)
		os.Unsetenv(name)
		if had {
			t.Cleanup(func() { os.Setenv(name, old) })
		}
		return
	}
	t.Setenv(name, value)
}

// write makes the four files of a version that a proxy serves.
func write(t testing.TB, dir, version, module string, content map[string]string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	list, err := os.OpenFile(filepath.Join(dir, "list"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(list, version)
	if err := list.Close(); err != nil {
		t.Fatal(err)
	}
	info := fmt.Sprintf(`{"Version":%q,"Time":"2020-01-01T00:00:00Z"}`, version)
	for suffix, text := range map[string]string{".info": info, ".mod": content["go.mod"]} {
		if err := os.WriteFile(filepath.Join(dir, version+suffix), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Create(filepath.Join(dir, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	var names []string
	for name := range content {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		w, err := z.Create(module + "/" + name)
		if err == nil {
			_, err = w.Write([]byte(content[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
