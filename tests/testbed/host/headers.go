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
	forwardCredentials(req, r, ds)
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

// resourceHeaders are the request's own headers, less what Grafana takes out.
func resourceHeaders(r *http.Request, ds dataSource) map[string][]string {
	headers := r.Header.Clone()
	for _, name := range append(slices.Clone(hopHeaders), "Cookie", "Authorization", "X-Id-Token") {
		headers.Del(name)
	}
	req := &backend.CallResourceRequest{Headers: headers}
	forwardCredentials(req, r, ds)
	return req.Headers
}

// forwardCredentials lets the caller's token and cookies through where the settings say so.
func forwardCredentials(to backend.ForwardHTTPHeaders, r *http.Request, ds dataSource) {
	allowed := ds.forwarding()
	if allowed.OAuthPassThru {
		for _, name := range []string{backend.OAuthIdentityTokenHeaderName, backend.OAuthIdentityIDTokenHeaderName} {
			if value := r.Header.Get(name); value != "" {
				to.SetHTTPHeader(name, value)
			}
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
		to.SetHTTPHeader(backend.CookiesHeaderName, strings.Join(kept, "; "))
	}
}

// cookieMatches holds a cookie's name against a kept name; `[]` at its end stands for any ending.
func cookieMatches(want, name string) bool {
	if prefix, ok := strings.CutSuffix(want, "[]"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return want == name
}
