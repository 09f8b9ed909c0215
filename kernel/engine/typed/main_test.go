package typed

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goray/goray/kernel/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newSession(t testing.TB, cfg engine.Config) *Session {
	t.Helper()
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e.(*Session)
}

// execute runs a cell and writes its values as "value type; …".
func execute(s *Session, n int, src string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	res, err := s.Execute(ctx, engine.Cell{Number: n, Source: src})
	var out []string
	for _, v := range res.Values {
		if v.Reflect.IsValid() {
			out = append(out, fmt.Sprintf("%v %s", v.Reflect.Interface(), v.Type))
		} else {
			out = append(out, "nil "+v.Type)
		}
	}
	return strings.Join(out, "; "), err
}

func do(t testing.TB, s *Session, n int, src string) string {
	t.Helper()
	out, err := execute(s, n, src)
	if err != nil {
		t.Fatalf("cell %d: %v", n, err)
	}
	return out
}
