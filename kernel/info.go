package kernel

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/goray/goray/kernel/wire"
)

type link struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

type language struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	MIMEType string `json:"mimetype"`
	File     string `json:"file_extension"`
	Lexer    string `json:"pygments_lexer"`
	Mode     string `json:"codemirror_mode"`
	Exporter string `json:"nbconvert_exporter"`
}

type kernelInfo struct {
	Status    string   `json:"status"`
	Protocol  string   `json:"protocol_version"`
	Name      string   `json:"implementation"`
	Version   string   `json:"implementation_version"`
	Language  language `json:"language_info"`
	Banner    string   `json:"banner"`
	HelpLinks []link   `json:"help_links"`
	Debugger  bool     `json:"debugger"`
	Features  []string `json:"supported_features"`
}

// info says what this kernel is. It asks nobody, so that the first answer is quick.
func (k *Kernel) info() kernelInfo {
	version := k.opts.Version
	if version == "" {
		version = "0.0.0"
	}
	goVersion := strings.TrimPrefix(runtime.Version(), "go")
	return kernelInfo{
		Status:   "ok",
		Protocol: wire.ProtocolVersion,
		Name:     "goray",
		Version:  version,
		Language: language{"go", goVersion, "text/x-go", ".go", "go", "go", "script"},
		Banner:   fmt.Sprintf("goray %s: Go %s with Ray. %%help lists the magic commands.", version, goVersion),
		HelpLinks: []link{
			{"The Go language", "https://go.dev/ref/spec"},
			{"Go's standard library", "https://pkg.go.dev/std"},
			{"Ray", "https://docs.ray.io"},
		},
		Debugger: true,
		Features: []string{"debugger", "kernel subshells"},
	}
}
