package dashboard

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// row is an entry of a list, by Ray's field names.
type row map[string]any

// kind is something that can be listed.
type kind struct {
	rows func() []row
	// keys are the fields that can be filtered by.
	keys []string
}

const (
	defaultLimit = 100
	maxLimit     = 10000
)

// serve answers in the form of Ray's state API:
//
//	{"result": true, "msg": "", "data": {"result": {"total": 9, "num_filtered": 3, "result": […], …}}}
//
// limit bounds the list, filter_keys, filter_predicates ("=" or "!=") and filter_values, each of which
// may be given several times, choose by fields, and q by a text in any of them.
func (k kind) serve(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, err := limitOf(q)
	if err == nil {
		err = k.check(q)
	}
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]any{"result": false, "msg": err.Error(), "data": nil})
		return
	}
	all := k.rows()
	kept := make([]row, 0, min(len(all), limit))
	matching := 0
	for _, row := range all {
		if !row.fits(q) {
			continue
		}
		if matching++; len(kept) < limit {
			kept = append(kept, row)
		}
	}
	answer(w, http.StatusOK, map[string]any{"result": true, "msg": "", "data": map[string]any{"result": map[string]any{
		"total": len(all), "num_after_truncation": len(all), "num_filtered": matching, "result": kept,
		"partial_failure_warning": "", "warnings": nil,
	}}})
}

func limitOf(q url.Values) (int, error) {
	text := q.Get("limit")
	if text == "" {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("limit=%s is no number of entries; use 1 to %d", text, maxLimit)
	}
	return min(n, maxLimit), nil
}

func (k kind) check(q url.Values) error {
	keys, predicates, values := q["filter_keys"], q["filter_predicates"], q["filter_values"]
	if len(keys) != len(predicates) || len(keys) != len(values) {
		return fmt.Errorf("%d filter_keys, %d filter_predicates and %d filter_values; give as many of each", len(keys), len(predicates), len(values))
	}
	for i, key := range keys {
		if !slices.Contains(k.keys, key) {
			return fmt.Errorf("no field %q to filter by; use one of %s", key, strings.Join(k.keys, ", "))
		}
		if p := predicates[i]; p != "=" && p != "!=" {
			return fmt.Errorf("no predicate %q; use = or !=", p)
		}
	}
	return nil
}

// fits reports whether all filters hold. Case does not matter.
func (r row) fits(q url.Values) bool {
	for i, key := range q["filter_keys"] {
		if strings.EqualFold(fmt.Sprint(r[key]), q["filter_values"][i]) != (q["filter_predicates"][i] == "=") {
			return false
		}
	}
	text := strings.ToLower(q.Get("q"))
	if text == "" {
		return true
	}
	for _, v := range r {
		if v != nil && strings.Contains(strings.ToLower(fmt.Sprint(v)), text) {
			return true
		}
	}
	return false
}

// answer writes a value as JSON.
func answer(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil { // a figure that JSON does not know
		http.Error(w, "the answer cannot be written: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(text, '\n')) // an error means that the reader has gone
}

// found answers with one thing, in the form of the lists.
func found(w http.ResponseWriter, v any) {
	answer(w, http.StatusOK, map[string]any{"result": true, "msg": "", "data": map[string]any{"result": v}})
}

// missing answers that there is no such thing.
func missing(w http.ResponseWriter, what string) {
	answer(w, http.StatusNotFound, map[string]any{"result": false, "msg": what, "data": nil})
}
