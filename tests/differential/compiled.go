package differential

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// mainSource runs the programs one after the other; what each prints begins with its name between
// two zero bytes.
const mainSource = `package main

import (
	"fmt"
	"os"
%s)

func run(name string, f func()) {
	os.Stdout.WriteString("\x00" + name + "\x00")
	defer func() {
		switch v := recover().(type) {
		case nil:
		case error:
			fmt.Println("panic: " + v.Error())
		case fmt.Stringer:
			fmt.Println("panic: " + v.String())
		case string:
			fmt.Println("panic: " + v)
		default:
			fmt.Printf("panic: %%#v\n", v)
		}
	}()
	f()
}

func main() {
%s}
`

// runCompiled builds all programs in dir into one binary and returns what each prints.
func runCompiled(ctx context.Context, dir string, programs []program) (map[string]string, error) {
	var imports, calls strings.Builder
	write := func(name, text string) error {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
	}
	for i, p := range programs {
		source, err := p.compiled()
		if err != nil {
			return nil, err
		}
		if err := write(p.String()+"/program.go", source); err != nil {
			return nil, err
		}
		fmt.Fprintf(&imports, "\tp%d \"differential/%v\"\n", i, p)
		fmt.Fprintf(&calls, "\trun(%q, p%d.Main)\n", p.String(), i)
	}
	if err := write("go.mod", "module differential\n\ngo 1.26\n"); err != nil {
		return nil, err
	}
	if err := write("main.go", fmt.Sprintf(mainSource, imports.String(), calls.String())); err != nil {
		return nil, err
	}
	// Without paths in the objects, the next run finds them in the build cache.
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", "all", ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "all"))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TZ=UTC")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, stderr.String())
	}
	parts := strings.Split(stdout.String(), "\x00")
	out := map[string]string{}
	for i := 1; i+1 < len(parts); i += 2 {
		// In the names of instances stand paths.
		own := strings.NewReplacer("differential/"+parts[i]+".", "main.", packageName+".", "main.")
		out[parts[i]] = own.Replace(parts[i+1])
	}
	return out, nil
}
