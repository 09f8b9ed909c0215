package jobs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goray/goray/runtime/jobs"
)

func ExamplePack() {
	dir, _ := os.MkdirTemp("", "project")
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{"train.go": "package main", "run.log": "…", ".gitignore": "*.log\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			fmt.Println(err)
			return
		}
	}
	name, data, err := jobs.Pack(dir, nil)
	fmt.Println(strings.HasSuffix(name, ".zip"), err)
	again, _, _ := jobs.Pack(dir, nil)
	fmt.Println("named after its content:", name == again)

	copied := filepath.Join(dir, "copy")
	fmt.Println(jobs.Unpack(data, copied))
	_, err = os.Stat(filepath.Join(copied, "run.log"))
	fmt.Println("what is ignored stays behind:", os.IsNotExist(err))
	// Output:
	// true <nil>
	// named after its content: true
	// <nil>
	// what is ignored stays behind: true
}
