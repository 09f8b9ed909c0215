package launcher

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Document is a cluster file that was read, repaired where that was possible, and checked.
type Document struct {
	File string
	// Notes are what was repaired and what is worth knowing, in the order of the file.
	Notes []Problem
	// Repaired is the file's text when indentation had to be put back, "" otherwise.
	Repaired string

	root   *yaml.Node
	source []string
}

// Load reads a cluster file. The error of a file that cannot be used is a *Problems.
func Load(file string) (*Document, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w; name a cluster file, as in: goray up cluster.yaml", err)
	}
	return Parse(file, raw)
}

// Parse is Load for a text that was read already; file is the name for messages.
func Parse(file string, raw []byte) (*Document, error) {
	lines := strings.Split(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n")
	d := &Document{File: file, source: lines}
	for i, line := range lines {
		if lead := line[:len(line)-len(strings.TrimLeft(line, " \t"))]; strings.Contains(lead, "\t") {
			return nil, d.refuse(Problem{Line: i + 1, Message: "the line is indented with a tab", Hint: "YAML wants spaces; use two for each level"})
		}
	}
	repaired, notes := repair(lines)
	d.Notes = notes
	if len(notes) > 0 {
		d.Repaired = strings.Join(repaired, "\n")
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(strings.Join(repaired, "\n")), &doc); err != nil {
		return nil, d.refuse(syntaxProblem(err))
	}
	if doc.Kind == 0 || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, d.refuse(Problem{Message: "there are no keys in the file", Hint: "a cluster file begins with cluster_name: and provider:"})
	}
	d.root = doc.Content[0]
	var c checker
	c.value("", d.root, clusterShape)
	c.lostIndentation(d.root)
	c.required(d.root)
	if len(c.problems) == 0 {
		c.agreement(d.root)
	}
	if len(c.problems) > 0 {
		return nil, d.refuse(c.problems...)
	}
	d.Notes = append(d.Notes, c.notes...)
	return d, nil
}

func (d *Document) refuse(p ...Problem) *Problems {
	slices.SortStableFunc(p, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return &Problems{File: d.File, List: p, source: d.source}
}

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

// syntaxProblem reads the line out of the parser's message.
func syntaxProblem(err error) Problem {
	var te *yaml.TypeError
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	if errors.As(err, &te) && len(te.Errors) > 0 {
		msg = te.Errors[0]
	}
	p := Problem{Message: msg, Hint: "look at the indentation of this line and of the one above it"}
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.Message = m[2]
	}
	return p
}

// lostIndentation replaces the complaints about keys that stand right below an empty section by
// one that says what happened: the keys of the section have lost their indentation, and it could
// not be put back because more than one reading is possible.
func (c *checker) lostIndentation(root *yaml.Node) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, val := root.Content[i], root.Content[i+1]
		s, known := clusterShape.fields[key.Value]
		if !known || s.kind != section || val.Tag != "!!null" || i+2 >= len(root.Content) {
			continue
		}
		next := root.Content[i+2]
		if _, top := clusterShape.fields[next.Value]; top {
			continue
		}
		kept := c.problems[:0]
		for _, p := range c.problems {
			if p.Line != next.Line && p.Line != key.Line {
				kept = append(kept, p)
			}
		}
		hint := fmt.Sprintf("indent line %d and those that belong with it by two spaces; which they are cannot be told from the text", next.Line)
		c.problems = kept
		c.fail(key, hint, "%s is empty, and %q below it is no key of the top: its indentation was lost", key.Value, next.Value)
	}
}

// required asks for what no cluster can do without.
func (c *checker) required(root *yaml.Node) {
	if child(root, "cluster_name") == nil {
		c.problems = append(c.problems, Problem{Message: "cluster_name is missing", Hint: "add cluster_name: NAME"})
	}
	provider := child(root, "provider")
	switch {
	case provider == nil:
		c.problems = append(c.problems, Problem{Message: "provider is missing",
			Hint: "add provider: and below it type: gcp, azure, aws, local, kubernetes or fake_multinode"})
	case provider.Kind == yaml.MappingNode && child(provider, "type") == nil:
		c.fail(provider, "add type: gcp, azure, aws, local, kubernetes or fake_multinode", "provider has no type")
	}
}

// child is the value of key in a section, or nil.
func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
