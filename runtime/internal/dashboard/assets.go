package dashboard

import (
	"embed"
	"net/http"
)

//go:embed static
var static embed.FS

// page is the one document.
func page() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, static, "static/index.html")
	})
}

// assets are its scripts and styles.
func assets() http.Handler { return http.FileServerFS(static) }
