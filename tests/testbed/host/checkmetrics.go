package main

import (
	"strings"

	"github.com/grafana/dataplane/sdata"
	"github.com/grafana/dataplane/sdata/numeric"
	"github.com/grafana/dataplane/sdata/timeseries"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// checkTimeSeries reads the frames as alerting and expressions do.
func checkTimeSeries(found *problems, frames data.Frames) {
	checkVersion(found, frames)
	reader, err := timeseries.CollectionReaderFromFrames(frames)
	if err != nil {
		found.add("timeseries: %v", err)
		return
	}
	collection, err := reader.GetCollection(true)
	if err != nil {
		found.add("timeseries: %v", err)
		return
	}
	addCollection(found, "timeseries", collection.Warning, collection.RemainderIndices)
}

// checkNumeric reads the frames as alerting and expressions do. The reader has no
// validation of the data itself (it panics when asked), hence the checks behind it.
func checkNumeric(found *problems, frames data.Frames) {
	checkVersion(found, frames)
	reader, err := numeric.CollectionReaderFromFrames(frames)
	if err != nil {
		found.add("numeric: %v", err)
		return
	}
	collection, err := reader.GetCollection(false)
	if err != nil {
		found.add("numeric: %v", err)
		return
	}
	addCollection(found, "numeric", collection.Warning, collection.RemainderIndices)
	switch frameType(frames[0]) {
	case data.FrameTypeNumericMulti:
		checkNumericMulti(found, frames)
	case data.FrameTypeNumericLong:
		checkNumericLong(found, frames)
	}
}

// checkNumericMulti wants one number of one row a frame, and each name with labels once.
func checkNumericMulti(found *problems, frames data.Frames) {
	seen := map[string]int{}
	for i, frame := range frames {
		if len(frame.Fields) == 0 {
			continue
		}
		values := frame.TypeIndices(sdata.ValidValueFields()...)
		if len(values) != 1 || len(frame.Fields) != 1 {
			found.add("numeric: frame %d: %d fields, %d of them numbers: one field is wanted", i, len(frame.Fields), len(values))
			continue
		}
		field := frame.Fields[values[0]]
		if field.Len() != 1 {
			found.add("numeric: frame %d: %d rows: one is wanted", i, field.Len())
		}
		key := field.Name + "\x00" + field.Labels.String()
		if first, ok := seen[key]; ok {
			found.add("numeric: frames %d and %d are both %q with labels {%s}", first, i, field.Name, field.Labels)
		}
		seen[key] = i
	}
}

// checkNumericLong wants one frame without a time, whose texts tell its rows apart.
func checkNumericLong(found *problems, frames data.Frames) {
	if len(frames) > 1 {
		found.add("numeric: %d frames: numeric-long is one", len(frames))
	}
	frame := frames[0]
	if times := frame.TypeIndices(data.FieldTypeTime, data.FieldTypeNullableTime); len(times) > 0 {
		found.add("numeric: a time field among the numbers")
	}
	factors := frame.TypeIndices(data.FieldTypeString, data.FieldTypeNullableString)
	rows, err := frame.RowLen()
	if err != nil {
		return
	}
	seen := map[string]int{}
	for row := range rows {
		var key strings.Builder
		for _, i := range factors {
			value, ok := frame.Fields[i].ConcreteAt(row)
			text, _ := value.(string)
			if !ok {
				text = "\x01null"
			}
			key.WriteString(text + "\x00")
		}
		if first, ok := seen[key.String()]; ok {
			found.add("numeric: rows %d and %d have the same texts", first, row)
			return
		}
		seen[key.String()] = row
	}
}

// addCollection adds what the reader warned about and what it left aside.
func addCollection(found *problems, kind string, warning error, left sdata.FrameFieldIndices) {
	if warning != nil {
		found.add("%s: warning: %v", kind, warning)
	}
	for _, index := range left {
		found.add("%s: frame %d field %d is not part of the data: %s", kind, index.FrameIdx, index.FieldIdx, index.Reason)
	}
}

// checkVersion finds metric frames that alerting would read by its legacy rules.
func checkVersion(found *problems, frames data.Frames) {
	for i, frame := range frames {
		if frame.Meta == nil || frame.Meta.TypeVersion.IsZero() {
			found.add("frame %d: typeVersion 0.0: alerting falls back to its legacy rules", i)
		}
	}
}
