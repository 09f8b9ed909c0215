//go:build linux || darwin

package terminal

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// flags is a program with flags; with the import it runs in a session, as those that use Ray do.
const flags = `package main

import (
	"flag"
	"fmt"
	"os"
	IMPORT
)

var n = flag.Int("n", 3, "how many")

func main() {
	flag.Parse()
	fmt.Println(*n, flag.Args(), len(os.Args))
	if *n == 8 {
		panic("eight")
	}
	if *n == 9 {
		go func() { panic("in a goroutine") }()
		select {}
	}
	if *n > 4 {
		os.Exit(*n)
	}
}
`

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRunAsCompiled gives the same arguments to a compiled program and to goray run.
func TestRunAsCompiled(t *testing.T) {
	t.Parallel()
	plain := strings.Replace(flags, "\tIMPORT\n", "", 1)
	inSession := strings.Replace(flags, "IMPORT", `_ "github.com/goray/goray/runtime/ray"`, 1)
	compiled := filepath.Join(t.TempDir(), "program")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", compiled, file(t, "main.go", plain)).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, args := range [][]string{{}, {"-n", "4", "a", "b"}, {"-n", "7"}, {"-n", "8"}, {"-n", "9"}, {"-wrong"}, {"-n", "x"}, {"-h"}, {"--", "-n"}} {
		want, wantErr, status := outcome(t, exec.CommandContext(t.Context(), compiled, args...), "")
		for kind, source := range map[string]string{"plain": plain, "in a session": inSession, "as a command": "#!/usr/bin/env -S goray run\n" + plain} {
			got, said, s := command(t, "", append([]string{"run", file(t, "main.go", source)}, args...)...)
			if got != want || s != status {
				t.Errorf("%s %v: status %d, want %d; prints %q, want %q\n%s", kind, args, s, status, got, want, said)
			}
			first, _, _ := strings.Cut(wantErr, "\n")
			if strings.HasPrefix(first, "panic: ") || strings.HasPrefix(first, "flag ") || strings.HasPrefix(first, "invalid ") {
				if said, _, _ := strings.Cut(said, "\n"); said != first && !strings.HasPrefix(first, said) {
					t.Errorf("%s %v: says %q, want %q", kind, args, said, first)
				}
			}
		}
	}
}

// TestScriptAsCommand starts a script of cells by its first line.
func TestScriptAsCommand(t *testing.T) {
	t.Parallel()
	script := file(t, "script", "#!/usr/bin/env -S goray run\n// %% one\nfmt.Println(os.Args[1:])\nlen(os.Args)\n// %% two\nif len(os.Args) > 2 { os.Exit(7) }\n// %%\nvar p *int\n*p\n")
	for args, want := range map[string]struct {
		stdout, stderr string
		status         int
	}{
		"a b": {"[a b]\n3\n", "", 7},
		"":    {"[]\n1\n", script + ":9", 1},
	} {
		cmd := exec.CommandContext(t.Context(), script, strings.Fields(args)...)
		cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"))
		stdout, stderr, status := outcome(t, cmd, "")
		if stdout != want.stdout || status != want.status || !strings.Contains(stderr, want.stderr) {
			t.Errorf("%q: status %d, %q, %q", args, status, stdout, stderr)
		}
	}
}

// TestErrorsNameTheFile: what fails elsewhere, too, is told with the file and its lines.
func TestErrorsNameTheFile(t *testing.T) {
	t.Parallel()
	const declared = `
type A struct{ n int }

func boom(k int) int { return []int{1}[k] }
`
	const second = `
func (a *A) Boom(k int) int { return boom(k + a.n) } // in a script, of the cell's copy of A

func NewA() *A { return &A{} }
`
	const used = `
	ray.Init()
	report := func(err error) {
		var te *ray.TaskError
		if errors.As(err, &te) {
			fmt.Printf("%s:%d of %s\n", te.Cell, te.Line, te.Func)
			fmt.Println(regexp.MustCompile("[^\\s/]+:[0-9]+").FindAllString(te.Stack, -1))
		}
	}
	_, err := ray.Get(ray.Remote[int](boom).Remote(7))
	report(err)
	_, err = ray.Get(ray.Remote[int](func() int { return boom(7) }).Remote())
	report(err)
	_, err = ray.Get(ray.Call[int](ray.NewActor[A](NewA), (*A).Boom, 7))
	report(err)
`
	program := "package main\n\nimport (\n\t\"errors\"\n\t\"fmt\"\n\t\"regexp\"\n\n\t\"github.com/goray/goray/runtime/ray\"\n)\n" +
		declared + second + "\nfunc main() {" + used + "\tboom(9)\n}\n"
	script := declared + "// %%" + second + "// %%" + strings.ReplaceAll(used, "\n\t", "\n") + "// %%\nboom(9)\n"
	for kind, source := range map[string]string{"program": program, "script": script} {
		path := file(t, "x.go", source)
		line := func(text string) string {
			before, _, found := strings.Cut(source, text)
			if !found {
				t.Fatalf("no %q in the %s", text, kind)
			}
			return fmt.Sprintf("x.go:%d", 1+strings.Count(before, "\n"))
		}
		stdout, stderr, _ := command(t, "", "run", path)
		at, method, literal := line("func boom"), line("func (a *A)"), line("func() int")
		for _, want := range []string{
			filepath.Dir(path) + "/" + at + " of boom\n[" + at + "]\n",
			"[" + at + " " + literal + "]",
			filepath.Dir(path) + "/" + at + " of Boom\n[" + at + " " + method + "]\n",
		} {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: no %q in\n%s", kind, want, stdout)
			}
		}
		if !strings.Contains(stderr, path+strings.TrimPrefix(at, "x.go")) || strings.Contains(stdout+stderr, "In[") {
			t.Errorf("%s says\n%s\n%s", kind, stdout, stderr)
		}
	}
}

// TestPipe runs cells, and a program, that come through a pipe.
func TestPipe(t *testing.T) {
	t.Parallel()
	for stdin, want := range map[string]struct {
		stdout, stderr string
		status         int
	}{
		"x := 40\nx + 2\n":                                                       {"42\n", "", 0},
		"fmt.Println(1)\nbad\nfmt.Println(2)\n":                                  {"1\n", "undefined: bad", 1},
		"fmt.Println(1)\nos.Exit(5)\n":                                           {"1\n", "", 5},
		"package main\nfunc main() { println }\n":                                {"", "println", 1},
		"package main\nimport \"fmt\"\nfunc main() { fmt.Println(\"whole\") }\n": {"whole\n", "", 0},
	} {
		stdout, stderr, status := command(t, stdin, "repl")
		if stdout != want.stdout || status != want.status || !strings.Contains(stderr, want.stderr) {
			t.Errorf("%q: status %d, %q, %q", stdin, status, stdout, stderr)
		}
	}
}
