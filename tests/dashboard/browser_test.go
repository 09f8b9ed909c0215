package dashboard

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser is a page in Chromium, and what it complained of.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

// openBrowser starts Chromium, for at most limit, with flags.
func openBrowser(t *testing.T, limit time.Duration, flags ...chromedp.ExecAllocatorOption) *browser {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.WindowSize(1400, 1100), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	opts = append(opts, flags...)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	b := &browser{t: t}
	// The payloads are told apart by their names: their package is not one that this module names.
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(func(event any) {
		name, content := fmt.Sprintf("%T", event), mustJSON(event)
		// A violated Content-Security-Policy is an entry of the log.
		if strings.Contains(name, "ExceptionThrown") || strings.Contains(name, "EntryAdded") && strings.Contains(content, `"level":"error"`) {
			b.complain(content)
		}
	}))
	t.Cleanup(cancel)
	b.ctx = ctx
	return b
}

func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (b *browser) complain(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, text)
}

// open shows an address, from nothing.
func (b *browser) open(address string) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.Navigate(address)); err != nil {
		b.t.Fatal(err)
	}
}

// wait waits until js is true.
func (b *browser) wait(what, js string) {
	b.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](js))
		if err == nil && ok {
			return
		}
		if b.ctx.Err() != nil || time.Now().After(deadline) {
			b.picture("failed")
			b.t.Fatalf("waited for %s (%s): %v; the page says %q; it complains %q", what, js, err, b.text("document.body.innerText"), b.complaints)
		}
		<-time.After(100 * time.Millisecond)
	}
}

// has waits until the page shows texts.
func (b *browser) has(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.wait(text, "document.getElementById('main').innerText.includes(`"+text+"`)")
	}
}

func (b *browser) text(js string) string {
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](js))
	if err != nil {
		return err.Error()
	}
	return text
}

func (b *browser) do(js string) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("(() => { "+js+"; return true; })()")); err != nil {
		b.t.Fatal(err)
	}
}

// picture leaves a picture of the page in build/dashboard, for whoever wants to look.
func (b *browser) picture(name string) {
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Logf("no picture: %v", err)
		return
	}
	dir := filepath.Join("..", "..", "build", "dashboard")
	if err := os.MkdirAll(dir, 0o755); err == nil {
		_ = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644) // nothing depends on it
	}
}

// content says that the page has nothing to complain of.
func (b *browser) content() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		b.t.Errorf("the page complains: %s", strings.Join(b.complaints, "\n"))
	}
}
