package main

import (
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// annotationFields are what Grafana's standard support for annotations looks for by name
// (public/app/features/annotations/standardAnnotationSupport.ts), with the types it needs.
var annotationFields = map[string]data.FieldType{
	"time":    data.FieldTypeTime,
	"timeEnd": data.FieldTypeNullableTime,
	"title":   data.FieldTypeString,
	"text":    data.FieldTypeString,
	"tags":    data.FieldTypeString,
	"id":      data.FieldTypeString,
}

// isAnnotations tells frames of annotations, which have no type of their own, by what the plugin says.
func isAnnotations(frame *data.Frame) bool {
	if frame.Meta == nil {
		return false
	}
	custom, _ := frame.Meta.Custom.(map[string]any)
	return custom["resultType"] == "events"
}

// checkAnnotations wants one frame with exactly those fields, times in order, regions that do not
// end before they begin, and each id once.
func checkAnnotations(found *problems, frames data.Frames) {
	if len(frames) != 1 {
		found.add("annotations: %d frames: one is wanted", len(frames))
		return
	}
	fields := map[string]*data.Field{}
	for _, field := range frames[0].Fields {
		fields[field.Name] = field
	}
	for name, wanted := range annotationFields {
		field := fields[name]
		if field == nil {
			found.add("annotations: no field %q", name)
			return
		}
		if field.Type() != wanted {
			found.add("annotations: field %q is %s, not %s", name, field.Type(), wanted)
			return
		}
	}
	if len(fields) != len(annotationFields) {
		found.add("annotations: %d fields, %d are wanted", len(fields), len(annotationFields))
	}
	seen := map[string]bool{}
	var before time.Time
	for row := range fields["time"].Len() {
		start := fields["time"].At(row).(time.Time)
		if start.Before(before) {
			found.add("annotations: row %d is before row %d", row, row-1)
		}
		before = start
		if end := fields["timeEnd"].At(row).(*time.Time); end != nil && end.Before(start) {
			found.add("annotations: row %d ends before it begins", row)
		}
		id := fields["id"].At(row).(string)
		if id == "" || seen[id] {
			found.add("annotations: row %d has no id of its own: %q", row, id)
		}
		seen[id] = true
	}
}
