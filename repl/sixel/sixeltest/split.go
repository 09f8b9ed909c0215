package sixeltest

import (
	"image"
	"strings"
)

// Split takes the pictures out of what a program wrote to its terminal.
func Split(output string) (text string, pictures []*image.NRGBA, err error) {
	for {
		before, rest, found := strings.Cut(output, "\x1bP")
		text += before
		if !found {
			return text, pictures, nil
		}
		body, after, _ := strings.Cut(rest, "\x1b\\")
		img, err := Decode("\x1bP" + body + "\x1b\\")
		if err != nil {
			return text, pictures, err
		}
		pictures, output = append(pictures, img), after
	}
}
