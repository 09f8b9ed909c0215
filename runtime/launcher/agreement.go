package launcher

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// agreement checks what one key demands of another. It runs on files whose single keys are right.
func (c *checker) agreement(root *yaml.Node) {
	provider := child(root, "provider")
	kindNode := child(provider, "type")
	name := kindNode.Value
	p, known := providers[name]
	if !known {
		hint := meantName(name, slices.Sorted(maps.Keys(providers)))
		if hint == "" {
			hint = "known: " + strings.Join(slices.Sorted(maps.Keys(providers)), ", ") + "; another one of Ray's: type: external with module:"
		}
		c.fail(kindNode, hint, "no provider %q", name)
		return
	}
	for _, key := range p.needs {
		if v := child(provider, key); v == nil || v.Value == "" && len(v.Content) == 0 && v.Tag != "!!seq" {
			c.fail(kindNode, fmt.Sprintf("add %s: below provider:", key), "provider %s needs %s", name, key)
		}
	}
	if least := child(root, "min_workers"); least != nil && !p.counted {
		c.notes = append(c.notes, Problem{Line: least.Line, Message: "Ray ignores min_workers at the top of the file for provider " + name,
			Hint: "write it into a type below available_node_types"})
	}
	types := child(root, "available_node_types")
	head := child(root, "head_node_type")
	switch {
	case types != nil && name == "local":
		c.fail(types, "remove it: the machines are named by head_ip and worker_ips", "provider local knows no node types")
	case types != nil && head == nil:
		c.fail(types, "add head_node_type: with one of "+strings.Join(keysOf(types), ", "), "available_node_types without head_node_type")
	case types != nil && child(types, head.Value) == nil:
		c.fail(head, "use one of "+strings.Join(keysOf(types), ", "), "head_node_type %q is not in available_node_types", head.Value)
	case types == nil && head != nil && !p.hasType(head.Value):
		c.fail(head, "add available_node_types:, or leave head_node_type out for Ray's own types", "head_node_type %q without available_node_types", head.Value)
	}
	c.counts(root, types)
}

// counts checks the numbers of workers against each other.
func (c *checker) counts(root, types *yaml.Node) {
	most := child(root, "max_workers")
	limit, bounded := wholeNumber(most)
	if bounded && limit < 0 {
		c.fail(most, "0 means a head alone", "max_workers is negative")
	}
	sum := 0
	for _, name := range keysOf(types) {
		t := child(types, name)
		least, _ := wholeNumber(child(t, "min_workers"))
		sum += least
		if m := child(t, "max_workers"); m != nil {
			if own, _ := wholeNumber(m); own < least {
				c.fail(m, "raise it, or lower min_workers", "node type %s: max_workers %d is below min_workers %d", name, own, least)
			}
		}
		for _, r := range keysOf(child(t, "resources")) {
			if v := child(child(t, "resources"), r); v != nil {
				if n, ok := wholeNumber(v); ok && n < 0 {
					c.fail(v, "", "node type %s: resource %s is negative", name, r)
				}
			}
		}
	}
	if bounded && sum > limit {
		c.fail(most, fmt.Sprintf("raise it to %d, or lower min_workers of the types", sum),
			"max_workers %d is less than the %d workers that the node types ask for at least", limit, sum)
	}
}

func keysOf(n *yaml.Node) []string {
	var out []string
	if n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			out = append(out, n.Content[i].Value)
		}
	}
	return out
}

func wholeNumber(n *yaml.Node) (int, bool) {
	if n == nil {
		return 0, false
	}
	v, err := strconv.Atoi(n.Value)
	return v, err == nil
}

// meantName proposes the known name that is nearest to name.
func meantName(name string, known []string) string {
	shapes := map[string]shape{}
	for _, k := range known {
		shapes[k] = shape{}
	}
	return meant(name, shapes)
}
