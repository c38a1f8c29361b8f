package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// queryBody is the body of POST /api/ds/query.
type queryBody struct {
	timeRange
	Queries []json.RawMessage `json:"queries"`
}

// queryModel is what the host itself reads of a query's object.
type queryModel struct {
	RefID      string          `json:"refId"`
	QueryType  string          `json:"queryType"`
	Hide       bool            `json:"hide"`
	Datasource json.RawMessage `json:"datasource"`
	TimeRange  *timeRange      `json:"timeRange"`

	MaxDataPoints *float64 `json:"maxDataPoints"`
	IntervalMs    *float64 `json:"intervalMs"`
}

// group are the queries of one data source, which the plugin gets in one call.
type group struct {
	source  dataSource
	queries []backend.DataQuery
}

// badRequest is an answer of the host itself: the plugin was not asked.
type badRequest struct {
	status  int
	message string
}

func (e *badRequest) Error() string { return e.message }

func bad(status int, format string, args ...any) error {
	return &badRequest{status, fmt.Sprintf(format, args...)}
}

// parseQueries splits a request into one group a data source, in the order of the request.
func (s *server) parseQueries(raw []byte) ([]*group, error) {
	var body queryBody
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, bad(http.StatusBadRequest, "bad request data: %v", err)
	}
	if len(body.Queries) == 0 {
		return nil, bad(http.StatusBadRequest, "no queries found")
	}
	shared, sharedErr := body.parse()

	var groups []*group
	byUID := map[string]*group{}
	for _, object := range body.Queries {
		var model queryModel
		if err := json.Unmarshal(object, &model); err != nil {
			return nil, bad(http.StatusBadRequest, "bad query: %v", err)
		}
		if model.Hide {
			continue
		}
		uid := sourceUID(model.Datasource)
		source, ok := s.sources.get(uid)
		if !ok {
			return nil, bad(http.StatusNotFound, "Data source not found: %q", uid)
		}
		window, err := shared, sharedErr
		if model.TimeRange != nil {
			window, err = model.TimeRange.parse()
		}
		if err != nil {
			return nil, bad(http.StatusBadRequest, "bad time range: %v", err)
		}
		g, ok := byUID[uid]
		if !ok {
			g = &group{source: source}
			byUID[uid] = g
			groups = append(groups, g)
		}
		g.queries = append(g.queries, model.dataQuery(object, window))
	}
	return groups, nil
}

// dataQuery fills in Grafana's defaults; the model is the query's object itself.
func (m queryModel) dataQuery(object json.RawMessage, window backend.TimeRange) backend.DataQuery {
	query := backend.DataQuery{
		RefID:         m.RefID,
		QueryType:     m.QueryType,
		MaxDataPoints: 100,
		Interval:      time.Second,
		TimeRange:     window,
		JSON:          object,
	}
	if query.RefID == "" {
		query.RefID = "A"
	}
	if m.MaxDataPoints != nil {
		query.MaxDataPoints = int64(*m.MaxDataPoints)
	}
	if m.IntervalMs != nil {
		query.Interval = time.Duration(*m.IntervalMs * float64(time.Millisecond))
	}
	return query
}

// sourceUID reads `{"uid": "…"}` and the older bare text.
func sourceUID(raw json.RawMessage) string {
	var ref struct {
		UID string `json:"uid"`
	}
	if json.Unmarshal(raw, &ref) == nil && ref.UID != "" {
		return ref.UID
	}
	var uid string
	_ = json.Unmarshal(raw, &uid)
	return uid
}
