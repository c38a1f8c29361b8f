package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

// handleLive subscribes to a channel and, when the plugin allows it, runs its
// stream as server-sent events: one `data:` line a packet, which is a frame's JSON.
// `?data=` is the JSON that a subscription may carry. It ends with the caller, or
// with an `error` event when the plugin ends it.
func (s *server) handleLive(w http.ResponseWriter, r *http.Request) {
	source, ok := s.sources.get(r.PathValue("uid"))
	if !ok {
		writeError(w, http.StatusNotFound, "Data source not found")
		return
	}
	context := backend.ToProto().PluginContext(s.pluginContext(r, source))
	headers := queryHeaders(r, source)
	data := []byte(r.URL.Query().Get("data"))

	answer, err := s.plugin.stream.SubscribeStream(r.Context(), &pluginv2.SubscribeStreamRequest{
		PluginContext: context, Path: r.PathValue("path"), Data: data, Headers: headers,
	})
	if err != nil {
		writeError(w, http.StatusInternalServerError, "plugin subscription failed: %v", err)
		return
	}
	switch answer.Status {
	case pluginv2.SubscribeStreamResponse_OK:
	case pluginv2.SubscribeStreamResponse_NOT_FOUND:
		writeError(w, http.StatusNotFound, "stream not found")
		return
	default:
		writeError(w, http.StatusForbidden, "stream not allowed")
		return
	}
	stream, err := s.plugin.stream.RunStream(r.Context(), &pluginv2.RunStreamRequest{
		PluginContext: context, Path: r.PathValue("path"), Data: data, Headers: headers,
	})
	if err != nil {
		writeError(w, http.StatusInternalServerError, "plugin stream failed: %v", err)
		return
	}

	w.Header().Set("Content-Type", "text/event-stream")
	flush := func() {
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
	}
	if len(answer.Data) > 0 {
		_, _ = fmt.Fprintf(w, "data: %s\n\n", answer.Data)
	}
	flush()
	for {
		packet, err := stream.Recv()
		if err != nil {
			message, _ := json.Marshal(err.Error())
			_, _ = fmt.Fprintf(w, "event: error\ndata: %s\n\n", message)
			flush()
			return
		}
		_, _ = fmt.Fprintf(w, "data: %s\n\n", packet.Data)
		flush()
	}
}
