package ray

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

// DefaultLimit is how many entries a list has without [Limit].
const DefaultLimit = 100

// ListOption chooses what a list has: [Filter] or [Limit].
type ListOption struct {
	key, op, value string
	limit          int
	isLimit        bool
}

// Filter keeps the entries whose field is ("=") or is not ("!=") value; case does not matter. Several
// filters must all hold. The fields have Ray's names, "state", "name", "node_id" …: an unknown one is
// an error that lists those there are.
func Filter(field, op, value string) ListOption { return ListOption{key: field, op: op, value: value} }

// Limit keeps the first n entries; without it [DefaultLimit] of them. 0 keeps all.
func Limit(n int) ListOption { return ListOption{limit: n, isLimit: true} }

// selection is what the options say.
type selection struct {
	filters []ListOption
	limit   int // 0: none
}

func newSelection(keys []string, opts []ListOption) (selection, error) {
	s := selection{limit: DefaultLimit}
	for _, o := range opts {
		switch {
		case o.isLimit && o.limit < 0:
			return s, fmt.Errorf("ray: Limit(%d); use a number ≥ 1, or 0 for all", o.limit)
		case o.isLimit:
			s.limit = o.limit
		case o.op != "=" && o.op != "==" && o.op != "!=":
			return s, fmt.Errorf("ray: Filter(%q, %q, %q): no operator %q; use \"=\" or \"!=\"", o.key, o.op, o.value, o.op)
		case !slices.Contains(keys, strings.ToLower(o.key)):
			return s, fmt.Errorf("ray: Filter(%q, %q, %q): no field %q; use one of %s", o.key, o.op, o.value, o.key, strings.Join(keys, ", "))
		default:
			o.key = strings.ToLower(o.key)
			s.filters = append(s.filters, o)
		}
	}
	return s, nil
}

// keeps reports whether all filters hold for what has the values.
func (s *selection) keeps(value func(key string) string) bool {
	for i := range s.filters {
		f := &s.filters[i]
		if strings.EqualFold(value(f.key), f.value) != (f.op != "!=") {
			return false
		}
	}
	return true
}

// full reports whether n entries are enough.
func (s *selection) full(n int) bool { return s.limit > 0 && n >= s.limit }

// notice is the line below a list that has not all entries.
func notice(shown, total int) string {
	if shown >= total {
		return ""
	}
	return fmt.Sprintf("%d of %d shown; give ray.Limit or ray.Filter to see others", shown, total)
}

// observer is the backend, if it can tell what it does.
func observer(call string) (core.Observer, *session, error) {
	s := currentSession()
	if s == nil {
		return nil, nil, notInitialized()
	}
	if o, ok := s.backend.(core.Observer); ok {
		return o, s, nil
	}
	if v, ok := s.backend.(core.Surveyor); ok {
		if what := surveys[call]; what != "" {
			state, err := v.Survey(what)
			if err != nil {
				return nil, nil, fmt.Errorf("ray: %s: %w", call, err)
			}
			return glimpse{survey(state)}, s, nil
		}
		return nil, nil, fmt.Errorf("ray: %s: Ray does not tell this to a driver; goray list, logs and summary with --address http://HOST:8265 ask its dashboard: %w", call, errors.ErrUnsupported)
	}
	if i, ok := s.backend.(core.Inspector); ok && call != "Timeline" && call != "Logs" {
		return glimpse{i}, s, nil
	}
	if core.ProcessBackend() != nil {
		return nil, nil, fmt.Errorf("ray: %s: a worker does not know the state of the session; ask in the driver: %w", call, errors.ErrUnsupported)
	}
	return nil, nil, fmt.Errorf("ray: %s: this backend (%s) does not tell its state; leave Config.Address empty for the embedded runtime: %w", call, s.backend.Info().Scheme, errors.ErrUnsupported)
}

// surveys are the fields of core.State that calls need.
var surveys = map[string]string{"ListTasks": "tasks", "GetTask": "tasks", "SummarizeTasks": "tasks", "ListActors": "actors", "GetActorInfo": "actors", "ListWorkers": "workers", "ListObjects": "objects"}

// survey is a state that has been asked for.
type survey core.State

func (s survey) Inspect() core.State { return core.State(s) }

// idText is an id as people see it; empty for none.
func idText(id core.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}
