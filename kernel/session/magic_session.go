package session

import (
	"context"
	"fmt"
	"html"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
)

func who(l *Local, _ context.Context, _ engine.Cell, _, _ string, _ *Outcome) error {
	variables := ofCells(l.Engine().Variables())
	if len(variables) == 0 {
		fmt.Println("no variables yet")
		return nil
	}
	slices.SortFunc(variables, func(a, b engine.Variable) int { return strings.Compare(a.Name, b.Name) })
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tTYPE\tCELL")
	for _, v := range variables {
		fmt.Fprintf(w, "%s\t%s\tIn[%d]\n", v.Name, v.Type, v.Cell)
	}
	return w.Flush()
}

func environment(_ *Local, _ context.Context, _ engine.Cell, args, _ string, _ *Outcome) error {
	if args == "" {
		all := os.Environ()
		slices.Sort(all)
		fmt.Println(strings.Join(all, "\n"))
		return nil
	}
	name, value, set := strings.Cut(args, "=")
	if !set {
		name, value, set = strings.Cut(args, " ")
	}
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if set {
		return os.Setenv(name, os.ExpandEnv(value))
	}
	value, ok := os.LookupEnv(name)
	if !ok {
		return &MagicError{"%env", name + " is not set; %env NAME=VALUE sets it"}
	}
	fmt.Println(value)
	return nil
}

func changeDir(_ *Local, _ context.Context, _ engine.Cell, args, _ string, _ *Outcome) error {
	dir := os.ExpandEnv(args)
	home, _ := os.UserHomeDir()
	switch {
	case dir == "":
		dir = home
	case dir == "~" || strings.HasPrefix(dir, "~/"):
		dir = filepath.Join(home, dir[1:])
	}
	if err := os.Chdir(dir); err != nil {
		return &MagicError{"%cd", err.Error()}
	}
	now, err := os.Getwd()
	fmt.Println(now)
	return err
}

func reset(l *Local, _ context.Context, _ engine.Cell, _, _ string, out *Outcome) error {
	out.changed = true
	if err := l.Reset(); err != nil {
		return &MagicError{"%reset", err.Error()}
	}
	fmt.Println("the session begins anew")
	return nil
}

func about(l *Local, _ context.Context, _ engine.Cell, _, _ string, _ *Outcome) error {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Printf("goray %s, engine %s, %s %s/%s\n", l.cfg.Version, l.cfg.Engine, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Printf("session process %d, up %s, %s resident, %.1f MB live, %d goroutines\n",
		os.Getpid(), time.Since(l.started).Round(time.Second), resident(), float64(m.HeapAlloc)/1e6, runtime.NumGoroutine())
	return nil
}

// resident is this process's memory as the system counts it.
func resident() string {
	b, err := os.ReadFile("/proc/self/statm")
	var total, pages int
	if _, scanErr := fmt.Sscan(string(b), &total, &pages); err != nil || scanErr != nil {
		return "an unknown amount"
	}
	return fmt.Sprintf("%.1f MB", float64(pages*os.Getpagesize())/1e6)
}

func help(l *Local, _ context.Context, _ engine.Cell, _, _ string, _ *Outcome) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, group := range []map[string]magic{lineMagics, cellMagics} {
		for _, name := range slices.Sorted(maps.Keys(group)) {
			fmt.Fprintf(w, "%s\t%s\n", group[name].usage, translate(group[name].help))
		}
	}
	for _, c := range l.pluginMagics() {
		fmt.Fprintf(w, "%s\t%s\n", c.Usage, translate(c.Help))
	}
	fmt.Fprintf(w, "!command\t%s\n", say("run a shell command; its exit code is in _exit"))
	fmt.Fprintf(w, "name?\t%s\n", say("what name is; name?? with its source"))
	return w.Flush()
}

// describe answers name? and name??.
func (l *Local) describe(name string, source bool, out *Outcome) error {
	detail := 0
	if source {
		detail = 1
	}
	in, ok := l.Engine().Inspect(name, len(name), detail)
	if !ok {
		return &MagicError{name + "?", "no such name"}
	}
	out.Pages = append(out.Pages, InspectionBundle(in))
	return nil
}

// InspectionBundle is an inspection as text, Markdown and HTML.
func InspectionBundle(in engine.Inspection) display.Bundle {
	var text, md, page strings.Builder
	if in.Package != "" {
		fmt.Fprintf(&text, "package %s\n\n", in.Package)
		fmt.Fprintf(&md, "*package %s*\n\n", in.Package)
		fmt.Fprintf(&page, "<p><i>package %s</i></p>", html.EscapeString(in.Package))
	}
	for _, code := range []string{in.Signature, in.Source} {
		if code == "" || code == in.Signature && code == in.Source {
			continue
		}
		fmt.Fprintf(&text, "%s\n\n", code)
		fmt.Fprintf(&md, "```go\n%s\n```\n\n", code)
		fmt.Fprintf(&page, "<pre>%s</pre>", html.EscapeString(code))
	}
	if in.Doc != "" {
		text.WriteString(in.Doc + "\n")
		md.WriteString(in.Doc + "\n")
		fmt.Fprintf(&page, "<div style=\"white-space:pre-wrap\">%s</div>", html.EscapeString(in.Doc))
	}
	return display.Bundle{Data: map[string]any{
		display.MIMETypeText:     strings.TrimRight(text.String(), "\n"),
		display.MIMETypeMarkdown: strings.TrimRight(md.String(), "\n"),
		display.MIMETypeHTML:     page.String(),
	}}
}
