package session

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

func init() {
	lineMagics["lang"] = magic{"%lang [en|zh]", "the language of help and hints", languageMagic}
}

// languageMagic shows or changes the language.
func languageMagic(l *Local, _ context.Context, _ engine.Cell, args, _ string, _ *Outcome) error {
	known := append(slices.Sorted(maps.Keys(texts)), "en")
	slices.Sort(known)
	if args != "" {
		if !slices.Contains(known, args) {
			return &MagicError{"%lang", say("there are %s", strings.Join(known, ", "))}
		}
		speak(args)
		if l.cfg.Spoken != nil {
			l.cfg.Spoken(args)
		}
	}
	fmt.Println(say("help and hints are in English; %%lang zh 换成中文"))
	return nil
}
