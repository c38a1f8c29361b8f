package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// logFields are the fields that the log-lines contract knows, each with the types
// that Grafana's reader takes; it matches them by exact name and type.
var logFields = map[string]struct {
	required bool
	types    []data.FieldType
}{
	"timestamp":  {true, []data.FieldType{data.FieldTypeTime}},
	"body":       {true, []data.FieldType{data.FieldTypeString}},
	"severity":   {false, []data.FieldType{data.FieldTypeString, data.FieldTypeNullableString}},
	"id":         {false, []data.FieldType{data.FieldTypeString}},
	"labels":     {false, []data.FieldType{data.FieldTypeJSON, data.FieldTypeNullableJSON}},
	"labelTypes": {false, []data.FieldType{data.FieldTypeJSON, data.FieldTypeNullableJSON}},
}

// checkLogs holds log frames against the log-lines contract and Grafana's own reader.
func checkLogs(found *problems, frames data.Frames) {
	if len(frames) > 1 {
		found.add("logs: %d frames: a query has one", len(frames))
	}
	for i, frame := range frames {
		if frameType(frame) == data.FrameTypeLogLines {
			checkLogFrame(found, i, frame)
		}
	}
}

func checkLogFrame(found *problems, i int, frame *data.Frame) {
	if frame.Meta.PreferredVisualization != data.VisTypeLogs {
		found.add("logs: frame %d: preferredVisualisationType is %q: Explore shows a table", i, frame.Meta.PreferredVisualization)
	}
	// An empty result is a frame with a type and no fields.
	if len(frame.Fields) == 0 {
		return
	}
	fields := map[string]*data.Field{}
	for _, field := range frame.Fields {
		if _, ok := logFields[field.Name]; ok {
			fields[field.Name] = field
		}
	}
	for name, want := range logFields {
		field, ok := fields[name]
		if !ok {
			if want.required {
				found.add("logs: frame %d: no field %q", i, name)
			}
			continue
		}
		if !hasType(field, want.types) {
			found.add("logs: frame %d: field %q has type %s", i, name, field.Type())
			delete(fields, name)
		}
	}
	checkOrder(found, i, fields["timestamp"])
	checkIDs(found, i, fields["id"])
	checkObjects(found, i, fields["labels"])
	checkObjects(found, i, fields["labelTypes"])
}

func hasType(field *data.Field, types []data.FieldType) bool {
	for _, t := range types {
		if field.Type() == t {
			return true
		}
	}
	return false
}

// checkOrder finds timestamps that go both up and down.
func checkOrder(found *problems, i int, field *data.Field) {
	if field == nil {
		return
	}
	up, down := -1, -1
	for row := 1; row < field.Len(); row++ {
		before, _ := field.At(row - 1).(time.Time)
		after, _ := field.At(row).(time.Time)
		if after.After(before) && up < 0 {
			up = row
		}
		if after.Before(before) && down < 0 {
			down = row
		}
	}
	if up >= 0 && down >= 0 {
		found.add("logs: frame %d: timestamps rise at row %d and fall at row %d", i, up, down)
	}
}

// checkIDs finds empty and repeated ids: permalinks, context and scrolling need neither.
func checkIDs(found *problems, i int, field *data.Field) {
	if field == nil {
		return
	}
	rows := map[string]int{}
	for row := range field.Len() {
		id, _ := field.At(row).(string)
		if id == "" {
			found.add("logs: frame %d: row %d has an empty id", i, row)
			return
		}
		if first, ok := rows[id]; ok {
			found.add("logs: frame %d: rows %d and %d have the same id %q", i, first, row, id)
			return
		}
		rows[id] = row
	}
}

// checkObjects finds values that are no JSON object of strings; one finding a field is enough.
func checkObjects(found *problems, i int, field *data.Field) {
	if field == nil {
		return
	}
	for row := range field.Len() {
		value, ok := field.ConcreteAt(row)
		if !ok {
			continue
		}
		raw, _ := value.(json.RawMessage)
		if err := stringsOnly(raw); err != nil {
			found.add("logs: frame %d: %s of row %d: %v", i, field.Name, row, err)
			return
		}
	}
}

func stringsOnly(raw json.RawMessage) error {
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return fmt.Errorf("is no JSON object: %.60q", raw)
	}
	var object map[string]any
	if err := json.Unmarshal(raw, &object); err != nil {
		return err
	}
	for name, value := range object {
		if _, ok := value.(string); !ok {
			return fmt.Errorf("%q is no string but %T", name, value)
		}
	}
	return nil
}
