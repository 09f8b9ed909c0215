package launcher

// A verb is one of the commands. Its flags are those of Ray's command of the same name; true means
// that the flag takes a value.
type verb struct {
	name  string
	args  string // after CLUSTER.yaml
	help  string
	flags map[string]bool
}

var (
	nameFlags  = map[string]bool{"-n": true, "--cluster-name": true}
	styleFlags = map[string]bool{"--log-style": true, "--log-color": true, "-v": false, "--verbose": false}
	runFlags   = map[string]bool{"--stop": false, "--start": false, "--screen": false, "--tmux": false, "--no-config-cache": false,
		"-p": true, "--port-forward": true, "--disable-usage-stats": false}
)

func flags(sets ...map[string]bool) map[string]bool {
	out := map[string]bool{}
	for _, s := range sets {
		for k, v := range s {
			out[k] = v
		}
	}
	return out
}

// Verbs are the commands in the order of their use.
var verbs = []verb{
	{"up", "", "start or update a cluster (--dry-run: print the plan)", flags(nameFlags, styleFlags, map[string]bool{
		"--min-workers": true, "--max-workers": true, "--no-restart": false, "--restart-only": false, "-y": false, "--yes": false,
		"--no-config-cache": false, "--redirect-command-output": false, "--use-login-shells": false, "--use-normal-shells": false,
		"--disable-usage-stats": false})},
	{"down", "", "end a cluster", flags(nameFlags, styleFlags, map[string]bool{
		"-y": false, "--yes": false, "--workers-only": false, "--keep-min-workers": false})},
	{"attach", "", "a shell on the head", flags(nameFlags, styleFlags, map[string]bool{"--start": false, "--screen": false,
		"--tmux": false, "--no-config-cache": false, "-N": false, "--new": false, "-p": true, "--port-forward": true, "--node-ip": true})},
	{"exec", "COMMAND", "run a shell command on the head", flags(nameFlags, styleFlags, runFlags, map[string]bool{"--run-env": true})},
	{"submit", "SCRIPT [ARGS]", "copy a Python script to the head and run it", flags(nameFlags, styleFlags, runFlags,
		map[string]bool{"--args": true, "--extra-screen-args": true})},
	{"rsync-up", "[SOURCE TARGET]", "copy files to the head (-A: to every node)", flags(nameFlags, styleFlags,
		map[string]bool{"-A": false, "--all-nodes": false})},
	{"rsync-down", "[SOURCE TARGET]", "copy files from the head", flags(nameFlags, styleFlags)},
	{"monitor", "", "what the autoscaler does", flags(nameFlags, styleFlags, map[string]bool{"--lines": true})},
	{"dashboard", "", "forward the dashboard's port to this machine", flags(nameFlags,
		map[string]bool{"-p": true, "--port": true, "--remote-port": true, "--no-config-cache": false})},
	{"get-head-ip", "", "print the head's address", flags(nameFlags)},
	{"get-worker-ips", "", "print the workers' addresses", flags(nameFlags)},
}

// Verbs are the names of the commands of this package, in the order of their use.
func Verbs() []string {
	var out []string
	for _, v := range verbs {
		out = append(out, v.name)
	}
	return out
}

// Help returns the arguments and the one-line description of a command, for a usage text.
func Help(name string) (args, help string) {
	v, _ := findVerb(name)
	args = "CLUSTER.yaml"
	if v.args != "" {
		args += " " + v.args
	}
	return args, v.help
}

func findVerb(name string) (verb, bool) {
	for _, v := range verbs {
		if v.name == name {
			return v, true
		}
	}
	return verb{}, false
}
