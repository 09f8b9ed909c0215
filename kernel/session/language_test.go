package session

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/goray/goray/kernel/engine"
)

func inChinese(t *testing.T) {
	t.Helper()
	speak("zh")
	t.Cleanup(func() { speak("en") })
}

func TestTranslations(t *testing.T) {
	inChinese(t)
	for english, want := range map[string]string{
		"did you mean Println?":                                              "您是否想写 Println？",
		"did you mean package fmt?":                                          "您是否想写包 fmt？",
		"In[3] declares it, but does not compile":                            "In[3] 声明了它，但未通过编译",
		"x is declared later in this cell, on line 7":                        "x 在本单元格第 7 行才声明",
		`import "fmt"`:                                                       `请导入 "fmt"`,
		"no such magic; did you mean %time? (%help lists them)":              "没有这个命令；您是否想写 %time？（%help 列出全部命令）",
		"no such magic for a line; write %%bash as the first line of a cell": "没有这个行命令；请把 %%bash 写在单元格第一行",
		"a sentence that nobody has translated":                              "a sentence that nobody has translated",
		"":                                                                   "",
	} {
		if got := translate(english); got != want {
			t.Errorf("%q: %q, want %q", english, got, want)
		}
	}
	if got := say("\nRestored: %s.", "x, y"); got != "\n已恢复：x, y。" {
		t.Errorf("%q", got)
	}
	err := &engine.CompileError{Diagnostics: []engine.Diagnostic{{Cell: "In[1]", Line: 1, Column: 1, Message: "undefined: f", Hint: "did you mean g?"}}}
	if r := NewReport(err, false); !strings.Contains(r.Text(), "undefined: f") || !strings.Contains(r.Text(), "您是否想写 g？") {
		t.Errorf("%s", r.Text())
	}
	speak("en")
	if got := translate("did you mean g?"); got != "did you mean g?" {
		t.Error(got)
	}
}

// Every help line of a magic has its Chinese, and says the same things in the same order.
func TestTablesAreWhole(t *testing.T) {
	for _, group := range []map[string]magic{lineMagics, cellMagics} {
		for name, m := range group {
			if chinese[m.help] == "" {
				t.Errorf("%%%s: %q has no Chinese", name, m.help)
			}
		}
	}
	verbs := regexp.MustCompile(`%[sdq]`)
	for english, other := range chinese {
		if !slices.Equal(verbs.FindAllString(english, -1), verbs.FindAllString(other, -1)) {
			t.Errorf("%q and %q differ in what varies", english, other)
		}
		if !strings.ContainsFunc(other, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%q is no Chinese", other)
		}
	}
}
