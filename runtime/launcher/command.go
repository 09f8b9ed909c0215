package launcher

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/goray/goray/runtime/command"
)

// An invocation is a command line, taken apart.
type invocation struct {
	verb    verb
	file    string
	rest    []string // after the file: COMMAND, SCRIPT ARGS …
	passed  []string // flags for Ray, in their order
	values  map[string]string
	dryRun  bool
	binary  string // --goray
	xgboost bool   // --with xgboost
	out     io.Writer
	err     io.Writer
	cluster *Cluster
}

// Main is the commands "goray up" and its siblings; name is the command's. It returns the exit
// code: 0, 1 when something failed, 2 when the command line or the cluster file is wrong.
//
// Flags are those of Ray's command of the same name, passed on as they are, and ours:
//
//	--dry-run      print the plan and stop (up)
//	--with xgboost have libxgboost on the nodes, for train.XGBoost
//	--goray FILE   the goray binary for the nodes (default: this one, on Linux); "none" leaves it out
func Main(name string, args []string, out, err io.Writer) int {
	inv, e := parse(name, args)
	var help helpAsked
	if errors.As(e, &help) {
		fmt.Fprintln(out, string(help))
		return 0
	}
	if e != nil {
		fmt.Fprintf(err, "goray %s: %v\n", name, e)
		return 2
	}
	inv.out, inv.err = out, err
	doc, e := Load(inv.file)
	if e == nil {
		inv.cluster, e = doc.Cluster(inv.overrides())
	}
	if e != nil {
		fmt.Fprintf(err, "goray %s: %v\n", name, e)
		return 2
	}
	if !inv.dryRun {
		for _, n := range doc.Notes {
			fmt.Fprintf(err, "goray %s: note: %s\n", name, n)
		}
	}
	if e := inv.run(); e != nil {
		var code exitCode
		if errors.As(e, &code) {
			return int(code)
		}
		fmt.Fprintf(err, "goray %s: %v\n", name, e)
		return 1
	}
	return 0
}

// helpAsked is no failure: what was asked for.
type helpAsked string

func (h helpAsked) Error() string { return string(h) }

// exitCode is the failure of a program that has said itself what went wrong.
type exitCode int

func (c exitCode) Error() string { return "exit status " + strconv.Itoa(int(c)) }

func parse(name string, args []string) (*invocation, error) {
	v, ok := findVerb(name)
	if !ok {
		return nil, fmt.Errorf("no such command; known: %s", strings.Join(Verbs(), ", "))
	}
	inv := &invocation{verb: v, values: map[string]string{}}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			inv.rest = append(inv.rest, args[i+1:]...)
			break
		}
		// What follows the script belongs to the script.
		if !strings.HasPrefix(arg, "-") || arg == "-" || name == "submit" && len(inv.rest) > 0 {
			if inv.file == "" {
				inv.file = arg
			} else {
				inv.rest = append(inv.rest, arg)
			}
			continue
		}
		flag, value, joined := strings.Cut(arg, "=")
		takes, known := v.flags[flag]
		ours := flag == "--goray" || flag == "--with"
		switch {
		case flag == "--dry-run" && name == "up":
			inv.dryRun = true
			continue
		case command.IsHelp(flag):
			return nil, helpAsked(v.usage())
		case !known && !ours:
			return nil, fmt.Errorf("no flag %s; %s", flag, v.usage())
		case !takes && !ours:
			inv.passed = append(inv.passed, arg)
			continue
		}
		if !joined {
			if i++; i >= len(args) {
				return nil, fmt.Errorf("%s needs a value", flag)
			}
			value = args[i]
		}
		inv.values[flag] = value
		switch {
		case flag == "--goray":
			inv.binary = value
		case flag == "--with" && value == "xgboost":
			inv.xgboost = true
		case flag == "--with":
			return nil, fmt.Errorf("--with %s: known is xgboost", value)
		default:
			inv.passed = append(inv.passed, flag, value)
		}
	}
	if inv.file == "" {
		return nil, errors.New("no cluster file; " + v.usage())
	}
	if v.args != "" && !strings.HasPrefix(v.args, "[") && len(inv.rest) == 0 {
		return nil, errors.New("nothing to run; " + v.usage())
	}
	for _, f := range []string{"--min-workers", "--max-workers"} {
		if s, given := inv.values[f]; given {
			if n, err := strconv.Atoi(s); err != nil || n < 0 {
				return nil, fmt.Errorf("%s must be a number of nodes, not %q", f, s)
			}
		}
	}
	return inv, nil
}

func (v verb) usage() string {
	args, help := Help(v.name)
	own := "--goray FILE --with xgboost"
	if v.name == "up" {
		own += " --dry-run"
	}
	return fmt.Sprintf("usage: goray %s %s (%s); flags: %s, and Ray's %s", v.name, args, help, own,
		strings.Join(slices.Sorted(maps.Keys(v.flags)), " "))
}

func (inv *invocation) overrides() Overrides {
	count := func(flag string) *int {
		s, given := inv.values[flag]
		if !given {
			return nil
		}
		n, _ := strconv.Atoi(s)
		return &n
	}
	return Overrides{Name: cmp.Or(inv.values["-n"], inv.values["--cluster-name"]), Min: count("--min-workers"), Max: count("--max-workers")}
}

// additions decides what goes to the nodes.
func (inv *invocation) additions() (Additions, error) {
	a := Additions{XGBoost: inv.xgboost}
	switch inv.binary {
	case "none":
		return a, nil
	case "":
		// Nodes run Linux. A binary for another system would only take up room there.
		if runtime.GOOS != "linux" {
			return a, nil
		}
		exe, err := os.Executable()
		a.Binary = exe
		return a, err
	}
	if !isFile(inv.binary) {
		return a, fmt.Errorf("--goray %s: no such file; build one with: CGO_ENABLED=0 GOOS=linux go build -o goray-linux .", inv.binary)
	}
	a.Binary = inv.binary
	return a, nil
}

func (inv *invocation) run() error {
	a, err := inv.additions()
	if err != nil {
		return err
	}
	c := inv.cluster
	if inv.dryRun {
		_, err := io.WriteString(inv.out, c.Plan(a))
		return err
	}
	var python string
	if c.Provider != "kubernetes" {
		if python, err = FindRay(); err != nil {
			return err
		}
	}
	if missing := c.Missing(Here(python)); len(missing) > 0 {
		return fmt.Errorf("nothing was done, for this is missing:\n  - %s", strings.Join(missing, "\n  - "))
	}
	switch c.Provider {
	case "kubernetes":
		return inv.kubernetes()
	case "fake_multinode":
		return inv.processes(python)
	}
	path, err := c.writeEffective(a)
	if err != nil {
		return err
	}
	args := append([]string{inv.verb.name}, inv.passed...)
	args = append(args, path)
	if inv.verb.name == "submit" && len(inv.rest) > 1 {
		args = append(args, inv.rest[0], "--")
		args = append(args, inv.rest[1:]...)
	} else {
		args = append(args, inv.rest...)
	}
	cmd := rayCommand(python, args...)
	if _, chosen := os.LookupEnv(envAutoscalerV2); !chosen && c.Provider == "local" {
		cmd.Env = append(cmd.Env, envAutoscalerV2+"=0")
	}
	return inv.pass(cmd)
}

// envAutoscalerV2 chooses between Ray's two autoscalers. The second one, the default since Ray 2.50,
// counts the head of provider local among the workers, as both have one node type, and so starts one
// worker too few; the first one does not.
const envAutoscalerV2 = "RAY_UP_enable_autoscaler_v2"

// pass runs a program with our standard streams and hands on its exit code.
func (inv *invocation) pass(cmd *exec.Cmd) error {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, inv.out, inv.err
	err := cmd.Run()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return exitCode(max(failed.ExitCode(), 1))
	}
	return err
}
