package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

// handleQuery answers POST /api/ds/query. With ?check=1 each result also has
// `checks`, the list of what Grafana's contracts find wrong with its frames.
func (s *server) handleQuery(w http.ResponseWriter, r *http.Request) {
	groups, ok := s.readQueries(w, r)
	if !ok {
		return
	}
	response, err := s.runGroups(r, groups)
	if err != nil {
		writeError(w, http.StatusInternalServerError, "plugin request failed: %v", err)
		return
	}

	status := http.StatusOK
	for _, result := range response.Responses {
		if result.Error != nil {
			status = http.StatusMultiStatus
		}
	}
	if r.URL.Query().Get("check") == "" {
		writeJSON(w, status, response)
		return
	}
	checked, err := withChecks(response)
	if err != nil {
		writeError(w, http.StatusInternalServerError, "check: %v", err)
		return
	}
	writeJSON(w, status, checked)
}

// readQueries reads a request's queries; what is wrong with them is answered here.
func (s *server) readQueries(w http.ResponseWriter, r *http.Request) ([]*group, bool) {
	body, err := readBody(w, r)
	if err != nil {
		writeError(w, http.StatusBadRequest, "%v", err)
		return nil, false
	}
	groups, err := s.parseQueries(body)
	if err != nil {
		status := http.StatusInternalServerError
		if refused := (*badRequest)(nil); errors.As(err, &refused) {
			status = refused.status
		}
		writeError(w, status, "%v", err)
		return nil, false
	}
	return groups, true
}

// runGroups asks the plugin for all data sources at once. A call that fails is
// the whole request's failure when it was the only one; among several it is the
// failure of its own queries, as in Grafana.
func (s *server) runGroups(r *http.Request, groups []*group) (*backend.QueryDataResponse, error) {
	if len(groups) == 1 {
		return s.runGroup(r, groups[0])
	}
	all := backend.NewQueryDataResponse()
	var mu sync.Mutex
	var wait sync.WaitGroup
	for _, g := range groups {
		wait.Go(func() {
			part, err := s.runGroup(r, g)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				for _, query := range g.queries {
					all.Responses[query.RefID] = backend.DataResponse{
						Error: err, Status: backend.StatusInternal, ErrorSource: backend.ErrorSourcePlugin,
					}
				}
				return
			}
			for refID, result := range part.Responses {
				all.Responses[refID] = result
			}
		})
	}
	wait.Wait()
	return all, nil
}

// runGroup asks the plugin once and decodes the Arrow frames of its answer.
func (s *server) runGroup(r *http.Request, g *group) (*backend.QueryDataResponse, error) {
	answer, err := s.plugin.data.QueryData(r.Context(), s.queryRequest(r, g))
	if err != nil {
		return nil, err
	}
	return backend.FromProto().QueryDataResponse(answer)
}

// queryRequest is one group's queries as the plugin gets them.
func (s *server) queryRequest(r *http.Request, g *group) *pluginv2.QueryDataRequest {
	return backend.ToProto().QueryDataRequest(&backend.QueryDataRequest{
		PluginContext: s.pluginContext(r, g.source),
		Headers:       queryHeaders(r, g.source),
		Queries:       g.queries,
	})
}

// withChecks is the response's JSON with a `checks` list in each result.
func withChecks(response *backend.QueryDataResponse) (any, error) {
	results := map[string]any{}
	for refID, result := range response.Responses {
		raw, err := json.Marshal(result)
		if err != nil {
			return nil, err
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(raw, &fields); err != nil {
			return nil, err
		}
		if fields["checks"], err = json.Marshal(checkResult(refID, result)); err != nil {
			return nil, err
		}
		results[refID] = fields
	}
	return map[string]any{"results": results}, nil
}
