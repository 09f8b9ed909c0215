package export

import (
	"go/types"
	"strings"
)

// module begins the import paths of this program's own packages.
const module = "github.com/goray/goray/"

// rich are methods and functions by which a value says itself how it is shown.
var rich = []string{"MIMEBundle", "Render", "SimpleRender"}

// showFunction is the function that prints results, if the program has any that need it. Programs
// that use our packages have kernel/display do it; others need no module for it.
func (x *exporter) showFunction() string {
	if !x.shows {
		return ""
	}
	if !x.needsDisplay() {
		text := showText
		for _, path := range []string{"fmt", "reflect", "strconv", "strings"} {
			text = strings.ReplaceAll(text, path+".", x.importPath(x.packageOf(path), "")+".")
		}
		return text
	}
	return strings.ReplaceAll(showDisplay, "display.", x.importPath(x.packageOf(module+"kernel/display"), "")+".")
}

func (x *exporter) needsDisplay() bool {
	for path := range x.imports {
		if strings.HasPrefix(path, module) {
			return true
		}
	}
	for _, c := range x.cells {
		if c.checked == nil {
			continue
		}
		for _, t := range c.checked.Results {
			for _, name := range append([]string{"ColorModel"}, rich...) {
				if o, _, _ := types.LookupFieldOrMethod(t, true, nil, name); o != nil {
					return true
				}
			}
		}
	}
	return false
}

const showDisplay = `
// show prints the values of an expression as a notebook shows them.
func show(values ...any) {
	var list []display.Value
	for _, v := range values {
		if v != nil || len(values) == 1 { // an error that is nil
			list = append(list, display.Value{V: v})
		}
	}
	if b, ok := display.Result(list); ok {
		display.Display(b)
	}
}
`

const showText = `
// show prints the values of an expression as a notebook shows them: strings quoted, structs with
// the names of their fields; an error that is nil, and nil alone, not at all.
func show(values ...any) {
	var texts []string
	for _, v := range values {
		if v == nil {
			continue
		}
		r, text := reflect.ValueOf(v), ""
		null := (r.Kind() == reflect.Pointer || r.Kind() == reflect.Func || r.Kind() == reflect.Chan) && r.IsNil()
		if null && len(values) == 1 {
			continue
		}
		switch v.(type) {
		case error, fmt.Stringer, fmt.Formatter:
			text = "nil"
			if !null {
				text = fmt.Sprint(v)
			}
		default:
			switch k := r.Kind(); {
			case k == reflect.String:
				text = strconv.Quote(r.String())
			case k == reflect.Func || k == reflect.Chan:
				text = r.Type().String()
			case null:
				text = "nil"
			case k == reflect.Pointer && r.Elem().Kind() != reflect.Struct:
				text = fmt.Sprintf("(%s)(%#x)", r.Type(), r.Pointer())
			case (k == reflect.Slice || k == reflect.Array) && r.Len() > 1000:
				text = "["
				for i := range 1000 {
					text += fmt.Sprintf("%+v ", r.Index(i))
				}
				text += fmt.Sprintf("… %d more]", r.Len()-1000)
			default:
				text = fmt.Sprintf("%+v", v)
			}
		}
		texts = append(texts, text)
	}
	switch len(texts) {
	case 0:
	case 1:
		fmt.Println(texts[0])
	default:
		fmt.Println("(" + strings.Join(texts, ", ") + ")")
	}
}
`
