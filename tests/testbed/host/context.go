package main

import (
	"net/http"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/useragent"
)

// roleHeader sets the user's role for one request; it may be empty.
const roleHeader = "X-Test-Role"

// noUserHeader, when set, leaves the user out of the plugin context.
const noUserHeader = "X-Test-No-User"

// pluginContext is what Grafana tells the plugin about the caller and the data source.
func (s *server) pluginContext(r *http.Request, ds dataSource) backend.PluginContext {
	ctx := backend.PluginContext{
		OrgID:                      1,
		PluginID:                   s.pluginID,
		PluginVersion:              "0.0.0",
		Namespace:                  "default",
		DataSourceInstanceSettings: ds.instanceSettings(),
	}
	if agent, err := useragent.New("12.4.0", "linux", "amd64"); err == nil {
		ctx.UserAgent = agent
	}
	if r.Header.Get(noUserHeader) == "" {
		role := "Admin"
		if values, ok := r.Header[roleHeader]; ok && len(values) > 0 {
			role = values[0]
		}
		ctx.User = &backend.User{Login: "admin", Name: "Admin", Email: "admin@localhost", Role: role}
	}
	return ctx
}
