// Package kernelspec tells Jupyter about the kernel: kernel.json and logos, written where Jupyter
// looks for them.
//
//	dir, err := kernelspec.Install(kernelspec.Options{}) // for this user
//
// No Python is needed. The logos are drawn by logo/draw.go (go generate).
package kernelspec

//go:generate go run logo/draw.go
