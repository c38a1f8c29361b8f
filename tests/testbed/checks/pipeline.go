package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/grafana/alloy/syntax/ast"
	"github.com/grafana/alloy/syntax/parser"
	"github.com/grafana/alloy/syntax/vm"
)

// converted is what an Alloy file does with an entry, in Promtail's words. Alloy's stages are
// Promtail's, under the same names, so Promtail shows what they make of real lines.
type converted struct {
	Relabel []map[string]any `json:"relabel_configs"`
	Stages  []map[string]any `json:"pipeline_stages"`
}

// scope has what newer versions of Alloy's language have besides.
var scope = &vm.Scope{Variables: map[string]any{"sys": map[string]any{"env": os.Getenv}}}

// pipeline converts the file's discovery.relabel and loki.process.
func pipeline(file, layout string) (any, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	chosen, err := choose(string(text), layout)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	tree, err := parser.ParseFile(file, []byte(chosen))
	if err != nil {
		return nil, err
	}
	out := converted{Relabel: []map[string]any{}, Stages: []map[string]any{}}
	for _, statement := range tree.Body {
		block, ok := statement.(*ast.BlockStmt)
		if !ok {
			continue
		}
		switch strings.Join(block.Name, ".") {
		case "discovery.relabel":
			for _, rule := range blocks(block) {
				values, err := attributes(rule)
				if err != nil {
					return nil, err
				}
				out.Relabel = append(out.Relabel, values)
			}
		case "loki.process":
			if out.Stages, err = stages(block); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return out, nil
}

// choose puts the layout that stands in a comment in the place of the one that is on, as a person
// would: the blocks behind the comment `Layout "metadata"` go, those behind `Layout "labels"` come.
func choose(text, layout string) (string, error) {
	if layout == "metadata" {
		return text, nil
	}
	on, off := `	// Layout "metadata"`, fmt.Sprintf(`	// Layout "%s"`, layout)
	start, other := strings.Index(text, on), strings.Index(text, off)
	if start < 0 || other < start {
		return "", fmt.Errorf("there is no layout %q", layout)
	}
	var lines []string
	code := false
	for _, line := range strings.Split(text[other:], "\n") {
		bare, isComment := strings.CutPrefix(line, "\t//")
		// The comment's own sentences end where the first stage begins.
		code = code || strings.HasPrefix(bare, " stage.")
		if isComment && code {
			line = "\t" + strings.TrimPrefix(bare, " ")
		}
		lines = append(lines, line)
	}
	return text[:start] + strings.Join(lines, "\n"), nil
}

func blocks(block *ast.BlockStmt) []*ast.BlockStmt {
	var found []*ast.BlockStmt
	for _, statement := range block.Body {
		if inner, ok := statement.(*ast.BlockStmt); ok {
			found = append(found, inner)
		}
	}
	return found
}

// attributes evaluates a block's arguments with Alloy's own functions (sys.env, coalesce).
func attributes(block *ast.BlockStmt) (map[string]any, error) {
	values := map[string]any{}
	for _, statement := range block.Body {
		attribute, ok := statement.(*ast.AttributeStmt)
		if !ok {
			continue
		}
		var value any
		if err := vm.New(attribute.Value).Evaluate(scope, &value); err != nil {
			return nil, err
		}
		values[attribute.Name.Name] = value
	}
	return values, nil
}

func stages(process *ast.BlockStmt) ([]map[string]any, error) {
	var out []map[string]any
	for _, block := range blocks(process) {
		name := block.Name[1]
		values, err := attributes(block)
		if err != nil {
			return nil, err
		}
		var takes any = values
		switch name {
		case "labels", "structured_metadata", "static_labels":
			takes = values["values"]
		case "label_drop":
			name, takes = "labeldrop", values["values"]
		case "match":
			if values["stages"], err = stages(block); err != nil {
				return nil, err
			}
		}
		out = append(out, map[string]any{name: takes})
	}
	return out, nil
}
