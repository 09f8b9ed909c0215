package jobs

import (
	"maps"
	"regexp"
	"time"
)

// Status is how far a job is.
type Status string

// The states of a job. The last three are final.
const (
	Pending   Status = "PENDING"
	Running   Status = "RUNNING"
	Stopped   Status = "STOPPED"
	Succeeded Status = "SUCCEEDED"
	Failed    Status = "FAILED"
)

// Final reports whether the job has ended.
func (s Status) Final() bool { return s == Stopped || s == Succeeded || s == Failed }

// Info describes a job. In JSON it has the fields of Ray's REST API.
type Info struct {
	Type         string `json:"type"`          // "SUBMISSION", or "DRIVER" for a program that has joined by itself
	JobID        string `json:"job_id"`        // of the driver, as far as it is known
	SubmissionID string `json:"submission_id"` // what the other calls want; empty for a driver
	Status       Status `json:"status"`
	Entrypoint   string `json:"entrypoint"`        // the shell command
	Message      string `json:"message,omitempty"` // why the status is what it is
	ErrorType    string `json:"error_type,omitempty"`
	StartTime    int64  `json:"start_time,omitempty"` // milliseconds since 1970
	EndTime      int64  `json:"end_time,omitempty"`   // milliseconds since 1970; 0 until it has ended
	// Metadata is what the submitter attached.
	Metadata   map[string]string `json:"metadata"`
	RuntimeEnv map[string]any    `json:"runtime_env"`
	NodeID     string            `json:"driver_node_id,omitempty"`
	// ExitCode is the entrypoint's, or the negative number of the signal that ended it; nil until then.
	ExitCode *int `json:"driver_exit_code"`
}

// Duration is how long the job ran, or has been running until now.
func (i Info) Duration(now time.Time) time.Duration {
	if i.StartTime == 0 {
		return 0
	}
	if i.EndTime > 0 {
		now = time.UnixMilli(i.EndTime)
	}
	return now.Sub(time.UnixMilli(i.StartTime))
}

// secret is in the names of variables whose values are nobody's business.
var secret = regexp.MustCompile(`(?i)key|token|secret|passw|passphrase|credential|auth|(^|_)(pat|pwd|dsn)(_|$)`)

// Hidden is what Redacted puts in the place of a secret.
const Hidden = "(hidden)"

// Redacted is the job as views that anybody on the machine may see show it: without the values of
// environment variables whose names look like those of secrets.
func (i Info) Redacted() Info {
	hide := func(name string, value any) any {
		if secret.MatchString(name) {
			return Hidden
		}
		return value
	}
	switch vars := i.RuntimeEnv["env_vars"].(type) {
	case map[string]any:
		shown := map[string]any{}
		for name, value := range vars {
			shown[name] = hide(name, value)
		}
		i.RuntimeEnv = maps.Clone(i.RuntimeEnv)
		i.RuntimeEnv["env_vars"] = shown
	case map[string]string:
		shown := map[string]any{}
		for name, value := range vars {
			shown[name] = hide(name, value)
		}
		i.RuntimeEnv = maps.Clone(i.RuntimeEnv)
		i.RuntimeEnv["env_vars"] = shown
	}
	return i
}

// Submission is a job to be run.
type Submission struct {
	// Entrypoint is a command of the shell.
	Entrypoint string
	// ID names the job; "" is chosen. One that was used before is refused.
	ID string
	// WorkingDir is a directory, of which the job gets a copy to run in, or the address of one that
	// the server knows ("gcs://…"). "" runs in an empty one, but for the file that the entrypoint names:
	// "goray run x.go" and "./train" find theirs. RuntimeEnv["working_dir"] is the same.
	WorkingDir string
	// Metadata is kept with the job.
	Metadata map[string]string
	// RuntimeEnv is Ray's runtime environment: "env_vars", "working_dir", "excludes". A server
	// refuses what it does not know.
	RuntimeEnv map[string]any
	// The resources that the entrypoint itself takes while it runs, besides those of its tasks.
	NumCPUs, NumGPUs float64
	Memory           int64 // bytes
	Resources        map[string]float64
}
