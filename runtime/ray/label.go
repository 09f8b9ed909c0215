package ray

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goray/goray/runtime/internal/sched"
)

// parseSelector reads conditions on labels.
func parseSelector(conditions map[string]string) ([]sched.Match, error) {
	var matches []sched.Match
	for _, key := range slices.Sorted(maps.Keys(conditions)) {
		m, err := parseCondition(key, conditions[key])
		if err != nil {
			return nil, err
		}
		matches = append(matches, m)
	}
	return matches, nil
}

// parseCondition reads one condition: "value", "!value", "in(a,b)", "!in(a,b)", "exists()" or
// "!exists()".
func parseCondition(key, text string) (sched.Match, error) {
	m := sched.Match{Key: key, Op: sched.In}
	if key == "" {
		return m, fmt.Errorf("a label condition %q has no key; write map[string]string{\"zone\": %q}", text, text)
	}
	rest, not := strings.CutPrefix(strings.TrimSpace(text), "!")
	list, isList := strings.CutPrefix(rest, "in(")
	switch {
	case rest == "exists()" || rest == "exists":
		if m.Op = sched.Exists; not {
			m.Op = sched.NotExists
		}
		return m, nil
	case isList:
		list, closed := strings.CutSuffix(list, ")")
		if !closed {
			return m, fmt.Errorf("the condition %q on label %q lacks its closing bracket; write \"in(a,b)\"", text, key)
		}
		for value := range strings.SplitSeq(list, ",") {
			m.Values = append(m.Values, strings.TrimSpace(value))
		}
	default:
		m.Values = []string{strings.TrimSpace(rest)}
	}
	if not {
		m.Op = sched.NotIn
	}
	for _, v := range m.Values {
		if v == "" || strings.ContainsAny(v, "(),!") {
			return m, fmt.Errorf("the condition %q on label %q is none; write \"value\", \"!value\", \"in(a,b)\", \"!in(a,b)\", \"exists()\" or \"!exists()\"", text, key)
		}
	}
	return m, nil
}
