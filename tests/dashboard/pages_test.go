package dashboard

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/goray/goray/runtime/ray"
)

// TestPages looks at every page, in light and in dark.
func TestPages(t *testing.T) {
	b := openBrowser(t, 4*time.Minute)
	w := startWork(t, ray.Config{})
	b.open(w.url + "/")
	b.has("CPU in use", "Tasks finished", "Object store", "Failed last", "no luck with <b>markup</b>")
	b.wait("time series", "document.querySelectorAll('.chart path.line').length >= 7")
	b.picture("overview")
	if n := b.text("String(document.querySelectorAll('b b, main script').length)"); n != "0" {
		t.Error("text of the user became markup")
	}
	for _, p := range []struct {
		path string
		has  []string
	}{
		{"nodes", []string{"alpha", "beta", "(head)", "DRIVER"}},
		{"tasks", []string{"square", "panicking", "FAILED", "WAITING_FOR_RESOURCES", "work_test.go"}},
		{"tasks?state=FAILED", []string{"failing", "panicking", "2"}},
		{"tasks/" + w.failed, []string{"FAILED", "Stack", "assignment to entry in nil map", "work_test.go:"}},
		{"tasks/" + w.queued, []string{"Why it waits", "CPU 64"}},
		{"actors", []string{"score", "ALIVE"}},
		{"objects", []string{"2.0 MiB", "TASK_RESULT"}},
		{"placement_groups", []string{"pair", "CREATED", "SPREAD"}},
		{fmt.Sprintf("logs?pid=%d", w.actorPID), []string{"the tally is 2"}},
		{"jobs", []string{"RUNNING", "driver "}},
		{"events", []string{"ACTOR_DIED", "killed"}},
		{"metrics", []string{"page_hits", "route=/<a>", "3"}},
	} {
		b.do("location.hash = '#/" + p.path + "'")
		b.has(p.has...)
		b.picture(fmt.Sprintf("%.12s", p.path))
	}
	b.content()

	d := openBrowser(t, 4*time.Minute, chromedp.Flag("blink-settings", "preferredColorScheme=0"))
	d.open(w.url + "/#/nodes")
	d.has("alpha")
	if !strings.HasPrefix(d.text("getComputedStyle(document.body).backgroundColor"), "rgb(18, 22, 28") {
		t.Error("the page is not dark for whoever wants it dark")
	}
	d.picture("nodes-dark")
	d.do("location.hash = '#/'")
	d.has("CPU in use")
	d.wait("time series", "document.querySelectorAll('.chart path.line').length >= 7")
	d.picture("overview-dark")
	d.content()
}

// TestLive checks that pages change by themselves, that a filter holds, and that keys work.
func TestLive(t *testing.T) {
	b := openBrowser(t, 4*time.Minute)
	w := startWork(t, ray.Config{})
	b.open(w.url + "/#/tasks")
	b.has("square")
	b.do(`const i = document.querySelectorAll('main input[type=search]')[1]; i.focus(); i.value = 'late'; i.dispatchEvent(new Event('input'))`)
	b.has("no such tasks")
	if _, err := ray.Get(ray.Remote[int](square).Options(ray.Name("late")).Remote(3)); err != nil {
		t.Fatal(err)
	}
	b.wait("the new task", "[...document.querySelectorAll('tbody')][1].innerText.includes('late')")
	if got := b.text("document.activeElement.value"); got != "late" {
		t.Errorf("the filter has lost the focus or its text: %q", got)
	}
	b.do("document.activeElement.blur(); document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '2', bubbles: true}))")
	b.has("Processes")
	b.do("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'p', bubbles: true}))")
	b.wait("the pause", "document.getElementById('live').textContent === 'paused'")
	b.content()
	if err := ray.Shutdown(); err != nil {
		t.Fatal(err)
	}
	b.wait("the end", "document.getElementById('live').textContent === 'ended'")
}
