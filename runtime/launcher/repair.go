package launcher

import (
	"fmt"
	"strings"
)

// Files that were copied from a page have often lost their indentation: the keys of provider and
// auth then stand at the top of the file. Such a key is moved back when only one reading is
// possible: it is no key of the top, the section opened last before it has such a key, and no other
// section of the file does. Everything else is left as it is, for the checks to point at.

// repairable are the sections whose keys can be told from those of the top.
var repairable = []string{"provider", "auth", "docker"}

// repair returns the source with lost indentation put back, and one note for each section.
func repair(lines []string) ([]string, []Problem) {
	out := make([]string, len(lines))
	copy(out, lines)
	var notes []Problem
	var (
		open   string // the section opened last
		indent string // of the keys that the section already has; "" when none was seen
		moved  []string
		first  int
		nested bool // below a key that was moved, until the next key without indentation
	)
	flush := func() {
		if len(moved) > 0 {
			notes = append(notes, Problem{Line: first, Message: fmt.Sprintf("the indentation of %s was lost; read as keys of %s",
				strings.Join(moved, ", "), open)})
		}
		moved, indent, nested = nil, "", false
	}
	for i, line := range lines {
		body := strings.TrimLeft(line, " ")
		lead := line[:len(line)-len(body)]
		if trimmed := strings.TrimSpace(body); trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		if lead != "" {
			switch {
			case nested:
				out[i] = indentOr(indent) + line
			case open != "" && indent == "":
				indent = lead
			}
			continue
		}
		key, value, isKey := strings.Cut(body, ":")
		if !isKey || strings.HasPrefix(body, "-") {
			if nested {
				out[i] = indentOr(indent) + line
			}
			continue
		}
		if open != "" && belongsTo(open, key) {
			if len(moved) == 0 {
				first = i + 1
			}
			moved = append(moved, key)
			out[i] = indentOr(indent) + line
			nested = strings.TrimSpace(value) == ""
			continue
		}
		flush()
		open = ""
		for _, s := range repairable {
			if s == key && strings.TrimSpace(stripComment(value)) == "" {
				open = s
			}
		}
	}
	flush()
	return out, notes
}

func indentOr(indent string) string {
	if indent == "" {
		return "  "
	}
	return indent
}

// belongsTo reports whether key can only be one of the section's: not of the top, not of another
// section that can be repaired.
func belongsTo(sectionName, key string) bool {
	if _, top := clusterShape.fields[key]; top {
		return false
	}
	owners := 0
	for _, s := range repairable {
		if _, ok := clusterShape.fields[s].fields[key]; ok {
			owners++
		}
	}
	_, ours := clusterShape.fields[sectionName].fields[key]
	// "image" is docker's and ours below provider: the section that stands open decides.
	return ours && (owners == 1 || key == "image")
}

func stripComment(s string) string {
	if i := strings.Index(s, "#"); i >= 0 {
		return s[:i]
	}
	return s
}
