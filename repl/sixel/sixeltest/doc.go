// Package sixeltest reads what package sixel writes, for tests that look at pictures.
//
//	img, err := sixeltest.Decode(sequence)
//	text, images, err := sixeltest.Split(output) // of a whole session
package sixeltest
