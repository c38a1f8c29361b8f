package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// tracingHeaders are passed on by Grafana for every query and health check.
var tracingHeaders = []string{
	"X-Query-Group-Id", "X-Panel-Id", "X-Dashboard-Uid", "X-Datasource-Uid", "X-Grafana-From-Expr",
	"X-Grafana-Org-Id", "X-Panel-Plugin-Id", "X-Grafana-Id", "X-Grafana-User", "X-Dashboard-Title", "X-Panel-Title",
}

// ruleHeaders name the alert rule that asks.
var ruleHeaders = []string{
	"X-Rule-Name", "X-Rule-Uid", "X-Rule-Folder", "X-Rule-Source", "X-Rule-Type", "X-Rule-Version", "X-Rule-Origin",
}

// bareHeaders go into the map without the prefix and with this very spelling,
// which Go would canonicalise to Fromalert.
var bareHeaders = []string{backend.FromAlertHeaderName, "X-Cache-Skip"}

// hopHeaders belong to the connection and never reach a plugin.
var hopHeaders = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	roleHeader, noUserHeader,
}

// forwarding are the settings of a data source that let credentials through.
type forwarding struct {
	OAuthPassThru bool     `json:"oauthPassThru"`
	KeepCookies   []string `json:"keepCookies"`
}

func (ds dataSource) forwarding() forwarding {
	var f forwarding
	_ = json.Unmarshal(ds.JSONData, &f)
	return f
}

// queryHeaders fills a query's header map from the HTTP request, as Grafana's middlewares do.
func queryHeaders(r *http.Request, ds dataSource) map[string]string {
	req := &backend.QueryDataRequest{Headers: map[string]string{}}
	for name, value := range credentials(r, ds) {
		req.Headers[name] = value
	}
	for _, name := range append(slices.Clone(tracingHeaders), ruleHeaders...) {
		if value := r.Header.Get(name); value != "" {
			req.SetHTTPHeader(name, value)
		}
	}
	for _, name := range bareHeaders {
		if value := r.Header.Get(name); value != "" {
			req.Headers[name] = value
		}
	}
	return req.Headers
}

// resourceHeaders are the request's own headers, less what Grafana takes out. As there, an ID token that
// the browser sends by itself stays.
func resourceHeaders(r *http.Request, ds dataSource) map[string][]string {
	headers := r.Header.Clone()
	for _, name := range append(slices.Clone(hopHeaders), "Cookie", "Authorization", idTokenSource) {
		headers.Del(name)
	}
	for name, value := range credentials(r, ds) {
		headers[name] = []string{value}
	}
	return headers
}

// idTokenSource is where this host takes the ID token from that Grafana has from a login by OAuth.
const idTokenSource = "X-Test-Id-Token"

// credentials are the caller's token and cookies where the settings let them through, by the names that
// Grafana writes them under (oauthtoken_middleware.go, cookies_middleware.go): into the map as they are.
func credentials(r *http.Request, ds dataSource) map[string]string {
	allowed := ds.forwarding()
	found := map[string]string{}
	if allowed.OAuthPassThru {
		if value := r.Header.Get("Authorization"); value != "" {
			found["Authorization"] = value
		}
		if value := r.Header.Get(idTokenSource); value != "" {
			found["X-ID-Token"] = value
		}
	}
	var kept []string
	for _, cookie := range r.Cookies() {
		if slices.ContainsFunc(allowed.KeepCookies, func(want string) bool {
			return cookieMatches(want, cookie.Name)
		}) {
			kept = append(kept, cookie.Name+"="+cookie.Value)
		}
	}
	if len(kept) > 0 {
		found["Cookie"] = strings.Join(kept, "; ")
	}
	return found
}

// cookieMatches holds a cookie's name against a kept name; `[]` at its end stands for any ending.
func cookieMatches(want, name string) bool {
	if prefix, ok := strings.CutSuffix(want, "[]"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return want == name
}
