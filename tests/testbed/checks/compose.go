package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/cli"
	"go.yaml.in/yaml/v4"
)

// loadCompose reads a file as `docker compose config` does: the schema, the interpolation and the
// references between services, volumes and networks.
func loadCompose(file string) (any, error) {
	folder := filepath.Dir(file)
	options, err := cli.NewProjectOptions([]string{file},
		cli.WithWorkingDirectory(folder), cli.WithOsEnv, cli.WithResolvedPaths(true))
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	text, err := project.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return json.RawMessage(text), nil
}

// readYAML reads the first document of a file.
func readYAML(file string) (any, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	return value, nil
}
