package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// maxBody bounds a request's body.
const maxBody = 64 << 20

// server is the HTTP face: Grafana's routes, and the host's own under /api/host.
type server struct {
	plugin   *plugin
	pluginID string
	sources  *registry
}

func newServer(p *plugin, pluginID string) *server {
	return &server{plugin: p, pluginID: pluginID, sources: newRegistry()}
}

func (s *server) routes(mounts []mount) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/ds/query", s.handleQuery)
	mux.HandleFunc("GET /api/datasources/uid/{uid}/health", s.handleHealth)
	mux.HandleFunc("/api/datasources/uid/{uid}/resources/{path...}", s.handleResource)
	mux.HandleFunc("PUT /api/datasources/uid/{uid}", s.handlePutDataSource)
	mux.HandleFunc("GET /api/datasources/uid/{uid}", s.handleGetDataSource)
	mux.HandleFunc("DELETE /api/datasources/uid/{uid}", s.handleDeleteDataSource)
	mux.HandleFunc("GET /api/live/{uid}/{path...}", s.handleLive)
	mux.HandleFunc("GET /metrics", s.handleMetrics)
	mux.HandleFunc("GET /api/host", s.handleHost)
	mux.HandleFunc("POST /api/host/query", s.handleTimed)
	mux.HandleFunc("POST /api/host/alert", s.handleAlert)
	mux.HandleFunc("POST /api/host/stop", s.handleStop)
	for _, m := range mounts {
		m.serve(mux)
	}
	return mux
}

// handleHost tells the plugin's pid and its handshake time.
func (s *server) handleHost(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.plugin.report())
}

// handleStop stops the plugin and says how it went; a second call repeats the answer.
func (s *server) handleStop(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.plugin.stop())
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// writeError answers in the shape of Grafana's API errors.
func writeError(w http.ResponseWriter, status int, format string, args ...any) {
	writeJSON(w, status, map[string]string{"message": fmt.Sprintf(format, args...)})
}
