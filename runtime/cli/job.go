package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	_ "github.com/goray/goray/runtime/internal/rayjobs" // addresses http://…
	"github.com/goray/goray/runtime/jobs"
	"github.com/goray/goray/runtime/jobs/supervisor"
)

// JobTools are what "goray job" has from the program that it is part of.
type JobTools struct {
	// Export writes a notebook as a Go program to a file; nil where notebooks cannot be submitted.
	Export func(notebook, program string) error
}

type jobCommand struct {
	name, usage, help string
	run               func(c *invocation, args []string, tools JobTools) int
}

func jobCommands() []jobCommand {
	return []jobCommand{
		{"submit", "[FLAGS] -- COMMAND", "Run a command on the head, and write what it prints until it has ended.\nThe exit code is 0 when the job succeeded, and 1 otherwise.", jobSubmit},
		{"status", "ID", "How far a job is.", jobStatus},
		{"logs", "ID [-f]", "Write what a job has printed.", jobLogs},
		{"stop", "ID [--no-wait]", "End a job: SIGTERM to all of its processes, SIGKILL after 3 s.", jobStop},
		{"list", "", "List jobs.", jobList},
		{"delete", "ID", "Forget a job that has ended, with its logs.", jobDelete},
	}
}

// JobMain is "goray job": it submits programs to a head or to a Ray cluster, and looks after them. It
// returns the exit code.
func JobMain(args []string, tools JobTools, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "guard" { // the head's: see package supervisor
		return supervisor.GuardMain(args[1:])
	}
	usage := func(w io.Writer) {
		fmt.Fprint(w, "usage: goray job COMMAND\nRun programs on a head, or on a Ray cluster.\n\n")
		for _, c := range jobCommands() {
			help, _, _ := strings.Cut(c.help, "\n")
			fmt.Fprintf(w, "  goray job %-28s %s\n", strings.TrimSpace(c.name+" "+c.usage), help)
		}
	}
	if len(args) == 0 {
		usage(stderr)
		return 2
	}
	for _, c := range jobCommands() {
		if c.name == args[0] {
			return c.run(newCommand("job "+c.name, c.usage, c.help, stdout, stderr), args[1:], tools)
		}
	}
	if args[0] == "-h" || args[0] == "--help" || args[0] == "-help" {
		usage(stdout)
		return 0
	}
	fmt.Fprintf(stderr, "goray job: no command %q\n", args[0])
	usage(stderr)
	return 2
}

// server adds the flags that say which server is asked; open connects.
func (c *invocation) server() (open func() (*jobs.Client, error)) {
	address := c.String("address", "", "the server: auto is the head of this machine, http://HOST:8265 a Ray cluster (default: RAY_API_SERVER_ADDRESS, GORAY_ADDRESS, or auto)")
	headers := c.String("headers", "", `with each request to http, as JSON: {"Authorization": "…"}`)
	ca := c.String("ca-file", "", "certificates for https (default: those of the machine)")
	return func() (*jobs.Client, error) {
		o := jobs.Options{CAFile: *ca}
		if *headers != "" {
			if err := json.Unmarshal([]byte(*headers), &o.Headers); err != nil {
				return nil, fmt.Errorf("--headers: %w; write JSON", err)
			}
		}
		to := *address
		if to == "" {
			to = os.Getenv("RAY_API_SERVER_ADDRESS")
		}
		return jobs.NewClient(to, o)
	}
}

// submission reads the flags of "goray job submit".
type submission struct {
	jobs.Submission
	env                                     words
	envJSON, envFile, metadata, resourceMap string
}

func (s *submission) flags(c *invocation) {
	c.StringVar(&s.WorkingDir, "working-dir", "", "a directory, of which the job gets a copy to run in; what .gitignore names stays behind (default: an empty one)")
	c.StringVar(&s.ID, "submission-id", "", "name of the job (default: chosen)")
	c.Var(&s.env, "env", "KEY=VALUE for the environment; may be given several times")
	c.StringVar(&s.envJSON, "runtime-env-json", "", `Ray's runtime environment as JSON: {"env_vars": {"K": "V"}, "excludes": ["*.csv"]}`)
	c.StringVar(&s.envFile, "runtime-env", "", "a YAML file of it")
	c.StringVar(&s.metadata, "metadata-json", "", "texts to be kept with the job, as JSON")
	c.Float64Var(&s.NumCPUs, "entrypoint-num-cpus", 0, "CPUs that the command itself takes, besides its tasks")
	c.Float64Var(&s.NumGPUs, "entrypoint-num-gpus", 0, "GPUs that the command itself takes")
	c.Int64Var(&s.Memory, "entrypoint-memory", 0, "bytes that the command itself takes")
	c.StringVar(&s.resourceMap, "entrypoint-resources", "", "custom resources that the command itself takes, as JSON")
}

func (s *submission) read() error {
	s.RuntimeEnv = map[string]any{}
	if s.envFile != "" {
		text, err := os.ReadFile(s.envFile)
		if err == nil {
			err = yaml.Unmarshal(text, &s.RuntimeEnv)
		}
		if err != nil {
			return fmt.Errorf("--runtime-env: %w", err)
		}
	}
	for _, part := range []struct {
		flag, text string
		to         any
	}{{"runtime-env-json", s.envJSON, &s.RuntimeEnv}, {"metadata-json", s.metadata, &s.Metadata}, {"entrypoint-resources", s.resourceMap, &s.Resources}} {
		if part.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(part.text), part.to); err != nil {
			return fmt.Errorf("--%s: %w; write a JSON object", part.flag, err)
		}
	}
	if len(s.env) > 0 {
		vars := map[string]any{}
		if given, ok := s.RuntimeEnv["env_vars"].(map[string]any); ok {
			maps.Copy(vars, given)
		}
		for _, pair := range s.env {
			key, value, ok := strings.Cut(pair, "=")
			if !ok || key == "" {
				return fmt.Errorf("--env %s: want KEY=VALUE", pair)
			}
			vars[key] = value
		}
		s.RuntimeEnv["env_vars"] = vars
	}
	return nil
}

func jobSubmit(c *invocation, args []string, tools JobTools) int {
	open := c.server()
	var s submission
	s.flags(c)
	noWait := c.Bool("no-wait", false, "return when the job is accepted")
	notebook := c.String("export", "", "submit a notebook, written as a Go program, in place of a command")
	if code, done := c.Read(args); done {
		return code
	}
	command := append(slices.Clone(c.Rest), c.After...)
	if len(c.Rest) > 0 && c.Dashes {
		return c.Refuse("%q stands before --; put the whole command behind it", c.Rest[0])
	}
	if err := s.read(); err != nil {
		return c.Refuse("%v", err)
	}
	switch {
	case *notebook == "" && len(command) == 0:
		return c.Refuse("there is no command; as in: goray job submit -- goray run x.go")
	case *notebook != "" && len(command) > 0:
		return c.Refuse("--export stands in place of a command; leave the command out")
	case *notebook != "" && s.WorkingDir != "" && !isFolder(s.WorkingDir):
		return c.Refuse("--working-dir %s: the program of a notebook needs a directory of this machine; name one, or leave it out", s.WorkingDir)
	}
	if s.Entrypoint = shellJoin(command); len(command) == 1 {
		s.Entrypoint = command[0] // a whole line of the shell, as in "make && ./run"
	}
	if *notebook != "" {
		clean, err := s.exported(*notebook, tools)
		if err != nil {
			return c.Fail(err)
		}
		defer clean()
	}
	client, err := open()
	if err != nil {
		return c.Fail(err)
	}
	id, err := client.Submit(s.Submission)
	if err != nil {
		return c.Fail(err)
	}
	fmt.Fprintf(c.Err, "Job %s is submitted.\n  its output:  goray job logs %[1]s\n  its status:  goray job status %[1]s\n  to end it:   goray job stop %[1]s\n", id)
	if *noWait {
		fmt.Fprintln(c.Out, id)
		return 0
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	info, err := client.WithContext(ctx).Follow(id, c.Out)
	if ctx.Err() != nil {
		fmt.Fprintf(c.Err, "\nThe job goes on; end it with goray job stop %s.\n", id)
		return 130
	}
	if err != nil {
		return c.Fail(err)
	}
	return c.reportJob(info)
}

func isFolder(path string) bool {
	s, err := os.Stat(path)
	return err == nil && s.IsDir()
}

// exported makes a job of a notebook: a working directory with the program beside what was there.
func (s *submission) exported(notebook string, tools JobTools) (clean func(), err error) {
	if tools.Export == nil {
		return nil, fmt.Errorf("this program cannot export notebooks; use goray")
	}
	dir, err := os.MkdirTemp("", "goray-job-")
	if err != nil {
		return nil, err
	}
	clean = func() { os.RemoveAll(dir) }
	if s.WorkingDir != "" {
		_, data, err := jobs.Pack(s.WorkingDir, nil)
		if err == nil {
			err = jobs.Unpack(data, dir)
		}
		if err != nil {
			clean()
			return nil, err
		}
	}
	const program = "notebook.go"
	if err := tools.Export(notebook, dir+"/"+program); err != nil {
		clean()
		return nil, fmt.Errorf("%s cannot be written as a program: %w", notebook, err)
	}
	s.WorkingDir, s.Entrypoint = dir, "goray run "+program
	return clean, nil
}

// reportJob says how a job ended, and returns the exit code.
func (c *invocation) reportJob(i jobs.Info) int {
	if i.Status == jobs.Succeeded {
		fmt.Fprintf(c.Err, "Job %s succeeded.\n", i.SubmissionID)
		return 0
	}
	message, _, _ := strings.Cut(i.Message, "\n")
	fmt.Fprintf(c.Err, "Job %s: %s. %s\n", i.SubmissionID, i.Status, strings.TrimSuffix(message, "; its last lines:"))
	return 1
}

// one parses the flags of a command about one job, and connects.
func (c *invocation) one(args []string) (client *jobs.Client, id string, code int, done bool) {
	open := c.server()
	if code, done = c.Read(args); done {
		return nil, "", code, true
	}
	if !c.Wants(1, 1) {
		return nil, "", 2, true
	}
	client, err := open()
	if err != nil {
		return nil, "", c.Fail(err), true
	}
	return client, c.Rest[0], 0, false
}

func jobStatus(c *invocation, args []string, _ JobTools) int {
	asJSON := c.Bool("json", false, "all that is known, for programs")
	client, id, code, done := c.one(args)
	if done {
		return code
	}
	i, err := client.Info(id)
	if err != nil {
		return c.Fail(err)
	}
	if *asJSON {
		if err := writeJSON(c.Out, i); err != nil {
			return c.Fail(err)
		}
		return 0
	}
	fmt.Fprintf(c.Out, "Job %s: %s\n%s\n", i.SubmissionID, i.Status, i.Message)
	return 0
}

func jobLogs(c *invocation, args []string, _ JobTools) int {
	follow := c.Bool("f", false, "go on until the job has ended")
	c.BoolVar(follow, "follow", false, "the same as -f")
	client, id, code, done := c.one(args)
	if done {
		return code
	}
	if !*follow {
		text, err := client.Logs(id)
		if err != nil {
			return c.Fail(err)
		}
		fmt.Fprint(c.Out, text)
		return 0
	}
	i, err := client.Follow(id, c.Out)
	if err != nil {
		return c.Fail(err)
	}
	return c.reportJob(i)
}

func jobStop(c *invocation, args []string, _ JobTools) int {
	noWait := c.Bool("no-wait", false, "return at once")
	client, id, code, done := c.one(args)
	if done {
		return code
	}
	stopped, err := client.Stop(id)
	if err != nil {
		return c.Fail(err)
	}
	if !stopped {
		fmt.Fprintf(c.Out, "Job %s had ended before.\n", id)
		return 0
	}
	if *noWait {
		fmt.Fprintf(c.Out, "Job %s is asked to end.\n", id)
		return 0
	}
	i, err := client.Wait(id)
	if err != nil {
		return c.Fail(err)
	}
	fmt.Fprintf(c.Out, "Job %s: %s\n", id, i.Status)
	return 0
}

func jobList(c *invocation, args []string, _ JobTools) int {
	open := c.server()
	format := c.String("format", "table", "table, json or yaml")
	if code, done := c.Read(args); done {
		return code
	}
	if len(c.Rest) > 0 {
		return c.Refuse("%q is no flag; see goray job list --help", c.Rest[0])
	}
	if !slices.Contains(formats, *format) {
		return c.Refuse("--format %s; use one of %s", *format, strings.Join(formats, ", "))
	}
	client, err := open()
	if err != nil {
		return c.Fail(err)
	}
	list, err := client.List()
	if err != nil {
		return c.Fail(err)
	}
	records := []record{}
	for _, i := range list {
		r := recordOf(i, nil)
		if *format == "table" {
			r = append(r, field{"started", time.UnixMilli(i.StartTime).Format(time.DateTime)}, field{"ran", i.Duration(time.Now()).Round(10 * time.Millisecond).String()})
		}
		records = append(records, r)
	}
	switch *format {
	case "json":
		err = writeJSON(c.Out, records)
	case "yaml":
		err = writeYAML(c.Out, records)
	default:
		err = writeTable(c.Out, records, []string{"submission_id", "job_id", "type", "status", "started", "ran", "entrypoint"})
	}
	if err != nil {
		return c.Fail(err)
	}
	return 0
}

func jobDelete(c *invocation, args []string, _ JobTools) int {
	client, id, code, done := c.one(args)
	if done {
		return code
	}
	if err := client.Delete(id); err != nil {
		return c.Fail(err)
	}
	fmt.Fprintf(c.Out, "Job %s is forgotten.\n", id)
	return 0
}

// shellJoin makes one command of words, for the shell.
func shellJoin(command []string) string {
	var parts []string
	for _, word := range command {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool {
			return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-", r)
		}) {
			word = "'" + strings.ReplaceAll(word, "'", `'"'"'`) + "'"
		}
		parts = append(parts, word)
	}
	return strings.Join(parts, " ")
}
