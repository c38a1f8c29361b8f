package main

import (
	"net/http"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// timedAnswer is the body of POST /api/host/query.
type timedAnswer struct {
	PluginMs float64                `json:"plugin_ms"` // the longest of the plugin's calls
	Results  map[string]timedResult `json:"results"`
}

// timedResult says how one query went; its frames stay undecoded.
type timedResult struct {
	Status int32  `json:"status"`
	Error  string `json:"error,omitempty"`
	Bytes  int    `json:"bytes"` // of its Arrow frames
}

// handleTimed answers POST /api/host/query, for measurements: the body of
// /api/ds/query, and no frame is decoded, so the time is the plugin's own, from
// the call until all bytes of its answer are here.
func (s *server) handleTimed(w http.ResponseWriter, r *http.Request) {
	groups, ok := s.readQueries(w, r)
	if !ok {
		return
	}
	answer := timedAnswer{Results: map[string]timedResult{}}
	var mu sync.Mutex
	var wait sync.WaitGroup
	for _, g := range groups {
		wait.Go(func() {
			request := s.queryRequest(r, g)
			began := time.Now()
			got, err := s.plugin.data.QueryData(r.Context(), request)
			took := milliseconds(time.Since(began))
			mu.Lock()
			defer mu.Unlock()
			answer.PluginMs = max(answer.PluginMs, took)
			if err != nil {
				for _, query := range g.queries {
					answer.Results[query.RefID] = timedResult{Status: int32(backend.StatusInternal), Error: err.Error()}
				}
				return
			}
			for refID, result := range got.Responses {
				bytes := 0
				for _, frame := range result.Frames {
					bytes += len(frame)
				}
				answer.Results[refID] = timedResult{Status: result.Status, Error: result.Error, Bytes: bytes}
			}
		})
	}
	wait.Wait()
	writeJSON(w, http.StatusOK, answer)
}
