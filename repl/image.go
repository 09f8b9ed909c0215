package repl

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// imageProtocol is a way to show a PNG in a terminal.
type imageProtocol int

const (
	noImages imageProtocol = iota
	kittyImages
	itermImages
)

// imagesOf knows the terminals that say in the environment that they show images. Inside tmux and
// screen the sequences would be swallowed.
func imagesOf(getenv func(string) string) imageProtocol {
	if getenv("TMUX") != "" || strings.HasPrefix(getenv("TERM"), "screen") || strings.HasPrefix(getenv("TERM"), "tmux") {
		return noImages
	}
	program := getenv("TERM_PROGRAM")
	switch {
	case getenv("KITTY_WINDOW_ID") != "" || getenv("TERM") == "xterm-kitty" || program == "ghostty":
		return kittyImages
	case program == "iTerm.app" || program == "WezTerm" || getenv("LC_TERMINAL") == "iTerm2":
		return itermImages
	}
	return noImages
}

// encode is the sequence that shows png at the cursor.
func (p imageProtocol) encode(png []byte) string {
	data := base64.StdEncoding.EncodeToString(png)
	switch p {
	case itermImages:
		return fmt.Sprintf("\x1b]1337;File=inline=1;size=%d:%s\a\n", len(png), data)
	case kittyImages:
		const chunk = 4096
		var b strings.Builder
		for first := true; first || data != ""; first = false {
			part := data[:min(chunk, len(data))]
			data = data[len(part):]
			more := 0
			if data != "" {
				more = 1
			}
			if first {
				fmt.Fprintf(&b, "\x1b_Ga=T,f=100,q=2,m=%d;%s\x1b\\", more, part)
			} else {
				fmt.Fprintf(&b, "\x1b_Gm=%d;%s\x1b\\", more, part)
			}
		}
		return b.String() + "\n"
	}
	return ""
}
