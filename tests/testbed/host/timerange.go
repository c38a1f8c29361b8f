package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/gtime"
)

// timeRange is a range as the front end sends it: epoch milliseconds (text or
// number), RFC 3339 or Grafana's own `now-1h`.
type timeRange struct {
	From json.RawMessage `json:"from"`
	To   json.RawMessage `json:"to"`
}

// parse reads both ends. What a plugin gets is cut to milliseconds: its protocol
// has no more.
func (t timeRange) parse() (backend.TimeRange, error) {
	from, to := text(t.From), text(t.To)
	relative := gtime.NewTimeRange(from, to)

	var out backend.TimeRange
	var err error
	if out.From, err = time.Parse(time.RFC3339Nano, from); err != nil {
		if out.From, err = relative.ParseFrom(); err != nil {
			return out, fmt.Errorf("from: %w", err)
		}
	}
	if out.To, err = time.Parse(time.RFC3339Nano, to); err != nil {
		if out.To, err = relative.ParseTo(); err != nil {
			return out, fmt.Errorf("to: %w", err)
		}
	}
	out.From, out.To = out.From.UTC(), out.To.UTC()
	return out, nil
}

// text is a JSON string's content, or any other JSON value as it stands.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}
