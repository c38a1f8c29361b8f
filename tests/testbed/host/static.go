package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
)

// mount is one folder of files under a path of the host.
type mount struct {
	prefix string
	dir    string
}

// parseMounts reads the values of --static, `/path/=folder` each.
func parseMounts(values []string) ([]mount, error) {
	mounts := make([]mount, 0, len(values))
	for _, value := range values {
		prefix, dir, found := strings.Cut(value, "=")
		if !found || !strings.HasPrefix(prefix, "/") || !strings.HasSuffix(prefix, "/") {
			return nil, fmt.Errorf("--static %q: it is /path/=folder", value)
		}
		if strings.HasPrefix(prefix, "/api/") {
			return nil, fmt.Errorf("--static %q: /api/ is the host's own", value)
		}
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("--static %q: %q is no folder", value, dir)
		}
		mounts = append(mounts, mount{prefix: prefix, dir: dir})
	}
	return mounts, nil
}

// serve adds the folder to the routes. Nothing is cached: whoever builds anew
// and reloads the page sees the new files.
func (m mount) serve(mux *http.ServeMux) {
	files := http.StripPrefix(m.prefix, http.FileServer(http.Dir(m.dir)))
	mux.HandleFunc(m.prefix, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		files.ServeHTTP(w, r)
	})
}
