package export_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/export"
	"github.com/goray/goray/kernel/session"
)

func TestCommands(t *testing.T) {
	file := filepath.Join(t.TempDir(), "n.ipynb")
	nb := export.Notebook{Cells: []export.Cell{{Markdown: true, Source: "# <Title>\n\ntext"}, {Source: "x := 1\n\nx + 1"}}}
	var b bytes.Buffer
	if err := nb.Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	packages := session.Packages(plugins())
	var program, again, errs bytes.Buffer
	if status := export.Main(packages, []string{file}, nil, &program, &errs); status != 0 || !strings.Contains(program.String(), "fmt.Println(x + 1)") {
		t.Fatalf("status %d\n%s%s", status, program.String(), errs.String())
	}
	if status := export.ImportMain(nil, bytes.NewReader(program.Bytes()), &again, &errs); status != 0 {
		t.Fatalf("status %d\n%s", status, errs.String())
	}
	back, err := export.ReadNotebook(&again)
	if err != nil || len(back.Cells) != 3 || back.Cells[1].Source != nb.Cells[0].Source || !back.Cells[1].Markdown {
		t.Errorf("%v\n%+v", err, back)
	}
	for _, args := range [][]string{{"/no/such/file"}, {"a", "b"}} {
		errs.Reset()
		if status := export.Main(packages, args, nil, &program, &errs); status == 0 || errs.Len() == 0 {
			t.Errorf("%q: status %d, %q", args, status, errs.String())
		}
	}
}
