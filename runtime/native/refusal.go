package native

import (
	"errors"
	"os/exec"
	"regexp"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

// complaint is a line of the compiler about the program itself.
var complaint = regexp.MustCompile(`(?m)^(?:\./)?` + regexp.QuoteMeta(core.NativeFile) + `:\d+:\d+: (.*)$`)

// leftOutName is a complaint about a name of package ray that programs do without: see leftOut.
var leftOutName = regexp.MustCompile(`^undefined: (ray\pL*\.\pL+)$`)

// refusal tells a compiler that does not accept the text from a tool that does not work.
func refusal(err error) error {
	var failed *commandError
	var exit *exec.ExitError
	if !errors.As(err, &failed) || !errors.As(err, &exit) {
		return err
	}
	var lines []string
	for _, m := range complaint.FindAllStringSubmatch(failed.output, -1) {
		if strings.HasPrefix(m[1], "could not import ") {
			return err // an archive is damaged
		}
		if name := leftOutName.FindStringSubmatch(m[1]); name != nil {
			return &BuildError{"it uses " + name[1] + leftOutReason}
		}
		lines = append(lines, m[1])
	}
	if len(lines) == 0 {
		return err
	}
	return &BuildError{strings.Join(lines, "; ")}
}
