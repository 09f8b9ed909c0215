package lang

import (
	"fmt"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/spelling"
)

var (
	undefinedMember = regexp.MustCompile(`^undefined: (\w+)\.(\w+)$`)
	undefinedName   = regexp.MustCompile(`^undefined: (\w+)$`)
	undefinedField  = regexp.MustCompile(`^(\S+)\.(\w+) undefined \(type .* has no field or method \w+\)$`)
	notAType        = regexp.MustCompile(`^(\w+)\.(\w+) is not a type$`)
	mismatch        = regexp.MustCompile(`^assignment mismatch: (\d+) variables? but (.+) returns (\d+) values?$`)
	notImported     = regexp.MustCompile(`^could not import (\S+) `)
)

// hint finds the likely remedy of a complaint, or "".
func (u *unit) hint(e types.Error) string {
	msg := e.Msg
	if m := undefinedMember.FindStringSubmatch(msg); m != nil {
		if p := u.packageNamed(m[1]); p != nil {
			var names []string
			for _, n := range p.Scope().Names() {
				if p.Scope().Lookup(n).Exported() {
					names = append(names, n)
				}
			}
			if n := spelling.Nearest(m[2], names); n != "" {
				return fmt.Sprintf("did you mean %s.%s?", m[1], n)
			}
		}
		return ""
	}
	if strings.HasPrefix(msg, "cannot use _ as value") {
		return "_ is the last result; no cell has one yet"
	}
	if m := undefinedName.FindStringSubmatch(msg); m != nil {
		if m[1] == outName {
			return "Out[3] is the result of In[3]; it cannot be assigned to, and Out alone is nothing"
		}
		return u.undefined(m[1])
	}
	if m := notAType.FindStringSubmatch(msg); m != nil {
		return u.hidden(m[1], m[2])
	}
	if m := undefinedField.FindStringSubmatch(msg); m != nil {
		if h := u.hidden(m[1], m[2]); h != "" {
			return h
		}
		if t := u.typeEndingAt(e, m[1]); t != nil {
			if h := u.outdated(t, m[2], m[1]); h != "" {
				return h
			}
			if n := spelling.Nearest(m[2], memberNames(t, u.pkg)); n != "" {
				return fmt.Sprintf("did you mean %s?", n)
			}
		}
		return ""
	}
	if m := mismatch.FindStringSubmatch(msg); m != nil {
		names := []string{"a", "b", "c", "d", "e", "f"}
		var n int
		if fmt.Sscan(m[3], &n); n > 0 && n <= len(names) {
			l := names[:n:n]
			sig, call := u.resultTypes(e)
			if sig == nil {
				call = m[2]
			} else if sig.Len() == n && types.Identical(sig.At(n-1).Type(), types.Universe.Lookup("error").Type()) {
				l = append(l[:n-1:n-1], "err")
			}
			return fmt.Sprintf("%s := %s", strings.Join(l, ", "), call)
		}
	}
	if m := notImported.FindStringSubmatch(msg); m != nil {
		if n := spelling.Nearest(m[1], u.s.pkgs.Paths()); n != "" {
			return fmt.Sprintf("did you mean %q?", n)
		}
		if u.s.pkgs.isThirdParty(m[1]) {
			return "" // the reason says what to do
		}
		return "the standard library and goray's own packages can be imported"
	}
	if f, ok := strings.CutPrefix(msg, "not enough arguments in call to "); ok && strings.HasSuffix(msg, "\n\twant (T, error)") {
		f, rest, _ := strings.Cut(f, "\n")
		if !strings.Contains(rest, ",") || strings.Index(rest, ",") > strings.Index(rest, "\n\twant") {
			return fmt.Sprintf("there is no error to check here; leave %s out", f)
		}
	}
	if strings.HasSuffix(msg, "is not used") {
		return "only the last expression of a cell is shown; assign it, or move it to the end"
	}
	return ""
}

// hidden explains a selector that means a package, from a name that a variable has taken.
func (u *unit) hidden(name, member string) string {
	paths := u.s.pkgs.usual()[name]
	if len(paths) == 0 || u.uses[name] != "" {
		return ""
	}
	p, err := u.s.pkgs.Import(u.s.pkgs.guess(name, []string{member}))
	if err != nil || p.Scope().Lookup(member) == nil {
		return ""
	}
	where := "this cell"
	if b := u.lookup(name); b != nil && b.obj != nil && !u.declared[name] {
		where = u.s.cellOf(b.obj).name
	}
	return fmt.Sprintf("the variable %s of %s hides the package; rename it, or import p %q and write p.%s", name, where, p.Path(), member)
}

// undefined looks for what may have been meant.
func (u *unit) undefined(name string) string {
	if later, ok := u.later[name]; ok {
		line, _ := u.src.lineColumn(later)
		return fmt.Sprintf("%s is declared later in this cell, on line %d", name, line)
	}
	u.s.mu.RLock()
	failed, ok := u.s.failed[name]
	u.s.mu.RUnlock()
	if ok {
		return failed + " declares it, but does not compile"
	}
	names := append(u.names(), types.Universe.Names()...)
	if u.selected[name] != nil {
		names = slices.AppendSeq(u.names(), maps.Keys(u.s.pkgs.usual()))
	}
	if n := spelling.Nearest(name, names); n != "" {
		return fmt.Sprintf("did you mean %s?", n)
	}
	for n, paths := range u.s.pkgs.usual() {
		if n == name && u.selected == nil {
			return fmt.Sprintf("import %q", paths[0])
		}
		if strings.EqualFold(n, name) {
			return fmt.Sprintf("did you mean package %s?", n)
		}
	}
	return ""
}
