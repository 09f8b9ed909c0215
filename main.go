// Goray is a Go kernel for Jupyter, a terminal REPL and the worker processes of Ray in Go, in one
// binary. It is the sole place where the kernel, the engines and the libraries meet.
package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/notebook"
	"github.com/goray/goray/ailib/train/xgboost"
	"github.com/goray/goray/ailib/tune"
	"github.com/goray/goray/kernel"
	"github.com/goray/goray/kernel/compat"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/engine/typed"
	"github.com/goray/goray/kernel/engine/yaegi"
	"github.com/goray/goray/kernel/export"
	"github.com/goray/goray/kernel/lang/modules/rebuild"
	"github.com/goray/goray/kernel/plugin"
	"github.com/goray/goray/kernel/session"
	"github.com/goray/goray/kernelspec"
	"github.com/goray/goray/repl"
	"github.com/goray/goray/runtime/cli"
	"github.com/goray/goray/runtime/command"
	"github.com/goray/goray/runtime/doctor"
	"github.com/goray/goray/runtime/launcher"
	"github.com/goray/goray/runtime/microbenchmark"
	"github.com/goray/goray/runtime/native"
	"github.com/goray/goray/runtime/node"
	"github.com/goray/goray/runtime/ray"
	"github.com/goray/goray/runtime/ray/vet"
	"github.com/goray/goray/viz"
)

// sources are what cells see of the compiled packages: their types, documentation and generic code.
//
//go:embed runtime/ray/*.go runtime/collective/*.go runtime/jobs/*.go viz/*.go ailib/*/*.go ailib/train/forest/*.go
var sources embed.FS

// envEngine names the engine for the child that runs cells.
const envEngine = "GORAY_ENGINE"

// entry is a command in the list.
type entry struct {
	name, args, help string
	run              func(args []string) int
}

// plain is a command without flags, whose help is what the list says.
func plain(name, args, help string, run func(args []string) int) entry {
	return entry{name, args, help, func(given []string) int {
		if len(given) > 0 && command.IsHelp(given[0]) {
			code, _ := command.New(name, args, help, os.Stdout, os.Stderr).Read(given[:1])
			return code
		}
		return run(given)
	}}
}

func commands() []entry {
	return append([]entry{
		{"kernel", "[-f FILE] [--engine E]", "serve a Jupyter connection file, or a new one", runKernel},
		{"repl", "[--engine E | --existing FILE]", "type Go in the terminal; piped input is run", runREPL},
		{"run", "FILE [ARGS]", "run a Go program, or a script of cells", runFile},
		{"install", "[--prefix DIR] [--name NAME]", "install the kernel for Jupyter", runInstall},
		plain("export", "NOTEBOOK", "write a notebook as a Go program", func(args []string) int {
			return export.Main(session.Packages(plugins()), args, os.Stdin, os.Stdout, os.Stderr)
		}),
		plain("import", "PROGRAM", "write a Go program as a notebook", func(args []string) int {
			return export.ImportMain(args, os.Stdin, os.Stdout, os.Stderr)
		}),
		{"start", "[--head | --address auto]", "start a head that several notebooks, REPLs and programs share, or bring a node to it", streams(cli.StartMain)},
		{"stop", "", "end the head", streams(cli.StopMain)},
		{"status", "[--json]", "what the head has and does, and what waits", streams(cli.StatusMain)},
		{"job", "submit|status|logs|stop|list|delete", "run programs on the head, or on a Ray cluster", func(args []string) int {
			return cli.JobMain(args, cli.JobTools{Export: exportProgram}, os.Stdout, os.Stderr)
		}},
		{"list", "KIND [--filter K=V] [--limit N]", "what the head has: tasks, actors, objects, nodes, jobs …", streams(cli.ListMain)},
		{"get", "KIND ID", "one of a kind, with all that is known", streams(cli.GetMain)},
		{"summary", "tasks|actors|objects", "count them", streams(cli.SummaryMain)},
		{"logs", "[KIND] ID [-f]", "what an actor, a task, a job, a worker or a node printed", streams(cli.LogsMain)},
		{"memory", "[--group-by site]", "which objects there are, where they were made, and who holds them", streams(cli.MemoryMain)},
		{"stack", "[PID]", "what the goroutines of the head's processes do", streams(cli.StackMain)},
		{"timeline", "[FILE]", "what the workers did, for ui.perfetto.dev", streams(cli.TimelineMain)},
		{"kill-actor", "NAME", "end an actor", streams(cli.KillActorMain)},
		{"chaos", "kill-worker|kill-node|kill-actor", "end something now and then, as a seed says", streams(cli.ChaosMain)},
		{"check-open-ports", "[--json]", "the ports on which the head's processes listen", streams(cli.CheckPortsMain)},
		{"cluster-dump", "[FILE]", "all that the head tells, in one archive", streams(cli.DumpMain)},
		{"microbenchmark", "[--run PATTERN]", "measure tasks, actors and objects, under the names of Ray's rows", streams(microbenchmark.Main)},
		{"drain", "NODE", "let a node end when its tasks have", streams(cli.DrainMain)},
		{"explain", "ID", "why a task, an actor or a placement group of the head waits", streams(cli.ExplainMain)},
		{"vet", "[PACKAGES]", "check the remote calls of Go packages", streams(vet.Main)},
		{"simulate", "[--seeds N]", "try the scheduler on made-up workloads and failures", streams(cli.SimulateMain)},
		{"build-kernel", "-with PACKAGE[@VERSION]", "build a goray that has packages compiled in", func(args []string) int {
			return rebuild.Main(args, os.Stdout, os.Stderr)
		}},
		{"doctor", "[--json]", "say what this machine lacks, and the command that mends it", runDoctor},
		plain("version", "", "print the version", func([]string) int { fmt.Println("goray", ray.Version); return 0 }),
		plain("help", "", "print this", func([]string) int { usage(os.Stdout); return 0 }),
		{"data", "head|schema|count FILE…", "look into Parquet and CSV files", streams(data.Main)},
		{"tune", "ls [DIR] | show SEARCH", "searches, from the files that they have written", streams(tune.Main)},
		{"serve", "status|routes", "what a server of deployments, or the Serve of a Ray cluster, runs", streams(cli.ServeMain)},
		plain("rllib", "", "reinforcement learning: it is not there yet", func([]string) int {
			fmt.Fprintln(os.Stderr, "goray rllib: this goray has no reinforcement learning yet; on a Ray cluster run Ray's own: goray job submit --address http://HEAD:8265 -- python train.py")
			return 1
		}),
		{"k8s", "render CLUSTER.yaml | check FILE", "manifests with which KubeRay runs Ray on Kubernetes", func(args []string) int {
			return launcher.K8sMain(args, os.Stdout, os.Stderr)
		}},
	}, clusterCommands()...)
}

// clusterCommands are those that bring up and use real Ray clusters, from a cluster file.
func clusterCommands() []entry {
	var out []entry
	for _, name := range launcher.Verbs() {
		args, help := launcher.Help(name)
		out = append(out, entry{name, args, help, func(args []string) int { return launcher.Main(name, args, os.Stdout, os.Stderr) }})
	}
	return out
}

// streams is a command that writes to two streams.
func streams(run func(args []string, stdout, stderr io.Writer) int) func([]string) int {
	return func(args []string) int { return run(args, os.Stdout, os.Stderr) }
}

func main() {
	plug := notebook.New(sources)
	if node.IsWorker() {
		node.Main(node.Options{Code: plug.WorkerCode(workerEngine), Trace: trace})
		return
	}
	node.SetTrace(trace)
	typed.TrackCalls("github.com/goray/goray/runtime/ray")
	node.SetCallSite(typed.CallSite)
	if len(os.Args) < 2 {
		usage(os.Stderr)
		os.Exit(2)
	}
	name, args := os.Args[1], os.Args[2:]
	if name == "session" { // the child of a kernel, in which cells run
		if err := session.Main(sessionConfig(os.Getenv(envEngine))); err != nil {
			fmt.Fprintln(os.Stderr, "goray session:", err)
			os.Exit(1)
		}
		return
	}
	for _, c := range commands() {
		if c.name == name {
			os.Exit(c.run(args))
		}
	}
	fmt.Fprintf(os.Stderr, "goray: no command %q\n\n", name)
	usage(os.Stderr)
	os.Exit(2)
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "goray: Ray in a Go notebook\n\nusage:")
	for _, c := range commands() {
		fmt.Fprintf(w, "  goray %-40s %s\n", strings.TrimSpace(c.name+" "+c.args), c.help)
	}
}

// engines are what --engine may name.
var engines = map[string]func(engine.Config) (engine.Engine, error){
	"typed": typed.New,
	"yaegi": yaegi.New,
}

func sessionConfig(name string) session.Config {
	if name == "" {
		name = "typed"
	}
	return session.Config{NewEngine: engines[name], Engine: name, Version: ray.Version, Plugins: plugins()}
}

// workerEngine runs functions of cells in a worker: they may use what cells use.
func workerEngine(c engine.Config) (engine.Engine, error) {
	c.Packages = append(c.Packages, session.Packages([]plugin.Plugin{compat.New()})...)
	return typed.New(c)
}

func plugins() []plugin.Plugin { return []plugin.Plugin{notebook.New(sources), compat.New()} }

// trace tells a worker where, in the user's cells, a panic came from.
func trace(recovered any) []node.Frame {
	var frames []node.Frame
	for _, f := range typed.TraceOf(recovered) {
		frames = append(frames, node.Frame{Function: f.Function, Cell: f.Cell, Line: f.Line})
	}
	return frames
}

// newCommand is the command of this name, for those whose flags are here.
func newCommand(name string) *command.Command {
	for _, c := range commands() {
		if c.name == name {
			return command.New(name, c.args, c.help, os.Stdout, os.Stderr)
		}
	}
	panic("no command " + name)
}

// engineFlag adds --engine to the flags of a command.
func engineFlag(f *command.Command) *string {
	return f.String("engine", "typed", "typed, or yaegi")
}

func knownEngine(name string) bool {
	if engines[name] == nil {
		fmt.Fprintf(os.Stderr, "goray: no engine %q; there are typed and yaegi\n", name)
		return false
	}
	return true
}

func runKernel(args []string) int {
	f := newCommand("kernel")
	file := f.String("f", "", "connection file")
	eng := engineFlag(f)
	if code, done := f.Read(args); done {
		return code
	}
	if !f.Wants(0, 0) || !knownEngine(*eng) {
		return 2
	}
	os.Setenv(envEngine, *eng)
	if err := kernel.Main(context.Background(), kernel.Options{ConnectionFile: *file, Version: ray.Version}); err != nil {
		fmt.Fprintln(os.Stderr, "goray kernel:", err)
		return 1
	}
	return 0
}

func replOptions(name string) repl.Options {
	return repl.Options{NewEngine: engines[name], Engine: name, Version: ray.Version, Plugins: plugins(),
		RunProgram: typed.RunFile, SetColumns: viz.SetColumns}
}

func runREPL(args []string) int {
	f := newCommand("repl")
	eng := engineFlag(f)
	existing := f.String("existing", "", "connection file of a running kernel to attach to")
	if code, done := f.Read(args); done {
		return code
	}
	if !f.Wants(0, 0) || !knownEngine(*eng) {
		return 2
	}
	o := replOptions(*eng)
	o.Existing = *existing
	return repl.Main(context.Background(), o)
}

func runFile(args []string) int {
	f := newCommand("run")
	if code, done := f.ReadFront(args); done {
		return code
	}
	if len(f.Rest) == 0 {
		return f.Refuse("no file; name a Go program or a script of cells")
	}
	return repl.RunFile(context.Background(), replOptions("typed"), f.Rest[0], f.Rest[1:])
}

func runInstall(args []string) int {
	f := newCommand("install")
	var o kernelspec.Options
	f.StringVar(&o.Prefix, "prefix", "", "a Python environment; default: this user's Jupyter")
	f.StringVar(&o.Name, "name", "goray", "name for jupyter --kernel")
	f.Bool("user", true, "install for this user (the default without --prefix)")
	if code, done := f.Read(args); done {
		return code
	}
	if !f.Wants(0, 0) {
		return 2
	}
	dir, err := kernelspec.Install(o)
	if err != nil {
		return f.Fail(err)
	}
	fmt.Println("installed the kernel in", dir)
	return 0
}

func runDoctor(args []string) int {
	return doctor.Main([]doctor.Check{
		doctor.Jupyter("goray"),
		{Name: "go toolchain", Look: func() doctor.Finding {
			version, err := native.Check(context.Background())
			if err != nil {
				return doctor.Bad(doctor.Warning, "install Go from https://go.dev/dl, and have go in PATH", "%v; functions of cells stay interpreted", err)
			}
			return doctor.Good("%s; functions of cells are compiled", version)
		}},
		{Name: "libxgboost", Look: func() doctor.Finding {
			if err := xgboost.Check(); err != nil {
				return doctor.Bad(doctor.Warning, "make xgboost, or pip install xgboost-cpu==3.2.0", "%v", err)
			}
			version, err := xgboost.LibraryVersion()
			if err != nil {
				return doctor.Bad(doctor.Warning, "make xgboost, or pip install xgboost-cpu==3.2.0", "%v", err)
			}
			return doctor.Good("%s (%s)", version, xgboost.LibraryPath())
		}},
	}, args, os.Stdout, os.Stderr)
}

// exportProgram writes a notebook as a program to a file.
func exportProgram(notebook, program string) error {
	var out, problems bytes.Buffer
	if export.Main(session.Packages(plugins()), []string{notebook}, os.Stdin, &out, &problems) != 0 {
		return errors.New(strings.TrimPrefix(strings.TrimSpace(problems.String()), "goray export: "))
	}
	return os.WriteFile(program, out.Bytes(), 0o600)
}
