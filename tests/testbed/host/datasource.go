package main

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// dataSource is the body of PUT /api/datasources/uid/{uid}, named as in Grafana.
type dataSource struct {
	UID            string            `json:"uid"`
	Name           string            `json:"name"`
	URL            string            `json:"url"`
	User           string            `json:"user"`
	Database       string            `json:"database"`
	BasicAuth      bool              `json:"basicAuth"`
	BasicAuthUser  string            `json:"basicAuthUser"`
	JSONData       json.RawMessage   `json:"jsonData"`
	SecureJSONData map[string]string `json:"secureJsonData,omitempty"`
	ID             int64             `json:"id"`
	Updated        time.Time         `json:"updated"`
}

// registry holds the data sources that the tests have made.
type registry struct {
	mu    sync.Mutex
	byUID map[string]dataSource
	next  int64
}

func newRegistry() *registry {
	return &registry{byUID: map[string]dataSource{}}
}

// put adds or replaces a data source and moves its time of update.
func (r *registry) put(ds dataSource) dataSource {
	r.mu.Lock()
	defer r.mu.Unlock()
	// The plugin sees milliseconds, and two writes must never look like one.
	ds.Updated = time.Now().Truncate(time.Millisecond)
	if old, ok := r.byUID[ds.UID]; ok {
		ds.ID = old.ID
		if !ds.Updated.After(old.Updated) {
			ds.Updated = old.Updated.Add(time.Millisecond)
		}
	} else {
		r.next++
		ds.ID = r.next
	}
	r.byUID[ds.UID] = ds
	return ds
}

func (r *registry) get(uid string) (dataSource, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ds, ok := r.byUID[uid]
	return ds, ok
}

func (r *registry) delete(uid string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byUID, uid)
}

// instanceSettings is the data source as the plugin gets it.
func (ds dataSource) instanceSettings() *backend.DataSourceInstanceSettings {
	return &backend.DataSourceInstanceSettings{
		ID:                      ds.ID,
		UID:                     ds.UID,
		Name:                    ds.Name,
		URL:                     ds.URL,
		User:                    ds.User,
		Database:                ds.Database,
		BasicAuthEnabled:        ds.BasicAuth,
		BasicAuthUser:           ds.BasicAuthUser,
		JSONData:                ds.JSONData,
		DecryptedSecureJSONData: ds.SecureJSONData,
		Updated:                 ds.Updated,
	}
}

func (s *server) handlePutDataSource(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err != nil {
		writeError(w, http.StatusBadRequest, "%v", err)
		return
	}
	var ds dataSource
	if err := json.Unmarshal(body, &ds); err != nil {
		writeError(w, http.StatusBadRequest, "bad data source: %v", err)
		return
	}
	ds.UID = r.PathValue("uid")
	if ds.Name == "" {
		ds.Name = ds.UID
	}
	if len(ds.JSONData) == 0 {
		ds.JSONData = json.RawMessage("{}")
	}
	writeDataSource(w, s.sources.put(ds))
}

func (s *server) handleGetDataSource(w http.ResponseWriter, r *http.Request) {
	ds, ok := s.sources.get(r.PathValue("uid"))
	if !ok {
		writeError(w, http.StatusNotFound, "Data source not found")
		return
	}
	writeDataSource(w, ds)
}

func (s *server) handleDeleteDataSource(w http.ResponseWriter, r *http.Request) {
	s.sources.delete(r.PathValue("uid"))
	writeJSON(w, http.StatusOK, map[string]string{"message": "Data source deleted"})
}

// writeDataSource answers without the secrets, as Grafana does.
func writeDataSource(w http.ResponseWriter, ds dataSource) {
	ds.SecureJSONData = nil
	writeJSON(w, http.StatusOK, ds)
}
