package dashboard

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// Where the token is looked for.
const (
	EnvToken     = "GORAY_AUTH_TOKEN"
	EnvTokenPath = "GORAY_AUTH_TOKEN_PATH"
)

// minToken is the shortest token that is taken: a shorter one can be guessed.
const minToken = 8

// Access finds the token that readers must have: chosen, or else that of $GORAY_AUTH_TOKEN, or else
// the content of the file that $GORAY_AUTH_TOKEN_PATH names, or else a new one, which made says.
func Access(chosen string) (token string, made bool, err error) {
	token, from := chosen, "Config"
	if token == "" {
		token, from = os.Getenv(EnvToken), "$"+EnvToken
	}
	if path := os.Getenv(EnvTokenPath); token == "" && path != "" {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", false, fmt.Errorf("the dashboard's token: %w; write one into that file, or unset %s", err, EnvTokenPath)
		}
		token, from = strings.TrimSpace(string(content)), path
		if token == "" {
			return "", false, fmt.Errorf("the dashboard's token: %s is empty; write one into it, or unset %s", path, EnvTokenPath)
		}
	}
	switch {
	case token == "":
		return rand.Text(), true, nil
	case len(token) < minToken:
		return "", false, fmt.Errorf("the dashboard's token in %s has %d characters; use at least %d", from, len(token), minToken)
	}
	return token, false, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// pass is what a browser keeps in place of the token, which may have characters that cookies cannot.
func pass(token string) string {
	sum := sha256.Sum256([]byte("goray dashboard " + token))
	return hex.EncodeToString(sum[:])
}

// guard lets in who may read.
type guard struct {
	next  http.Handler
	token string // empty: on the loopback interface only
}

// cookieName is of what the browser keeps after it was opened with ?token=. Cookies do not tell ports
// apart, sessions do.
func cookieName(r *http.Request) string {
	_, port, _ := net.SplitHostPort(r.Host) // without a port it is that of HTTP
	return "goray_token_" + port
}

func (g guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	switch {
	case g.token == "" && !isLoopback(hostOf(r.Host)):
		// A page from elsewhere could have its own name point to this machine.
		http.Error(w, "this dashboard answers on localhost only; start it with DashboardHost or --dashboard-host for others", http.StatusForbidden)
	case foreign(r):
		http.Error(w, "a page of another origin may not read this dashboard", http.StatusForbidden)
	case g.token == "":
		g.next.ServeHTTP(w, r)
	case r.URL.Path == "/" && equal(g.token, r.URL.Query().Get("token")):
		// The token leaves the address bar, and with it the history of the browser.
		http.SetCookie(w, &http.Cookie{Name: cookieName(r), Value: pass(g.token), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case g.admits(r):
		g.next.ServeHTTP(w, r)
	default:
		h.Set("WWW-Authenticate", `Bearer realm="goray"`)
		http.Error(w, "a token is required: open /?token=TOKEN once, or send the header \"Authorization: Bearer TOKEN\"; whoever started goray has been told it", http.StatusUnauthorized)
	}
}

// policy allows what this program brings and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// equal compares in a time that does not depend on how much of the token is right.
func equal(token, given string) bool {
	want, have := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(want[:], have[:]) == 1
}

// admits looks for the token of a request; Ray's clients have a header of their own for it.
func (g guard) admits(r *http.Request) bool {
	for _, name := range []string{"Authorization", "X-Ray-Authorization"} {
		if token, ok := strings.CutPrefix(r.Header.Get(name), "Bearer "); ok {
			return equal(g.token, token)
		}
	}
	c, err := r.Cookie(cookieName(r))
	return err == nil && equal(pass(g.token), c.Value)
}

// foreign reports whether a page of another origin asks.
func foreign(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		return err != nil || u.Host != r.Host
	}
	// Following a link to the page itself is no reading of it.
	return r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.URL.Path != "/"
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	return host
}
