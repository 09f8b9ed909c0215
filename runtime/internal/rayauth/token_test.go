package rayauth_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/rayauth"
)

func TestOrder(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	for _, v := range []string{"RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} {
		t.Setenv(v, "")
	}
	want := func(secret, origin, given string) {
		t.Helper()
		got, err := rayauth.Find(given, "far.example:10001")
		if err != nil || got.Secret != secret || !strings.Contains(got.Origin, origin) {
			t.Errorf("got %+v, %v; want %s from %s", got, err, secret, origin)
		}
	}
	want("", "", "")
	os.Mkdir(filepath.Join(home, ".ray"), 0o700)
	os.WriteFile(filepath.Join(home, ".ray", "auth_token"), []byte("home\n"), 0o600)
	want("", "", "") // it is for one cluster, and others are not to see it
	for _, here := range []string{"127.0.0.1:10001", "localhost:8265", "[::1]:8265"} {
		if got, err := rayauth.Find("", here); err != nil || got.Secret != "home" {
			t.Errorf("%s: %+v, %v", here, got, err)
		}
	}
	t.Setenv("RAY_AUTH_MODE", "token")
	want("home", "auth_token", "")
	t.Setenv("RAY_AUTH_MODE", "")
	file := filepath.Join(home, "t")
	os.WriteFile(file, []byte("file\n"), 0o600)
	t.Setenv("RAY_AUTH_TOKEN_PATH", file)
	want("file", "RAY_AUTH_TOKEN_PATH", "")
	t.Setenv("RAY_AUTH_TOKEN", "env")
	want("env", "RAY_AUTH_TOKEN", "")
	want("given", "given", "given")
	t.Setenv("RAY_AUTH_MODE", "disabled")
	want("", "", "")
	t.Setenv("RAY_AUTH_MODE", "")
	t.Setenv("RAY_AUTH_TOKEN", "")
	t.Setenv("RAY_AUTH_TOKEN_PATH", file+".none")
	if _, err := rayauth.Find("", "localhost"); err == nil || !strings.Contains(err.Error(), "unset it") {
		t.Errorf("got %v", err)
	}
}

func TestRefusedKeepsTheSecret(t *testing.T) {
	for _, token := range []rayauth.Token{{}, {Secret: "hush", Origin: "RAY_AUTH_TOKEN"}} {
		if s := token.Refused(403); strings.Contains(s, "hush") || !strings.Contains(s, "token") {
			t.Error(s)
		}
	}
}

func TestExposedOnce(t *testing.T) {
	token := rayauth.Token{Secret: "hush", Origin: "RAY_AUTH_TOKEN"}
	for _, address := range []string{"127.0.0.1:8265", "localhost:10001", "[::1]:8265", "127.0.0.1"} {
		if s := token.Exposed(address, false); s != "" {
			t.Errorf("%s: %s", address, s)
		}
	}
	if s := token.Exposed("far.example:8265", true) + (rayauth.Token{}).Exposed("far.example:8265", false); s != "" {
		t.Error(s)
	}
	if s := token.Exposed("far.example:8265", false); !strings.Contains(s, "RAY_AUTH_TOKEN goes to far.example without encryption") || strings.Contains(s, "hush") {
		t.Errorf("%q", s)
	}
	if s := token.Exposed("far.example:10001", false); s != "" {
		t.Errorf("again: %s", s)
	}
}
