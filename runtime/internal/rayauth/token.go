package rayauth

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Token is a secret and the place it was found in, for messages.
type Token struct{ Secret, Origin string }

// modeToken is the value of RAY_AUTH_MODE with which Ray's clients send tokens.
const modeToken = "token"

// Find returns the token for the cluster at an address, the zero Token where there is none: most clusters
// want none. given, unless it is empty, goes before everything. The file in the home folder counts for
// clusters of this machine, and for others where RAY_AUTH_MODE=token.
func Find(given, address string) (Token, error) {
	if given != "" {
		return Token{given, "the token that was given"}, nil
	}
	if strings.EqualFold(os.Getenv("RAY_AUTH_MODE"), "disabled") {
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
	if err != nil || !strings.EqualFold(os.Getenv("RAY_AUTH_MODE"), modeToken) && !isHere(address) {
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
		return "the cluster wants a token and none was found; set RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH to the cluster's token, or RAY_AUTH_MODE=token if it is in ~/.ray/auth_token"
	}
	return fmt.Sprintf("the cluster refused the token of %s (HTTP %d); it must be the one that the cluster was started with", cmp.Or(t.Origin, "this client"), status)
}

// exposed are the hosts of which Exposed has told.
var exposed sync.Map

// Exposed is a warning, once for a host, that the token goes there without encryption; empty where it
// does not leave this machine.
func (t Token) Exposed(address string, encrypted bool) string {
	if t.Secret == "" || encrypted || isHere(address) {
		return ""
	}
	host := hostOf(address)
	if _, told := exposed.LoadOrStore(host, true); told {
		return ""
	}
	return fmt.Sprintf("ray: the token of %s goes to %s without encryption, and whoever is on the way can read it; use TLS or a tunnel (ssh -L)\n", cmp.Or(t.Origin, "this client"), host)
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return strings.Trim(address, "[]")
	}
	return host
}

// isHere reports whether what is sent to an address stays on this machine.
func isHere(address string) bool {
	host := hostOf(address)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
