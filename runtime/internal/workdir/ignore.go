package workdir

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// Ignoring is a list of patterns in the notation of .gitignore, each for what lies below a folder.
// The last one that fits decides.
type Ignoring []pattern

type pattern struct {
	below   string // "" for the top
	fits    *regexp.Regexp
	negated bool
	folders bool // only those
}

// Add adds the lines of an ignore file in the folder below.
func (g *Ignoring) Add(below string, lines []string) {
	for _, line := range lines {
		if p, ok := parsePattern(line); ok {
			p.below = below
			*g = append(*g, p)
		}
	}
}

// Read adds the lines of a file, if it is there.
func (g *Ignoring) Read(root, below, name string) error {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(below), name))
	if os.IsNotExist(err) {
		return nil
	}
	if err == nil {
		g.Add(below, strings.Split(string(text), "\n"))
	}
	return err
}

// Skips reports whether a path, relative to the top and with slashes, stays behind.
func (g Ignoring) Skips(name string, folder bool) bool {
	for i := len(g) - 1; i >= 0; i-- {
		p := &g[i]
		if p.folders && !folder {
			continue
		}
		rest := name
		if p.below != "" {
			var ok bool
			if rest, ok = strings.CutPrefix(name, p.below+"/"); !ok {
				continue
			}
		}
		if p.fits.MatchString(rest) {
			return !p.negated
		}
	}
	return false
}

// parsePattern reads one line; ok is false for comments and empty lines.
func parsePattern(line string) (p pattern, ok bool) {
	line = strings.TrimSuffix(line, "\r")
	for strings.HasSuffix(line, " ") && !strings.HasSuffix(line, `\ `) {
		line = line[:len(line)-1]
	}
	if line == "" || line[0] == '#' {
		return p, false
	}
	if line[0] == '!' {
		p.negated, line = true, line[1:]
	}
	if rest, ok := strings.CutSuffix(line, "/"); ok {
		p.folders, line = true, rest
	}
	anchored := strings.Contains(line, "/")
	line = path.Clean("/" + line)[1:]
	expr := translate(line)
	if !anchored {
		expr = "(?:.*/)?" + expr
	}
	var err error
	p.fits, err = regexp.Compile("^" + expr + "$")
	return p, err == nil && line != "" // git, too, lets a broken pattern fit nothing
}

// translate makes a regular expression of a pattern.
func translate(glob string) string {
	var b strings.Builder
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; c {
		case '*':
			switch {
			case strings.HasPrefix(glob[i:], "**/") && (i == 0 || glob[i-1] == '/'):
				b.WriteString("(?:.*/)?")
				i += 2
			case glob[i:] == "**" && (i == 0 || glob[i-1] == '/'):
				b.WriteString(".+")
				i++
			default:
				for i+1 < len(glob) && glob[i+1] == '*' {
					i++
				}
				b.WriteString("[^/]*")
			}
		case '?':
			b.WriteString("[^/]")
		case '[':
			end := strings.IndexByte(glob[min(i+2, len(glob)):], ']')
			if end < 0 {
				b.WriteString(`\[`)
				continue
			}
			set := glob[i+1 : i+2+end]
			if set[0] == '!' {
				set = "^" + set[1:]
			}
			b.WriteString("[" + strings.ReplaceAll(set, `\`, `\\`) + "]")
			i += 2 + end
		case '\\':
			if i+1 < len(glob) {
				i++
			}
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		default:
			b.WriteString(regexp.QuoteMeta(glob[i : i+1])) // a byte, perhaps of a longer rune
		}
	}
	return b.String()
}
