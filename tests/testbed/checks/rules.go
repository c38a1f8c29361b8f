package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/grafana/grafana-foundation-sdk/go/alerting"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/expr"
)

// The keys that Grafana's provisioning reads (pkg/services/provisioning/alerting/rules_types.go of
// Grafana 12.4); it ignores any other without a word.
var (
	groupKeys = []string{"orgId", "name", "folder", "interval", "rules"}
	ruleKeys  = []string{
		"uid", "title", "condition", "data", "dashboardUid", "panelId", "noDataState", "execErrState", "for",
		"keepFiringFor", "missing_series_evals_to_resolve", "annotations", "labels", "isPaused",
		"notification_settings", "record",
	}
)

// readRules reads a provisioning file and holds every rule of it against Grafana's own type of a rule.
func readRules(name string) (any, error) {
	read, err := readYAML(name)
	if err != nil {
		return nil, err
	}
	file, ok := read.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: no rules", name)
	}
	return file, checkRules(file)
}

func checkRules(file map[string]any) error {
	plugins.RegisterDefaultPlugins()
	if err := only(file, []string{"apiVersion", "groups"}); err != nil {
		return err
	}
	for _, group := range objects(file["groups"]) {
		if err := only(group, groupKeys); err != nil {
			return err
		}
		for _, rule := range objects(group["rules"]) {
			if err := checkRule(group, rule); err != nil {
				return fmt.Errorf("%v: %w", rule["title"], err)
			}
		}
	}
	return nil
}

// checkRule reads a rule as the SDK's, under the names that its API has for some keys.
func checkRule(group, rule map[string]any) error {
	if err := only(rule, ruleKeys); err != nil {
		return err
	}
	named := map[string]any{"orgID": group["orgId"], "folderUID": group["folder"], "ruleGroup": group["name"]}
	for key, value := range rule {
		switch key {
		case "dashboardUid", "panelId":
			// They become annotations.
		case "keepFiringFor":
			named["keep_firing_for"] = value
		case "missing_series_evals_to_resolve":
			named["missingSeriesEvalsToResolve"] = value
		default:
			named[key] = value
		}
	}
	text, err := json.Marshal(named)
	if err != nil {
		return err
	}
	var read alerting.Rule
	if err := found(read.UnmarshalJSONStrict(text)); err != nil {
		return err
	}
	if err := found(read.Validate()); err != nil {
		return err
	}
	for _, query := range objects(rule["data"]) {
		if query["datasourceUid"] != "__expr__" {
			continue
		}
		text, err := json.Marshal(query["model"])
		if err != nil {
			return err
		}
		var threshold expr.TypeThreshold
		if err := found(threshold.UnmarshalJSONStrict(text)); err != nil {
			return err
		}
	}
	return nil
}

// only says which key nobody reads.
func only(object map[string]any, known []string) error {
	for key := range object {
		if !slices.Contains(known, key) {
			return fmt.Errorf("unknown key %s", key)
		}
	}
	return nil
}

func objects(value any) []map[string]any {
	list, _ := value.([]any)
	var found []map[string]any
	for _, entry := range list {
		if object, ok := entry.(map[string]any); ok {
			found = append(found, object)
		}
	}
	return found
}

// found is what the SDK found: it returns an empty list as an error too.
func found(err error) error {
	var list cog.BuildErrors
	if errors.As(err, &list) && len(list) == 0 {
		return nil
	}
	return err
}
