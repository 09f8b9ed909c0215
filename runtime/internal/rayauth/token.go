package rayauth

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Token is a secret and the place it was found in, for messages.
type Token struct{ Secret, Origin string }

// Find returns the token, the zero Token where there is none: most clusters want none. given, unless
// it is empty, goes before everything.
func Find(given string) (Token, error) {
	if given != "" {
		return Token{given, "the token that was given"}, nil
	}
	if os.Getenv("RAY_AUTH_MODE") == "disabled" {
		return Token{}, nil
	}
	if s := strings.TrimSpace(os.Getenv("RAY_AUTH_TOKEN")); s != "" {
		return Token{s, "RAY_AUTH_TOKEN"}, nil
	}
	if file := os.Getenv("RAY_AUTH_TOKEN_PATH"); file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			return Token{}, fmt.Errorf("RAY_AUTH_TOKEN_PATH: %w; name a file with the cluster's token, or unset it", err)
		}
		return Token{strings.TrimSpace(string(raw)), "the file " + file + " (RAY_AUTH_TOKEN_PATH)"}, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return Token{}, nil
	}
	file := filepath.Join(home, ".ray", "auth_token")
	raw, err := os.ReadFile(file)
	if err != nil {
		return Token{}, nil
	}
	return Token{strings.TrimSpace(string(raw)), "the file " + file}, nil
}

// Refused is the error text of an answer 401 or 403: what was sent, and what to do.
func (t Token) Refused(status int) string {
	if t.Secret == "" {
		return "the cluster wants a token and none was found; set RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH to the cluster's token"
	}
	return fmt.Sprintf("the cluster refused the token of %s (HTTP %d); it must be the one that the cluster was started with", cmp.Or(t.Origin, "this client"), status)
}
