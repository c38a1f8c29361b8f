package main

import (
	"io"
	"os"

	"github.com/hashicorp/go-hclog"
)

// newPluginLog returns the logger that go-plugin writes the plugin's stderr to,
// one JSON object a line, to a file or to stderr.
//
// go-plugin parses a JSON line of the plugin: it keeps its @level and @message
// and carries the rest as fields. A line it cannot parse arrives whole, as the
// @message of a debug line. So the output tells which of the two a line was. The
// plugin's lines have @module `host.<executable>`, go-plugin's own have `host`.
func newPluginLog(path string) (hclog.Logger, func(), error) {
	var out io.Writer = os.Stderr
	done := func() {}
	if path != "" {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
		if err != nil {
			return nil, nil, err
		}
		out = file
		done = func() { _ = file.Close() }
	}
	log := hclog.New(&hclog.LoggerOptions{
		Name:       "host",
		Level:      hclog.Trace,
		Output:     out,
		JSONFormat: true,
	})
	return log, done, nil
}
