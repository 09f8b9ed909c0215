package typed

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang/modules/modulestest"
)

// realPrograms use well-known modules; what they print interpreted is what they print compiled.
var realPrograms = map[string]string{
	"github.com/google/uuid@v1.6.0": `package main

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
)

func main() {
	u := uuid.NewSHA1(uuid.NameSpaceDNS, []byte("goray"))
	b, err := json.Marshal(map[string]any{"id": u, "null": uuid.NullUUID{UUID: u, Valid: true}})
	fmt.Println(u, u.Version(), u.Variant(), u.URN(), string(b), err)
	_, err = uuid.Parse("no")
	fmt.Printf("%v %T %v\n", err, u, len(uuid.New().String()))
}
`,
	"golang.org/x/sys@v0.49.0": `package main

import (
	"fmt"

	"golang.org/x/sys/cpu"
	"golang.org/x/sys/unix"
)

func main() {
	var name unix.Utsname
	fmt.Println(unix.Uname(&name), unix.ByteSliceToString(name.Release[:]), cpu.IsBigEndian)
	var st unix.Stat_t
	fmt.Println(unix.Stat("/nosuch", &st), unix.Stat("/", &st), st.Mode, st.Ino)
	var limit unix.Rlimit
	fmt.Println(unix.Prlimit(0, unix.RLIMIT_CORE, nil, &limit), limit.Max)
	_, err := unix.IoctlGetTermios(0xffff, unix.TCGETS)
	fmt.Println(err, err == unix.EBADF)
}
`,
	"github.com/samber/lo@v1.53.0": `package main

import (
	"fmt"
	"strings"

	"github.com/samber/lo"
)

type person struct {
	Name string
	Age  int
}

func main() {
	l := []person{{"a", 3}, {"b", 5}, {"c", 3}}
	fmt.Println(lo.GroupBy(l, func(p person) int { return p.Age }), lo.KeyBy(l, func(p person) string { return p.Name }))
	fmt.Println(lo.Chunk(lo.Range(7), 3), lo.Reduce([]int{1, 2, 3}, func(a, x, _ int) int { return a*10 + x }, 0))
	fmt.Println(lo.Map(l, func(p person, i int) string { return strings.ToUpper(p.Name) }), lo.Must(lo.Find(l, func(p person) bool { return p.Age == 5 })))
	fmt.Println(lo.CamelCase("hello big world"), lo.T2(1, "x"), lo.Ternary(true, 1, 2), lo.Try(func() error { panic("x") }))
	fmt.Println(lo.Intersect([]int{1, 2, 3}, []int{2, 3, 4}), *lo.ToPtr(3), lo.SumBy(l, func(p person) int { return p.Age }))
}
`,
	"gonum.org/v1/gonum@v0.17.0": `package main

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func main() {
	x, y := []float64{1, 2, 3, 4}, []float64{2, 4.5, 6, 8.25}
	a, b := stat.LinearRegression(x, y, nil, false)
	fmt.Printf("%.9g %.9g %.9g %.9g\n", a, b, stat.Correlation(x, y, nil), stat.StdDev(y, nil))
	m := mat.NewDense(2, 2, []float64{4, 1, 2, 3})
	var inv mat.Dense
	if err := inv.Inverse(m); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.6f\n%.6g\n", mat.Formatted(&inv), mat.Det(m))
	var eig mat.Eigen
	fmt.Println(eig.Factorize(m, mat.EigenRight), fmt.Sprintf("%.6f", eig.Values(nil)))
}
`,
}

func TestRealModulesRunAsCompiled(t *testing.T) {
	modulestest.Tool(t)
	for module, source := range realPrograms {
		t.Run(strings.ReplaceAll(module, "/", "_"), func(t *testing.T) {
			if runtime.GOOS != "linux" && strings.Contains(source, "x/sys/unix") {
				t.Skip("the program is for Linux")
			}
			dir := t.TempDir()
			write := func(name, text string) {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			write("go.mod", "module program\n\ngo 1.26\n")
			write("main.go", source)
			goCommand := func(args ...string) (string, error) {
				cmd := osexec.CommandContext(t.Context(), "go", args...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "CGO_ENABLED=0")
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			if out, err := goCommand("get", module); err != nil {
				t.Skipf("%s cannot be had here (network or module cache): %s", module, out)
			}
			want, err := goCommand("run", "-tags=purego,noasm,safe", "main.go")
			if err != nil {
				t.Fatalf("go run: %v\n%s", err, want)
			}
			got, err := captured(t, func() error { return RunFile(t.Context(), engine.Config{}, filepath.Join(dir, "main.go")) })
			if err != nil || got != want {
				t.Errorf("interpreted: %v\n%s\ncompiled:\n%s", err, got, want)
			}
		})
	}
}
