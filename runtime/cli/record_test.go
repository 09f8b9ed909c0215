package cli

import (
	"strings"
	"testing"
	"time"
)

func TestRecords(t *testing.T) {
	type thing struct {
		ID, NodeID string
		WorkerPID  int
		Started    time.Time
		Ran        time.Duration
		Exit       *int
		Parts      []string
		Named      string `json:"other_name,omitempty"`
		Inner      map[string]float64
	}
	code := 3
	r := recordOf(thing{ID: "7", NodeID: "yes", WorkerPID: 12, Started: time.Unix(0, 1e6).UTC(), Ran: 1500 * time.Microsecond, Exit: &code, Named: "a: b", Inner: map[string]float64{"CPU": 2}}, map[string]string{"ID": "task_id"})
	var yaml, json, table strings.Builder
	if err := writeYAML(&yaml, []record{r}); err != nil {
		t.Fatal(err)
	}
	want := "- task_id: \"7\"\n  node_id: \"yes\"\n  worker_pid: 12\n  started: \"1970-01-01T00:00:00.001Z\"\n  ran: 1.5\n  exit: 3\n  parts: []\n  other_name: \"a: b\"\n  inner: {\"CPU\":2}\n"
	if yaml.String() != want {
		t.Errorf("YAML\n%swant\n%s", yaml.String(), want)
	}
	if err := writeJSON(&json, record{{"b", 1}, {"a", "<&>"}}); err != nil || !strings.Contains(json.String(), "\"b\": 1,\n  \"a\": \"<&>\"") {
		t.Errorf("JSON %q, %v: the fields keep their order", json.String(), err)
	}
	if err := writeTable(&table, []record{r, {{"task_id", strings.Repeat("é", 100)}}}, []string{"task_id", "exit"}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(table.String(), "\n")
	if len(lines) != 4 || !strings.HasSuffix(lines[0], "  EXIT") || strings.Index(lines[1], "3") != strings.Index(lines[0], "EXIT") || len([]rune(lines[2])) != maxCell {
		t.Errorf("table\n%s", table.String())
	}
}

func TestShellJoin(t *testing.T) {
	for want, command := range map[string][]string{
		"goray run x.go --n=3":             {"goray", "run", "x.go", "--n=3"},
		`echo 'a b' '' '$HOME' 'it'"'"'s'`: {"echo", "a b", "", "$HOME", "it's"},
	} {
		if got := shellJoin(command); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestKernelAddress(t *testing.T) {
	for text, want := range map[string]string{"0100007F:2049": "127.0.0.1:8265", "00000000:0016": "0.0.0.0:22", "00000000000000000000000001000000:1F90": "[::1]:8080"} {
		if got, ok := kernelAddress(text); !ok || got.String() != want {
			t.Errorf("%s is %v, want %s", text, got, want)
		}
	}
	if _, ok := kernelAddress("x:y"); ok {
		t.Error("nonsense is an address")
	}
}
