package main

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// handleResource passes a call on to the plugin. The plugin sees the path behind
// `/resources/`, and as its URL the same with the query string.
func (s *server) handleResource(w http.ResponseWriter, r *http.Request) {
	source, ok := s.sources.get(r.PathValue("uid"))
	if !ok {
		writeError(w, http.StatusNotFound, "Data source not found")
		return
	}
	body, err := readBody(w, r)
	if err != nil {
		writeError(w, http.StatusBadRequest, "%v", err)
		return
	}
	_, path, _ := strings.Cut(r.URL.EscapedPath(), "/resources/")
	target := &url.URL{Path: r.PathValue("path"), RawPath: path, RawQuery: r.URL.RawQuery}
	stream, err := s.plugin.resource.CallResource(r.Context(), backend.ToProto().CallResourceRequest(&backend.CallResourceRequest{
		PluginContext: s.pluginContext(r, source),
		Path:          target.Path,
		Method:        r.Method,
		URL:           target.String(),
		Headers:       resourceHeaders(r, source),
		Body:          body,
	}))
	if err != nil {
		writeError(w, http.StatusInternalServerError, "plugin resource call failed: %v", err)
		return
	}
	// The first message has status and headers, each one a piece of the body.
	for first := true; ; first = false {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			if first {
				writeError(w, http.StatusInternalServerError, "plugin resource call: no response")
			}
			return
		}
		if err != nil {
			if first {
				writeError(w, http.StatusInternalServerError, "plugin resource call failed: %v", err)
			}
			return
		}
		piece := backend.FromProto().CallResourceResponse(message)
		if first {
			writeHead(w, piece)
		}
		_, _ = w.Write(piece.Body)
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
	}
}

// writeHead passes the plugin's status and headers on, less cookies, as Grafana does.
func writeHead(w http.ResponseWriter, piece *backend.CallResourceResponse) {
	for name, values := range piece.Headers {
		if http.CanonicalHeaderKey(name) == "Set-Cookie" {
			continue
		}
		for _, value := range values {
			w.Header().Add(name, value)
		}
	}
	status := piece.Status
	if status < 200 || status > 999 {
		status = http.StatusInternalServerError
	}
	w.WriteHeader(status)
}
