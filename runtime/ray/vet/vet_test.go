package vet_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/ray/vet"
)

const calls = "testdata/calls/calls.go"

var (
	wanted    = regexp.MustCompile("`([^`]+)`")
	complaint = regexp.MustCompile(`(?m)^\S+/calls\.go:(\d+):\d+: (.*(?:\n\t.*)*)`)
)

// TestCalls compares the complaints about the package in testdata, line by line, with the patterns
// in its comments "// want".
func TestCalls(t *testing.T) {
	text, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := vet.Main([]string{"./testdata/calls"}, &out, &errs); code != 1 || errs.Len() > 0 {
		t.Fatalf("status %d: %s", code, errs.String())
	}
	got := map[int][]string{}
	for _, m := range complaint.FindAllStringSubmatch(out.String(), -1) {
		var line int
		if _, err := fmt.Sscan(m[1], &line); err != nil {
			t.Fatal(err)
		}
		got[line] = append(got[line], m[2])
	}
	for i, source := range strings.Split(string(text), "\n") {
		_, comment, _ := strings.Cut(source, "// want ")
		for _, m := range wanted.FindAllStringSubmatch(comment, -1) {
			pattern, found := regexp.MustCompile(m[1]), false
			for k, g := range got[i+1] {
				if pattern.MatchString(g) {
					got[i+1], found = append(got[i+1][:k:k], got[i+1][k+1:]...), true
					break
				}
			}
			if !found {
				t.Errorf("%s:%d: no complaint like %s, but %q", calls, i+1, m[1], got[i+1])
			}
		}
		for _, g := range got[i+1] {
			t.Errorf("%s:%d: %s", calls, i+1, g)
		}
	}
}

func TestStatus(t *testing.T) {
	var out, errs bytes.Buffer
	if code := vet.Main([]string{"."}, &out, &errs); code != 0 || out.Len() > 0 {
		t.Errorf("status %d for a package without complaints: %s%s", code, out.String(), errs.String())
	}
	if code := vet.Main([]string{"-nosuch"}, &out, &errs); code != 2 {
		t.Errorf("status %d for a flag that is not there", code)
	}
}
