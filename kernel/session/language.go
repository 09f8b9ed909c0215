package session

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// EnvLanguage names the language of help and hints: "en" or "zh". %lang changes it.
const EnvLanguage = "GORAY_LANG"

// texts are the words of this package, and the hints of engines, in other languages: by language, then
// by the English text, as a format where something varies. What is not there stays English.
var texts = map[string]map[string]string{"zh": chinese}

// spoken is the language of this process.
var spoken atomic.Pointer[string]

func init() {
	speak("en")
	if texts[os.Getenv(EnvLanguage)] != nil {
		speak(os.Getenv(EnvLanguage))
	}
}

// speak changes the language; one that is not known is English.
func speak(language string) { spoken.Store(&language) }

// say formats in the language that is spoken.
func say(format string, args ...any) string {
	if other, ok := texts[*spoken.Load()][format]; ok {
		format = other
	}
	return fmt.Sprintf(format, args...)
}

// translate finds a text that has been formatted already, and says it in the language that is spoken.
func translate(text string) string {
	table := texts[*spoken.Load()]
	if table == nil || text == "" {
		return text
	}
	if other, ok := table[text]; ok {
		return other
	}
	for _, p := range patterns() {
		if m := p.english.FindStringSubmatch(text); m != nil && table[p.format] != "" {
			args := make([]any, len(m)-1)
			for i := range args {
				args[i] = m[i+1]
			}
			return fmt.Sprintf(strings.NewReplacer("%d", "%s", "%q", "%s").Replace(table[p.format]), args...)
		}
	}
	return text
}

// pattern recognises what was formatted with a format.
type pattern struct {
	format  string
	english *regexp.Regexp
}

// patterns are made when they are first needed; of two that fit, the one with more words comes first.
var patterns = sync.OnceValue(func() (all []pattern) {
	formats := map[string]bool{}
	for _, table := range texts {
		for format := range table {
			if strings.Contains(format, "%s") || strings.Contains(format, "%d") || strings.Contains(format, "%q") {
				formats[format] = true
			}
		}
	}
	holes := strings.NewReplacer("%s", "(.+?)", "%d", `(-?\d+)`, "%q", `(".*?")`, "%%", "%")
	for _, format := range slices.SortedFunc(maps.Keys(formats), func(a, b string) int { return len(b) - len(a) }) {
		all = append(all, pattern{format, regexp.MustCompile(`(?s)^` + holes.Replace(regexp.QuoteMeta(format)) + `$`)})
	}
	return all
})
