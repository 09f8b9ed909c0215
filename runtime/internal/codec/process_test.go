package codec

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"reflect"
	"testing"
)

const envChild = "GORAY_CODEC_TEST_CHILD"

type parcel struct {
	Items []any
	Err   error
}

// TestMain lets this binary be its own peer: a child decodes a payload, looks at it, and answers.
func TestMain(m *testing.M) {
	if os.Getenv(envChild) == "" {
		os.Exit(m.Run())
	}
	in, _ := io.ReadAll(os.Stdin)
	p, err := ParseFlat(in)
	if err != nil {
		panic(err)
	}
	v, err := Decode(p, reflect.TypeFor[parcel](), nil)
	if err != nil {
		panic(err)
	}
	got := v.Interface().(parcel)
	if !errors.Is(got.Err, errOurs) || !errors.Is(got.Err, io.EOF) {
		panic("the errors lost their identity")
	}
	got.Items = append(got.Items, &nested{Name: "child"})
	out, err := Encode(reflect.ValueOf(got), nil)
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(out.Flat())
}

func TestBuildIsKnownQuickly(t *testing.T) {
	f, err := os.Open(executable())
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	if id := linkedID(f); id != "" && id != Build() {
		t.Errorf("build %q, linked %q", Build(), id)
	}
	if Build() == "" {
		t.Error("the build is unknown")
	}
	other, err := os.Open("/bin/sh") // not a Go program
	if err == nil {
		defer other.Close()
		if id := linkedID(other); id != "" {
			t.Errorf("a program of another language has the build id %q", id)
		}
	}
}

func TestAnotherProcess(t *testing.T) {
	in := parcel{[]any{square{2}, &tree{Value: 1}, pair[string, int]{"a", 1}, map[label]shape{"s": square{1}}},
		errors.Join(errOurs, io.EOF, &codeError{5, nil})}
	p, err := Encode(reflect.ValueOf(in), nil)
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(exe)
	child.Env = append(os.Environ(), envChild+"=1")
	child.Stderr = os.Stderr
	stdin, _ := child.StdinPipe()
	go func() { stdin.Write(p.Flat()); stdin.Close() }()
	out, err := child.Output()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseFlat(out)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Decode(back, reflect.TypeFor[parcel](), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := v.Interface().(parcel)
	if !reflect.DeepEqual(got.Items[:4], in.Items) || got.Items[4].(*nested).Name != "child" || !errors.Is(got.Err, errOurs) {
		t.Errorf("%#v", got)
	}
}
