package ray

import (
	"fmt"
	"os"

	"github.com/goray/goray/runtime/internal/core"
)

// guarded is a backend whose dashboard asks readers for a token.
type guarded interface {
	DashboardToken() (token string, made bool)
}

// tokenNotice tells how to open the dashboard of a backend; empty where nothing is needed, or where
// the user knows the token.
func tokenNotice(b core.Backend) string {
	g, ok := b.(guarded)
	if !ok {
		return ""
	}
	token, made := g.DashboardToken()
	if !made {
		return ""
	}
	return fmt.Sprintf("The dashboard is open to other machines, for those with its token: %s/?token=%s\n", b.Info().DashboardURL, token)
}

// tellToken prints a token that was made, once.
func tellToken(b core.Backend) { fmt.Fprint(os.Stderr, tokenNotice(b)) }
