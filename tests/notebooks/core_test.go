package notebooks

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// coreLessons are patterns that the text of a lesson's outputs must contain, in this order.
var coreLessons = map[string][]string{
	"cluster-1": {
		`connected: true`, `node 2: 2 CPUs, alive: true`, `8 tasks ran on \d of 2 nodes`, `asks for telescope 1, has none`, `4.5e\+06`, `true true`,
		`not in the driver: true`, `4`, `4.5 <nil>`, `\[1 2\] <nil>`, `true statistics.StatisticsError`, `hello from a file, in Go`,
		`it waits for a telescope: true`, `then it sees a star`, `a job with a name: true`,
	},
	"core-1-tasks-actors-objects": {
		`ObjectRef\[int\]\([0-9a-f]{16}\)`, `submitted in less than 20 ms: true`, `\[0 1 4 9 16 25 36 49\]`, `"the"`, `25`,
		`500 is more than the balance of 120`, `120`, `cannot use "two" \(untyped string constant\) as int value`,
	},
	"core-10-observability": {
		`FAILED 1, FINISHED 4, WAITING_FOR_RESOURCES 1`, `three is not a good number`, `three is not a good number`, `log +ALIVE`,
		`asks for license 1, has none`, `cancelled`, `work 4 is done`, `3.8 MiB`, `the timeline is JSON: true`,
	},
	"core-11-beyond-calls": {
		`answered while tickets were sold: true tickets: 8`, `office`, `exited intentionally`, `rested <nil>`, `true true`, `111 1111`,
		`the compiled graph is faster: true`, `table=houses +7`, `table=taxi +500`, `cluster at`, `2 <nil>`, `StatisticsError`,
	},
	"core-2-resources": {
		`8 GPUs simulated`, `\[\[0\] \[0\] \[1\] \[1\]\]`, `\[0 1 2 3\]`, `above 1 only whole GPUs`, `at least 300 ms: true`,
		`asks for GPU 16, has 8`, `cancelled`, `it asks for GPU 16`, `4 different GPUs`, `120`, `128`, `asks for license 3, has 2`,
	},
	"core-3-fault-tolerance": {
		`2 nodes were used`, `waiting: true`, `it ran on the new node: true`, `the same sum: true`, `2`, `attempt 0 failed`,
		`attempt 2 succeeded`, `true`, `1 <nil>`,
	},
	"core-4-forests": {
		`20640`, `16512 districts to learn from, 4128 to test on`, `trees=8, mse=0\.\d+`, `best model: mse=0\.\d+, trees=\d+`,
		`the same scores: true`, `speed-up on`,
	},
	"core-5-remote-functions": {
		`8 results, all as computed here: true`, `fibonacci`, `off by less than 0.003: true`, `not a PNG file`,
	},
	"core-6-objects": {
		`57600`, `\[1 2 3\]`, `2 × ray.ObjectRef\[\[\]int\]`, `true true`, `42`, `12 shards, true`, `the same as of the whole: true`,
		`20 of 20 objects are as they were`,
	},
	"core-7-actors": {
		`map\[Lend:10 Return:4\]`, `π ≈ 3.1`, `true map\[Lend:1\]`, `no actor is named "museum"`, `in less than a second: true`,
		`true`, `killed by ray.Kill`,
	},
	"core-8-actor-patterns": {
		`\[1 4 9 16 25 36\]`, `\[2 2 2\]`, `5900 rows, 1 failure`, `true`, `\[1.5 1 3.5\] \[1.5 1 3.5\]`,
	},
	"core-9-patterns": {
		`at least twice as fast: true`, `at least twice as fast: true`, `faster: true`, `faster: true`, `1000 done, never more than 50 pending`,
	},
}

func TestCoreLessons(t *testing.T) {
	t.Setenv("GORAY_ADDRESS", "") // the lesson about clusters stays here
	var paths []string
	for _, names := range []string{"core-*.ipynb", "cluster-*.ipynb"} {
		found, err := filepath.Glob(filepath.Join(root, "notebooks", names))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".ipynb")
		if strings.HasSuffix(name, ".zh") {
			continue // the same code: TestTranslationsHaveTheSameCode
		}
		t.Run(name, func(t *testing.T) {
			patterns := coreLessons[name]
			if patterns == nil {
				t.Fatal("nothing is known of what this lesson shows; add it to coreLessons")
			}
			nb := execute(t, path, "--set", "models = 3")
			var text strings.Builder
			for i, c := range nb.code() {
				text.WriteString(c.text())
				for _, o := range c.Outputs {
					if o.Type == "error" && !c.expectsError() {
						t.Errorf("cell %d: %s: %s", i+1, o.EName, o.EValue)
					}
				}
			}
			left := text.String()
			for _, p := range patterns {
				at := regexp.MustCompile(p).FindStringIndex(left)
				if at == nil {
					t.Fatalf("the outputs do not show %q where it is expected:\n%s", p, text.String())
				}
				left = left[at[1]:]
			}
		})
	}
}
