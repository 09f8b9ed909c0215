package lang

import "testing"

func TestCheckFile(t *testing.T) {
	pkgs, err := NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ src, want string }{
		{"package main\n\nimport \"fmt\"\n\nvar b = a + 1\nvar a = 3\n\nfunc main() { fmt.Println(b) }\n", ""},
		{"package main\nimport \"fmt\"\nfunc main() { x := 1 }\n", `p.go:2:8: "fmt" imported and not used` + "\n" + "p.go:3:15: declared and not used: x"},
		{"package main\nfunc main() { fmt.Println() }\n", "p.go:2:15: undefined: fmt (import \"fmt\")"},
		{"package main\nfunc f() {}\n", "p.go:1:1: no program here: it needs package main and func main (write func main, or run the file as cells)"},
		{"package main\nfunc main() {\n", "p.go:2:14: syntax error: expected '}', found 'EOF'"},
	} {
		checked, err := pkgs.CheckFile("p.go", []byte(c.src))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%q:\n\tgot  %s\n\twant %s", c.src, got, c.want)
		}
		if err == nil && (len(checked.Info.InitOrder) != 2 || checked.Run != "") {
			t.Errorf("%d initialisers, Run %q", len(checked.Info.InitOrder), checked.Run)
		}
	}
}
