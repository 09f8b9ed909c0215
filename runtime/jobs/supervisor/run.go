package supervisor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/jobs"
)

// job is one of the supervisor's. What is not marked otherwise does not change.
type job struct {
	sub    jobs.Submission
	env    environment
	log    *output
	cancel context.CancelFunc // of the waiting for resources
	once   sync.Once
	stop   chan struct{} // closed when somebody wants it to end
	done   chan struct{} // closed when it has ended

	info jobs.Info // under Supervisor.mu
}

func (j *job) requestStop() {
	j.once.Do(func() {
		close(j.stop)
		j.cancel()
	})
}

func (j *job) stopping() bool {
	select {
	case <-j.stop:
		return true
	default:
		return false
	}
}

// set changes what the job is.
func (s *Supervisor) set(j *job, change func(*jobs.Info)) {
	s.mu.Lock()
	before := j.info.Status
	change(&j.info)
	if j.info.Status.Final() && j.info.EndTime == 0 {
		j.info.EndTime = time.Now().UnixMilli()
	}
	after := j.info
	s.mu.Unlock()
	s.record(after)
	if s.cfg.Event != nil && after.Status != before {
		message, _, _ := strings.Cut(after.Message, lastLinesFollow)
		s.cfg.Event(after.SubmissionID, after.Status, message)
	}
}

// lastLinesFollow stands in a message before what was printed last.
const lastLinesFollow = "; its last lines:\n"

// live is the life of a job.
func (s *Supervisor) live(ctx context.Context, j *job) {
	defer close(j.done)
	defer j.log.end()
	s.set(j, func(*jobs.Info) {}) // it is written down
	if s.cfg.Event != nil {
		s.cfg.Event(j.sub.ID, jobs.Pending, j.sub.Entrypoint)
	}
	if asks(j.sub) {
		s.set(j, func(i *jobs.Info) { i.Message += " It waits for the resources of its entrypoint." })
		release, err := s.cfg.Reserve(ctx, j.sub)
		if err != nil {
			s.ended(j, outcome{problem: err.Error(), errorType: "JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE"})
			return
		}
		defer release()
	}
	dir := s.workDir(j.sub.ID)
	err := os.MkdirAll(dir, 0o700)
	if err == nil && j.env.pkg != "" {
		var data []byte
		if data, err = os.ReadFile(j.env.pkg); err == nil {
			err = jobs.Unpack(data, dir)
		}
	}
	if err != nil {
		s.ended(j, outcome{problem: "The working directory cannot be made: " + err.Error(), errorType: "RUNTIME_ENV_SETUP_FAILURE"})
		return
	}
	s.ended(j, s.run(j, dir))
}

// outcome is how a job ended.
type outcome struct {
	problem   string // it did not come to an end of its own
	errorType string
	code      int // of the entrypoint; negative: the signal that ended it
}

func (s *Supervisor) ended(j *job, o outcome) {
	s.set(j, func(i *jobs.Info) {
		if o.problem == "" {
			i.ExitCode = &o.code
		}
		switch {
		case j.stopping():
			i.Status, i.Message = jobs.Stopped, "The job was stopped."
		case o.problem != "":
			i.Status, i.Message, i.ErrorType = jobs.Failed, o.problem, o.errorType
		case o.code == 0:
			i.Status, i.Message = jobs.Succeeded, "The job finished successfully."
		default:
			how := fmt.Sprintf("ended with exit code %d", o.code)
			if o.code < 0 {
				how = fmt.Sprintf("was ended by a signal (%v)", syscall.Signal(-o.code))
			}
			i.Status, i.ErrorType = jobs.Failed, "JOB_ENTRYPOINT_COMMAND_ERROR"
			i.Message = "The entrypoint " + how + lastLinesFollow + j.log.lastLines(10)
		}
	})
}

// run runs the entrypoint under a guard.
func (s *Supervisor) run(j *job, dir string) outcome {
	failed := func(err error) outcome {
		return outcome{problem: "The entrypoint cannot be started: " + err.Error(), errorType: "JOB_ENTRYPOINT_COMMAND_START_ERROR"}
	}
	lines, theirLines, err := os.Pipe()
	if err != nil {
		return failed(err)
	}
	defer lines.Close()
	theirOrders, orders, err := os.Pipe()
	if err != nil {
		theirLines.Close()
		return failed(err)
	}
	defer orders.Close()
	reports, theirReports, err := os.Pipe()
	if err != nil {
		theirLines.Close()
		theirOrders.Close()
		return failed(err)
	}
	defer reports.Close()
	cmd := exec.Command(s.cfg.Guard[0], append(s.cfg.Guard[1:len(s.cfg.Guard):len(s.cfg.Guard)], j.sub.Entrypoint)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, theirLines, theirLines
	cmd.ExtraFiles = []*os.File{theirOrders, theirReports}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt at the terminal is not for it
	cmd.Env = append(os.Environ(), "GORAY_ADDRESS=auto", "GORAY_JOB_ID="+j.sub.ID, "PATH="+filepath.Join(s.cfg.Dir, "bin")+":"+os.Getenv("PATH"))
	cmd.Env = append(append(cmd.Env, s.cfg.Env...), j.env.vars...)
	err = cmd.Start()
	theirLines.Close()
	theirOrders.Close()
	theirReports.Close()
	if err != nil {
		return failed(err)
	}
	s.set(j, func(i *jobs.Info) { i.Status, i.Message = jobs.Running, "The job is running." })
	var copying sync.WaitGroup
	copying.Go(func() { _, _ = io.Copy(j.log, lines) }) // the log never fails
	told := make(chan report, 1)
	copying.Go(func() { told <- readReport(reports) })
	exited := make(chan struct{})
	copying.Go(func() {
		select {
		case <-j.stop:
			_, _ = orders.WriteString("stop\n") // a guard that has gone needs no order
		case <-exited:
		}
	})
	err = cmd.Wait()
	close(exited)
	r := <-told
	if !r.complete() {
		// Nobody else ends what the guard has left, or closes the pipe that it writes to.
		if r.group > 0 {
			_ = syscall.Kill(-r.group, syscall.SIGKILL) // it may have ended
		}
		_ = lines.SetReadDeadline(time.Now().Add(stopPatience))
	}
	copying.Wait()
	switch {
	case r.problem != "":
		return failed(errors.New(r.problem))
	case r.ended:
		return outcome{code: r.code}
	}
	return outcome{problem: fmt.Sprintf("The guard of the job ended (%v); it may have been killed, or memory was short.", err), errorType: "JOB_SUPERVISOR_ACTOR_DIED"}
}

// report is what a guard tells, line by line.
type report struct {
	group   int    // of the entrypoint's processes
	problem string // why it could not be started
	ended   bool   // with the exit code
	code    int
}

func (r report) complete() bool { return r.ended || r.problem != "" }

// readReport reads until the guard has ended.
func readReport(from io.Reader) (r report) {
	for lines := bufio.NewScanner(from); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		n, bad := strconv.Atoi(rest)
		switch {
		case word == "group" && bad == nil:
			r.group = n
		case word == "exit" && bad == nil:
			r.code, r.ended = n, true
		case word == "error":
			r.problem = rest
		}
	}
	return r
}
