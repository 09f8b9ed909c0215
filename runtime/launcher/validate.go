package launcher

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/spelling"
	"go.yaml.in/yaml/v3"
)

// checker walks a file beside its shape and collects what does not fit.
type checker struct {
	problems []Problem
	notes    []Problem
}

func (c *checker) fail(n *yaml.Node, hint, format string, args ...any) {
	c.problems = append(c.problems, Problem{Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// value checks n, which stands at path ("" at the top), against s.
func (c *checker) value(path string, n *yaml.Node, s shape) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Tag == "!!null" {
		if !s.null && s.kind != anything {
			c.fail(n, "", "%s is empty; it must be %v", path, s.kind)
		}
		return
	}
	if got, ok := fits(n, s.kind); !ok {
		c.fail(n, typeHint(n, s.kind), "%s must be %v, not %s", pathName(path), s.kind, got)
		return
	}
	switch s.kind {
	case section:
		c.section(path, n, s)
	case texts:
		for i, item := range n.Content {
			if _, ok := fits(item, text); !ok && item.Tag != "!!int" {
				c.fail(item, "put the line between quotes when it holds \": \" or begins with a sign of YAML",
					"item %d of %s must be text", i+1, path)
			}
		}
	}
}

func (c *checker) section(path string, n *yaml.Node, s shape) {
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if key.Tag == "!!merge" {
			continue
		}
		if line, again := seen[key.Value]; again {
			c.fail(key, "keep one of them", "key %q stands twice in %s, first in line %d", key.Value, pathName(path), line)
			continue
		}
		seen[key.Value] = key.Line
		at := strings.TrimPrefix(path+"."+key.Value, ".")
		if s.each != nil {
			c.value(at, val, *s.each)
			continue
		}
		field, known := s.fields[key.Value]
		switch {
		case known:
			c.value(at, val, field)
		case s.open:
			if len(s.fields) > 0 {
				c.notes = append(c.notes, Problem{Line: key.Line, Column: key.Column,
					Message: fmt.Sprintf("%s is not a key that Ray's providers read; it is passed on as it is", at),
					Hint:    meant(key.Value, s.fields)})
			}
		default:
			c.fail(key, unknownHint(path, key.Value, s.fields), "unknown key %q in %s", key.Value, pathName(path))
		}
	}
}

func pathName(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}

// fits reports whether n is of kind k, and otherwise what it is.
func fits(n *yaml.Node, k kind) (string, bool) {
	ok := map[kind]bool{
		anything: true,
		text:     n.Kind == yaml.ScalarNode && n.Tag == "!!str",
		integer:  n.Kind == yaml.ScalarNode && n.Tag == "!!int",
		number:   n.Kind == yaml.ScalarNode && (n.Tag == "!!int" || n.Tag == "!!float"),
		boolean:  n.Kind == yaml.ScalarNode && n.Tag == "!!bool",
		list:     n.Kind == yaml.SequenceNode,
		texts:    n.Kind == yaml.SequenceNode,
		section:  n.Kind == yaml.MappingNode,
	}[k]
	return found(n), ok
}

func found(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a section"
	case yaml.SequenceNode:
		return "a list"
	}
	return fmt.Sprintf("%q", n.Value)
}

// typeHint says how the value that is there becomes the one that is asked for.
func typeHint(n *yaml.Node, k kind) string {
	switch {
	case k == text && n.Kind == yaml.ScalarNode:
		return fmt.Sprintf("write \"%s\", with quotes", n.Value)
	case k == integer && n.Kind == yaml.ScalarNode && n.Tag == "!!str":
		return "write digits without quotes"
	case (k == list || k == texts) && n.Kind == yaml.ScalarNode:
		return "begin the line with \"- \" below its key"
	}
	return ""
}

// unknownHint looks for the key elsewhere in the file's shape first, then for one like it.
func unknownHint(path, key string, here map[string]shape) string {
	for _, name := range slices.Sorted(maps.Keys(clusterShape.fields)) {
		s := clusterShape.fields[name]
		if _, ok := s.fields[key]; ok && name != path {
			return fmt.Sprintf("it belongs below %s:, indented", name)
		}
	}
	if _, ok := nodeTypeShape.fields[key]; ok && path == "" {
		return "it belongs to a node type, below available_node_types:"
	}
	if _, ok := clusterShape.fields[key]; ok && path != "" {
		return "it belongs to the top of the file, without indentation"
	}
	if h := meant(key, here); h != "" {
		return h
	}
	return "known keys: " + strings.Join(slices.Sorted(maps.Keys(here)), ", ")
}

// meant proposes the known key that is nearest.
func meant(key string, known map[string]shape) string {
	best := spelling.Nearest(key, slices.Sorted(maps.Keys(known)))
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}
