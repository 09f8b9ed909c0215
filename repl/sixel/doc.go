// Package sixel writes pictures as DEC's terminals draw them: bands of six rows, each band once for
// every colour in it. Many terminals of today do (xterm, foot, mlterm, contour, Windows Terminal,
// VS Code's, tmux).
//
//	err := sixel.Encode(os.Stdout, img, nil)
//
// A picture has at most 255 colours: one that has more is reduced to those by median cut and
// dithered.
package sixel
