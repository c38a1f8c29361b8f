package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sort"

	"github.com/grafana/dataplane/sdata/numeric"
	"github.com/grafana/dataplane/sdata/timeseries"
	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// alertBody is the body of /api/ds/query with the rule's condition: the last value above a threshold.
type alertBody struct {
	Threshold float64 `json:"threshold"`
}

// alertState is what one evaluation makes of one series or number.
type alertState struct {
	Labels data.Labels `json:"labels"`
	Value  *float64    `json:"value"`
	State  string      `json:"state"` // Normal, Alerting or NoData
}

// alertAnswer is one evaluation. No states and no error: the rule sees no data.
type alertAnswer struct {
	States []alertState `json:"states"`
	Error  string       `json:"error,omitempty"`
}

// handleAlert answers POST /api/host/alert, which does with one query's answer what alerting does with
// it: read the frames (pkg/expr/dataplane.go), reduce each series to its last value, hold that against
// the threshold, and refuse label sets that come twice (pkg/services/ngalert/eval).
func (s *server) handleAlert(w http.ResponseWriter, r *http.Request) {
	raw, err := readBody(w, r)
	if err != nil {
		writeError(w, http.StatusBadRequest, "%v", err)
		return
	}
	var body alertBody
	if err := json.Unmarshal(raw, &body); err != nil {
		writeError(w, http.StatusBadRequest, "%v", err)
		return
	}
	groups, err := s.parseQueries(raw)
	if err != nil || len(groups) != 1 || len(groups[0].queries) != 1 {
		writeError(w, http.StatusBadRequest, "one query is wanted: %v", err)
		return
	}
	response, err := s.runGroup(r, groups[0])
	if err != nil {
		writeError(w, http.StatusInternalServerError, "plugin request failed: %v", err)
		return
	}
	answer := alertAnswer{States: []alertState{}}
	states, err := evaluate(response.Responses[groups[0].queries[0].RefID], body.Threshold)
	if err != nil {
		answer.Error = err.Error()
	} else {
		answer.States = append(answer.States, states...)
	}
	writeJSON(w, http.StatusOK, answer)
}

func evaluate(result backend.DataResponse, threshold float64) ([]alertState, error) {
	if result.Error != nil {
		return nil, result.Error
	}
	if len(result.Frames) == 0 {
		return nil, fmt.Errorf("no frames: an empty result is one frame without fields, with its type")
	}
	first := result.Frames[0].Meta
	if first == nil || first.Type == "" || first.TypeVersion.IsZero() {
		return nil, fmt.Errorf("the first frame has no type and version: alerting would read it by its legacy rules")
	}
	states, err := reduce(result.Frames)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i := range states {
		key := states[i].Labels.String()
		if seen[key] {
			return nil, fmt.Errorf("duplicate results with labels {%s}", key)
		}
		seen[key] = true
		switch value := states[i].Value; {
		case value == nil:
			states[i].State = "NoData"
		case *value > threshold:
			states[i].State = "Alerting"
		default:
			states[i].State = "Normal"
		}
	}
	sort.Slice(states, func(a, b int) bool { return states[a].Labels.String() < states[b].Labels.String() })
	return states, nil
}

// reduce is one value a series: the last one, as the strict reducer takes it, null or not.
func reduce(frames data.Frames) ([]alertState, error) {
	var states []alertState
	switch kind := frames[0].Meta.Type; {
	case kind.IsTimeSeries():
		reader, err := timeseries.CollectionReaderFromFrames(frames)
		if err != nil {
			return nil, err
		}
		collection, err := reader.GetCollection(false)
		if err != nil || collection.NoData() {
			return nil, err
		}
		for _, series := range collection.Refs {
			length, err := series.Len()
			if err != nil {
				return nil, err
			}
			state := alertState{Labels: series.GetLabels()}
			if length > 0 {
				if state.Value, err = series.NullableFloat64Value(length - 1); err != nil {
					return nil, err
				}
			}
			states = append(states, state)
		}
	case kind.IsNumeric():
		reader, err := numeric.CollectionReaderFromFrames(frames)
		if err != nil {
			return nil, err
		}
		collection, err := reader.GetCollection(false)
		if err != nil || collection.NoData() {
			return nil, err
		}
		for _, number := range collection.Refs {
			value, empty, err := number.NullableFloat64Value()
			if err != nil {
				return nil, err
			}
			if empty {
				value = nil
			}
			states = append(states, alertState{Labels: number.GetLabels(), Value: value})
		}
	default:
		return nil, fmt.Errorf("frames of type %q are no input of an alert rule", kind)
	}
	return states, nil
}
