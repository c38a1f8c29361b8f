package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/grafana/alloy/syntax/ast"
	"github.com/grafana/alloy/syntax/parser"
	"github.com/grafana/alloy/syntax/printer"
)

// known is what Alloy's reference names for the components that the files use: arguments, and blocks
// with theirs. Promtail itself judges the stages (see pipeline).
var known = map[string]struct {
	required, optional []string
	blocks             map[string][]string
}{
	"discovery.docker": {
		[]string{"host"}, []string{"refresh_interval"},
		map[string][]string{"filter": {"name", "values"}},
	},
	"discovery.kubernetes": {
		[]string{"role"}, nil,
		map[string][]string{"selectors": {"role", "label", "field"}, "namespaces": {"names", "own_namespace"}},
	},
	"discovery.relabel": {
		[]string{"targets"}, nil,
		map[string][]string{"rule": {"action", "source_labels", "separator", "regex", "modulus", "target_label", "replacement"}},
	},
	"local.file_match":       {[]string{"path_targets"}, []string{"sync_period", "ignore_older_than"}, nil},
	"loki.source.docker":     {[]string{"host", "targets", "labels", "forward_to"}, []string{"refresh_interval", "relabel_rules"}, nil},
	"loki.source.file":       {[]string{"targets", "forward_to"}, []string{"encoding", "tail_from_end"}, nil},
	"loki.source.kubernetes": {[]string{"targets", "forward_to"}, nil, map[string][]string{"clustering": {"enabled"}}},
	"loki.process":           {[]string{"forward_to"}, nil, map[string][]string{"stage": nil}},
	"loki.write": {
		nil, []string{"external_labels", "max_streams"},
		map[string][]string{"endpoint": {"url", "tenant_id", "name", "headers"}},
	},
}

func parse(file string) (*ast.File, []byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	tree, err := parser.ParseFile(file, text)
	return tree, text, err
}

// checkAlloy holds a file against Alloy's grammar, its formatter, and what its components take.
func checkAlloy(file string) error {
	tree, text, err := parse(file)
	if err != nil {
		return err
	}
	var formatted bytes.Buffer
	if err := printer.Fprint(&formatted, tree); err != nil {
		return err
	}
	if want := strings.TrimRight(formatted.String(), "\n"); want != strings.TrimRight(string(text), "\n") {
		return fmt.Errorf("%s is not formatted as `alloy fmt` does:\n%s", file, want)
	}
	for _, statement := range tree.Body {
		block, ok := statement.(*ast.BlockStmt)
		if !ok {
			return fmt.Errorf("%s: only components are expected at the top", file)
		}
		if err := checkComponent(block); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

func checkComponent(block *ast.BlockStmt) error {
	name := strings.Join(block.Name, ".")
	takes, ok := known[name]
	if !ok {
		return fmt.Errorf("%s: not a component that is known here", name)
	}
	at := fmt.Sprintf("%s %q", name, block.Label)
	var given []string
	for _, statement := range block.Body {
		switch inner := statement.(type) {
		case *ast.AttributeStmt:
			given = append(given, inner.Name.Name)
			if !slices.Contains(append(slices.Clone(takes.required), takes.optional...), inner.Name.Name) {
				return fmt.Errorf("%s: no argument %s", at, inner.Name.Name)
			}
		case *ast.BlockStmt:
			arguments, ok := takes.blocks[inner.Name[0]]
			if !ok {
				return fmt.Errorf("%s: no block %s", at, inner.Name[0])
			}
			if arguments == nil {
				continue
			}
			for _, statement := range inner.Body {
				attribute, ok := statement.(*ast.AttributeStmt)
				if !ok || !slices.Contains(arguments, attribute.Name.Name) {
					return fmt.Errorf("%s: block %s takes %v", at, inner.Name[0], arguments)
				}
			}
		}
	}
	for _, required := range takes.required {
		if !slices.Contains(given, required) {
			return fmt.Errorf("%s: argument %s is missing", at, required)
		}
	}
	return nil
}
