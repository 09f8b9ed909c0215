package ray

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// headPatience is how long "goray start" waits for its head, and "goray stop" for the end of it.
const headPatience = 15 * time.Second

// StartMain is "goray start": it starts a head, which notebooks, the REPL and programs of this
// user join with Config{Address: "auto"} until "goray stop". It returns the exit code. GORAY_HEAD
// names another folder for the head's socket and log than the usual one, for a second head.
func StartMain(args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("start", flag.ContinueOnError)
	f.SetOutput(stderr)
	var c Config
	f.IntVar(&c.NumCPUs, "num-cpus", 0, "logical CPUs (default: those of the machine)")
	f.IntVar(&c.NumGPUs, "num-gpus", 0, "logical GPUs (default: those of the machine)")
	f.Int64Var(&c.ObjectStoreMemory, "object-store-memory", 0, "bytes (default: 30 % of the memory)")
	f.IntVar(&c.DashboardPort, "dashboard-port", 0, "port of the dashboard (default: 8265 or the next free one; -1: none)")
	block := f.Bool("block", false, "stay in the foreground")
	f.Bool("head", true, "as in Ray; there is no other kind")
	if err := f.Parse(args); err != nil {
		return 2
	}
	if f.NArg() > 0 {
		fmt.Fprintf(stderr, "goray start: %q is no flag; see goray start -h\n", f.Arg(0))
		return 2
	}
	var err error
	if *block {
		err = serveHead(c, stdout)
	} else {
		err = startHead(args, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "goray start:", err)
		return 1
	}
	return 0
}

func pidFile() string { return filepath.Join(core.HeadDir(), "pid") }
func logFile() string { return filepath.Join(core.HeadDir(), "log") }

// headAnswers reports whether a head listens.
func headAnswers() bool {
	c, err := net.Dial("unix", core.HeadSocket())
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// startHead starts the head as a process of its own.
func startHead(args []string, stdout io.Writer) error {
	if headAnswers() {
		return errors.New("a head of yours runs already; use it, or stop it with goray stop")
	}
	if err := os.MkdirAll(core.HeadDir(), 0o700); err != nil {
		return err
	}
	log, err := os.OpenFile(logFile(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, append([]string{"start", "--block"}, args...)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	limit := time.After(headPatience)
	for !headAnswers() {
		select {
		case err := <-ended:
			text, _ := os.ReadFile(logFile())
			return fmt.Errorf("the head ended (%v): %s", err, strings.TrimSpace(string(text)))
		case <-limit:
			return fmt.Errorf("the head does not answer within %v; look into %s", headPatience, logFile())
		case <-time.After(10 * time.Millisecond):
		}
	}
	fmt.Fprintf(stdout, "The head runs (pid %d, log %s).\nJoin it with ray.Init(ray.Config{Address: \"auto\"}); end it with goray stop.\n", cmd.Process.Pid, logFile())
	return nil
}

// serveHead is the life of the head.
func serveHead(c Config, stdout io.Writer) error {
	if err := os.MkdirAll(core.HeadDir(), 0o700); err != nil {
		return err
	}
	context, err := Init(c)
	if err != nil {
		return err
	}
	defer Shutdown()
	server, ok := currentSession().backend.(core.Server)
	if !ok {
		return errors.New("this backend cannot be shared; start the head without an address")
	}
	if err := server.Serve(core.HeadSocket()); err != nil {
		return err
	}
	if err := os.WriteFile(pidFile(), []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		return err
	}
	defer os.Remove(pidFile())
	fmt.Fprintln(stdout, context)
	end := make(chan os.Signal, 1)
	signal.Notify(end, os.Interrupt, syscall.SIGTERM)
	<-end
	return nil
}

// StopMain is "goray stop": it ends this user's head, with all that runs on it. It returns the
// exit code.
func StopMain(_ []string, stdout, stderr io.Writer) int {
	text, err := os.ReadFile(pidFile())
	pid, _ := strconv.Atoi(string(text))
	if err != nil || pid <= 0 || !headAnswers() {
		fmt.Fprintln(stdout, "No head of yours runs on this machine.")
		return 0
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		fmt.Fprintln(stderr, "goray stop:", err)
		return 1
	}
	for begin := time.Now(); time.Since(begin) < headPatience; time.Sleep(10 * time.Millisecond) {
		if syscall.Kill(pid, 0) != nil {
			fmt.Fprintln(stdout, "The head has ended.")
			return 0
		}
	}
	fmt.Fprintf(stderr, "goray stop: the head, pid %d, does not end within %v; end it with kill -9 %d\n", pid, headPatience, pid)
	return 1
}

// join joins the head for a command; leave ends that.
func join() (leave func(), err error) {
	if IsInitialized() {
		return func() {}, nil
	}
	off := false
	if _, err := Init(Config{Address: "auto", LogToDriver: &off}); err != nil {
		return nil, err
	}
	return func() { Shutdown() }, nil
}

// StatusMain is "goray status": it writes what the head has and does. It returns the exit code.
func StatusMain(_ []string, stdout, stderr io.Writer) int {
	leave, err := join()
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	defer leave()
	nodes, err := ListNodes()
	if err == nil {
		fmt.Fprintln(stdout, nodes)
		var tasks *TaskSummary
		if tasks, err = SummarizeTasks(); err == nil {
			fmt.Fprintln(stdout, tasks)
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	total, free := ClusterResources(), AvailableResources()
	for _, name := range core.Resources(total).Names() {
		fmt.Fprintf(stdout, "%s: %g of %g in use\n", name, total[name]-free[name], total[name])
	}
	return 0
}

// ListMain is "goray list KIND [--filter KEY=VALUE] [--limit N]": it lists the head's tasks, actors,
// objects, nodes, workers or placement-groups. It returns the exit code.
func ListMain(args []string, stdout, stderr io.Writer) int {
	kinds := "tasks, actors, objects, nodes, workers or placement-groups"
	if len(args) == 0 {
		fmt.Fprintln(stderr, "usage: goray list KIND [--filter KEY=VALUE] [--limit N]\nKIND is "+kinds+".")
		return 2
	}
	f := flag.NewFlagSet("list", flag.ContinueOnError)
	f.SetOutput(stderr)
	var opts []ListOption
	f.Func("filter", "KEY=VALUE or KEY!=VALUE; may be given several times", func(s string) error {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			return errors.New("want KEY=VALUE or KEY!=VALUE")
		}
		op := "="
		if k, not := strings.CutSuffix(key, "!"); not {
			key, op = k, "!="
		}
		opts = append(opts, Filter(key, op, value))
		return nil
	})
	limit := f.Int("limit", 100, "how many at most")
	if err := f.Parse(args[1:]); err != nil {
		return 2
	}
	leave, err := join()
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	defer leave()
	opts = append(opts, Limit(*limit))
	var list fmt.Stringer
	switch args[0] {
	case "tasks":
		list, err = ListTasks(opts...)
	case "actors":
		list, err = ListActors(opts...)
	case "objects":
		list, err = ListObjects(opts...)
	case "nodes":
		list, err = ListNodes(opts...)
	case "workers":
		list, err = ListWorkers(opts...)
	case "placement-groups":
		list, err = ListPlacementGroups(opts...)
	default:
		err = invalidCall("goray list %s: there is no such kind; use %s", args[0], kinds)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	fmt.Fprintln(stdout, list)
	return 0
}
