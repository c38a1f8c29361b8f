// Checks of what is deployed around the plugin.
//
//	checks yaml FILE               the file as JSON
//	checks compose FILE            the file as `docker compose config` understands it, as JSON
//	checks alloy FILE...           parses and knows every component, block and argument; formatted
//	checks pipeline FILE [LAYOUT]  an Alloy file's pipeline and relabelling in Promtail's words, as JSON
//	checks dashboard FILE...       valid for Grafana's own schema: its foundation SDK, read strictly
//	checks rules FILE              likewise for provisioned alert rules; the file as JSON
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) < 2 {
		return fmt.Errorf("checks: use yaml, compose, alloy, pipeline, dashboard or rules, and a file")
	}
	verb, files := arguments[0], arguments[1:]
	switch verb {
	case "yaml":
		return print(readYAML(files[0]))
	case "compose":
		return print(loadCompose(files[0]))
	case "alloy":
		for _, file := range files {
			if err := checkAlloy(file); err != nil {
				return err
			}
		}
		return nil
	case "pipeline":
		layout := "metadata"
		if len(files) > 1 {
			layout = files[1]
		}
		return print(pipeline(files[0], layout))
	case "dashboard":
		for _, file := range files {
			if err := checkDashboard(file); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		return nil
	case "rules":
		return print(readRules(files[0]))
	}
	return fmt.Errorf("checks: no such check: %s", verb)
}

func print(value any, err error) error {
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
