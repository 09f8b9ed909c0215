// Package compat runs the example notebooks of gophernotes and GoNB, which are not part of this
// project: name a folder with them in GORAY_COMPAT_NOTEBOOKS, in subfolders gophernotes and gonb.
//
//	GORAY_COMPAT_NOTEBOOKS=~/examples go test -v ./tests/compat
package compat
