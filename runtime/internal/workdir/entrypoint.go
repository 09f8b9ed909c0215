package workdir

import (
	"os"
	"path/filepath"
	"strings"
)

// FirstWord splits a command of the shell; a word in quotes is one that the shell must read.
func FirstWord(command string) (word, rest string) {
	trimmed := strings.TrimLeft(command, " \t\n")
	end := strings.IndexAny(trimmed, " \t\n;|&<>()$`\"'\\*?")
	if end < 0 {
		return trimmed, ""
	}
	if strings.IndexByte(" \t\n;|&<>", trimmed[end]) < 0 {
		return "", command
	}
	return trimmed[:end], trimmed[end:]
}

// Script is the file X of the command "goray run X", relative to here; "" for anything else.
func Script(command string) string {
	word, rest := FirstWord(command)
	fields := strings.Fields(rest)
	if word != "goray" || len(fields) < 2 || fields[0] != "run" {
		return ""
	}
	for _, f := range fields[1:] {
		if !strings.HasPrefix(f, "-") {
			return file(f)
		}
	}
	return ""
}

// Program is the file that a command begins with, "./train", relative to here; "" for anything else.
func Program(command string) string {
	word, _ := FirstWord(command)
	if !strings.Contains(word, "/") {
		return ""
	}
	return file(word)
}

func file(name string) string {
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() || !filepath.IsLocal(name) {
		return ""
	}
	return filepath.Clean(name)
}
