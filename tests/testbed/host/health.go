package main

import (
	"encoding/json"
	"net/http"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

// handleHealth answers in Grafana's shape, and 400 unless the status is OK.
func (s *server) handleHealth(w http.ResponseWriter, r *http.Request) {
	source, ok := s.sources.get(r.PathValue("uid"))
	if !ok {
		writeError(w, http.StatusNotFound, "Data source not found")
		return
	}
	answer, err := s.plugin.diagnostics.CheckHealth(r.Context(), &pluginv2.CheckHealthRequest{
		PluginContext: backend.ToProto().PluginContext(s.pluginContext(r, source)),
		Headers:       queryHeaders(r, source),
	})
	if err != nil {
		writeError(w, http.StatusInternalServerError, "plugin health check failed: %v", err)
		return
	}
	health := backend.FromProto().CheckHealthResponse(answer)
	payload := map[string]any{"status": health.Status.String(), "message": health.Message}
	if len(health.JSONDetails) > 0 {
		var details map[string]any
		if err := json.Unmarshal(health.JSONDetails, &details); err != nil {
			writeError(w, http.StatusInternalServerError, "health details are no JSON object: %v", err)
			return
		}
		payload["details"] = details
	}
	status := http.StatusOK
	if health.Status != backend.HealthStatusOk {
		status = http.StatusBadRequest
	}
	writeJSON(w, status, payload)
}

// handleMetrics is the plugin's own metrics, as text.
func (s *server) handleMetrics(w http.ResponseWriter, r *http.Request) {
	answer, err := s.plugin.diagnostics.CollectMetrics(r.Context(), &pluginv2.CollectMetricsRequest{
		PluginContext: &pluginv2.PluginContext{PluginId: s.pluginID},
	})
	if err != nil {
		writeError(w, http.StatusInternalServerError, "plugin metrics failed: %v", err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(backend.FromProto().CollectMetricsResponse(answer).PrometheusMetrics)
}
