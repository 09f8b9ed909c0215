// Package dashboard drives the dashboard of a session with real work in Chromium, as a person does.
package dashboard
