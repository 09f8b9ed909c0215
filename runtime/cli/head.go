package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/jobs"
	"github.com/goray/goray/runtime/jobs/supervisor"
	"github.com/goray/goray/runtime/ray"
)

// headPatience is how long "goray start" waits for its head, and "goray stop" for the end of it.
const headPatience = 15 * time.Second

// lockPatience is how long a head waits for the end of one that does not answer.
const lockPatience = 3 * time.Second

func pidFile() string { return filepath.Join(core.HeadDir(), "pid") }
func logFile() string { return filepath.Join(core.HeadDir(), "log") }

// startFlags are what "goray start" knows.
type startFlags struct {
	node        ray.NodeConfig
	config      ray.Config
	resources   string
	labels      string
	address     string
	block, head bool
	patience    time.Duration
	stateDir    string
}

// StartMain is "goray start": with --head it starts a head, which notebooks, the REPL and programs of
// this user join with Config{Address: "auto"} until "goray stop"; with --address it brings another
// virtual node to that head. GORAY_HEAD names another folder for the head's socket and log than the
// usual one, for a second head.
func StartMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("start", "[--head | --address auto] [FLAGS]",
		"Start a head that notebooks, REPLs and programs of this user share, or bring a virtual node to it.\nGORAY_HEAD names another folder for its socket, for a second head.", stdout, stderr)
	var f startFlags
	c.BoolVar(&f.head, "head", false, "start a head (the default without --address)")
	c.StringVar(&f.address, "address", "", "bring a node to the head of this machine: auto")
	c.IntVar(&f.node.NumCPUs, "num-cpus", 0, "logical CPUs (default: those of the machine)")
	c.IntVar(&f.node.NumGPUs, "num-gpus", 0, "logical GPUs (default: those of the machine; none for a further node)")
	c.StringVar(&f.resources, "resources", "", `custom resources as JSON, {"disk": 2}`)
	c.StringVar(&f.labels, "labels", "", "labels of the node, KEY=VALUE,…")
	c.StringVar(&f.node.Name, "node-name", "", "id of a further node (default: chosen)")
	c.Int64Var(&f.node.ObjectStoreMemory, "object-store-memory", 0, "bytes (default: 30 % of the memory)")
	c.IntVar(&f.config.DashboardPort, "dashboard-port", 0, "port of the head's dashboard (default: 8265 or the next free one; -1: none)")
	c.StringVar(&f.config.DashboardHost, "dashboard-host", "", "address that it listens at (default: this machine only; 0.0.0.0: all, with a token)")
	c.DurationVar(&f.patience, "drain-timeout", 30*time.Second, "how long a node's tasks may take to end after SIGTERM")
	c.StringVar(&f.stateDir, "state-dir", "", "folder in which a head keeps detached actors, placement groups and jobs, for the next head (default: they end with it)")
	c.BoolVar(&f.block, "block", false, "stay in the foreground")
	if code, done := c.Read(args); done {
		return code
	}
	if len(c.Rest) > 0 {
		return c.Refuse("%q is no flag; see goray start --help", c.Rest[0])
	}
	if f.head && f.address != "" {
		return c.Refuse("--head and --address %s exclude each other; a head is not a node of another", f.address)
	}
	if f.address != "" && f.address != "auto" {
		return c.Refuse("--address %s: this machine's head is called auto; machines of a Ray cluster are started with ray start", f.address)
	}
	if err := f.read(); err != nil {
		return c.Refuse("%v", err)
	}
	var err error
	switch {
	case f.address != "" && f.block:
		err = serveNode(f, stdout)
	case f.address != "":
		err = startNode(args, stdout)
	case f.block:
		err = serveHead(f, stdout)
	default:
		err = startHead(args, stdout)
	}
	if err != nil {
		return c.Fail(err)
	}
	return 0
}

// startHead starts the head as a process of its own.
func startHead(args []string, stdout io.Writer) error {
	if err := core.MakeHeadDir(); err != nil {
		return err
	}
	if answers() {
		return errHeadRuns()
	}
	pid, err := detach(args, logFile(), headPatience, func(*os.File) bool { return answers() })
	if err != nil {
		return fmt.Errorf("the head %w", err)
	}
	fmt.Fprintf(stdout, "The head runs (pid %d, log %s).\nJoin it with ray.Init(ray.Config{Address: \"auto\"}); end it with goray stop.\n", pid, logFile())
	// A token that was made for the dashboard is told once: by the head, in its log, and here.
	log, err := os.ReadFile(logFile())
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, "/?token=") || strings.HasPrefix(line, resumed) || strings.HasPrefix(line, notResumed) {
			fmt.Fprint(stdout, line)
		}
	}
	return nil
}

// detach runs this command again with --block as a process that goes on, until ready says that it
// does its work. One that does not within patience is ended.
func detach(args []string, logPath string, patience time.Duration, ready func(log *os.File) bool) (pid int, err error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return 0, fmt.Errorf("has no log: %w", err)
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(self, append([]string{"start", "--block"}, args...)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("does not start: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	limit := time.After(patience)
	for !ready(log) {
		select {
		case err := <-ended:
			text, _ := os.ReadFile(logPath)
			return 0, fmt.Errorf("ended (%v): %s", err, strings.TrimPrefix(strings.TrimSpace(string(text)), "goray start: "))
		case <-limit:
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // with its workers: it leads a session
			<-ended
			text, _ := os.ReadFile(logPath)
			return 0, fmt.Errorf("did not answer within %v and was ended; the end of its log %s:\n%s", patience, logPath, end(text, 2048))
		case <-time.After(10 * time.Millisecond):
		}
	}
	return cmd.Process.Pid, nil
}

// end is the end of a text, of at most n bytes from the beginning of a line on.
func end(text []byte, n int) string {
	text = bytes.TrimSpace(text)
	if len(text) > n {
		text = text[len(text)-n:]
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			text = text[i+1:]
		}
	}
	return string(text)
}

// serveHead is the life of the head.
func serveHead(f startFlags, stdout io.Writer) error {
	if err := core.MakeHeadDir(); err != nil {
		return err
	}
	unlock, err := claimFolder()
	if err != nil {
		return err
	}
	defer unlock()
	f.config.Address = "local" // whatever the environment says
	context, err := ray.Init(f.config)
	if err != nil {
		return err
	}
	defer ray.Shutdown()
	server, err := backend[core.Server]()
	if err != nil {
		return err
	}
	if err := resume(f.stateDir, stdout); err != nil {
		return err
	}
	end, err := serveJobs(f.stateDir)
	if err != nil {
		return err
	}
	defer end()
	if err := os.WriteFile(pidFile(), []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		return err
	}
	defer os.Remove(pidFile())
	over := make(chan os.Signal, 1) // before somebody finds the head, and ends it
	signal.Notify(over, os.Interrupt, syscall.SIGTERM)
	// The last thing: who finds this socket finds the rest.
	if err := server.Serve(core.HeadSocket()); err != nil {
		return err
	}
	fmt.Fprintln(stdout, context)
	<-over
	return nil
}

// errHeadRuns says that the folder is taken.
func errHeadRuns() error {
	return fmt.Errorf("a head of yours runs already (%s); use it, stop it with goray stop, or set GORAY_HEAD to another folder for a second one", core.HeadDir())
}

// claimFolder makes sure that one head at a time uses the folder. The claim goes with the process,
// however that ends.
func claimFolder() (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(core.HeadDir(), "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	// One that was just killed may have threads that are about to end, and the lock with them.
	for begun := time.Now(); syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil; time.Sleep(10 * time.Millisecond) {
		if answers() || time.Since(begun) > lockPatience {
			f.Close()
			return nil, errHeadRuns()
		}
	}
	return func() { f.Close() }, nil
}

// serveJobs lets the head run jobs; end stops them.
func serveJobs(stateDir string) (end func(), err error) {
	info := core.AnyBackend().Info()
	records, closeRecords, err := jobRecords(stateDir)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s, err := supervisor.New(supervisor.Config{
		Dir: jobsDir(stateDir, info.SessionDir), Records: records, NodeID: info.NodeID, Guard: []string{self, "job", "guard"},
		Env:     []string{"GORAY_HEAD=" + core.HeadDir()},
		Reserve: reserve, Drivers: drivers, JobOf: jobOf,
		Event: func(id string, status jobs.Status, message string) {
			if log, err := backend[core.EventLog](); err == nil {
				severity := "INFO"
				if status == jobs.Failed {
					severity = "ERROR"
				}
				log.Record(core.Event{Severity: severity, Type: "JOB_" + string(status), ID: id, Message: message})
			}
		},
	})
	if err != nil {
		return nil, err
	}
	if err := os.Remove(core.HeadJobs()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no socket for jobs: %w", err)
	}
	l, err := net.Listen("unix", core.HeadJobs())
	if err == nil {
		err = os.Chmod(core.HeadJobs(), 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("no socket for jobs: %w", err)
	}
	core.SetJobs(func() any {
		list, _ := s.List(context.Background()) // it only reads what it has
		for i := range list {
			list[i] = list[i].Redacted()
		}
		return list
	})
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 5 * time.Second}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(l) // it returns when it is closed
	}()
	return func() {
		core.SetJobs(nil)
		s.Close()
		_ = server.Close() // nobody reads any more
		<-served
		closeRecords()
	}, nil
}

// reserve keeps the resources of an entrypoint, in a placement group of one bundle.
func reserve(ctx context.Context, s jobs.Submission) (release func(), err error) {
	bundle := ray.Bundle{}
	for name, amount := range map[string]float64{core.CPU: s.NumCPUs, core.GPU: s.NumGPUs, core.Memory: float64(s.Memory)} {
		if amount > 0 {
			bundle[name] = amount
		}
	}
	for name, amount := range s.Resources {
		bundle[name] = amount
	}
	pg := ray.NewPlacementGroup([]ray.Bundle{bundle}, ray.Pack, ray.Name("entrypoint of "+s.ID))
	release = func() { _ = pg.Remove() } // it ends with the session otherwise
	if err = pg.WaitContext(ctx); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// jobOf finds the last driver that a job has started.
func jobOf(submission string) (job string) {
	if warden, err := backend[core.Warden](); err == nil {
		for _, d := range warden.Drivers() {
			if d.Submission == submission {
				job = d.Job
			}
		}
	}
	return job
}

// drivers lists the programs that have joined by themselves, as jobs.
func drivers() (list []jobs.Info) {
	warden, err := backend[core.Warden]()
	if err != nil {
		return nil
	}
	for _, d := range warden.Drivers() {
		if d.Submission != "" || d.Namespace == ownNamespace {
			continue
		}
		i := jobs.Info{
			Type: "DRIVER", JobID: d.Job, Status: jobs.Running, Entrypoint: d.Command, StartTime: d.Joined.UnixMilli(),
			Metadata: map[string]string{}, RuntimeEnv: map[string]any{},
		}
		if !d.Left.IsZero() {
			i.Status, i.EndTime = jobs.Succeeded, d.Left.UnixMilli() // it has left; how it ended nobody was told
		}
		list = append(list, i)
	}
	return list
}
