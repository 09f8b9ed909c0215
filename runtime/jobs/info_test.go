package jobs_test

import (
	"reflect"
	"testing"

	"github.com/goray/goray/runtime/jobs"
)

func TestRedacted(t *testing.T) {
	vars := map[string]any{
		"API_KEY": "x", "aws_secret_access_key": "x", "GITHUB_TOKEN": "x", "DB_PASSWORD": "x", "PGPASSFILE": "f", "GH_PAT": "x", "HTTP_AUTH": "x", "GOOGLE_APPLICATION_CREDENTIALS": "x",
		"PATH": "/bin", "LEVEL": "3", "PATTERN": "a",
	}
	want := map[string]any{"PATH": "/bin", "LEVEL": "3", "PATTERN": "a", "PGPASSFILE": "f"}
	for name := range vars {
		if _, ok := want[name]; !ok {
			want[name] = jobs.Hidden
		}
	}
	texts := map[string]string{}
	for name, value := range vars {
		texts[name] = value.(string)
	}
	for _, given := range []any{vars, texts} {
		i := jobs.Info{RuntimeEnv: map[string]any{"env_vars": given, "working_dir": "d"}}
		got := i.Redacted().RuntimeEnv
		if !reflect.DeepEqual(got, map[string]any{"env_vars": want, "working_dir": "d"}) {
			t.Errorf("%T: %v", given, got)
		}
		if !reflect.DeepEqual(i.RuntimeEnv["env_vars"], given) || vars["API_KEY"] != "x" {
			t.Error("the job itself has changed")
		}
	}
	if got := (jobs.Info{}).Redacted(); got.RuntimeEnv != nil {
		t.Error(got)
	}
}
