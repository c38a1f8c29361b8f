package main

import (
	"fmt"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// problems collects what is wrong with one result.
type problems []string

func (p *problems) add(format string, args ...any) {
	*p = append(*p, fmt.Sprintf(format, args...))
}

// checkResult holds a result's frames against the contract of their type.
func checkResult(refID string, result backend.DataResponse) (found problems) {
	found = problems{}
	// Grafana's readers panic on what they did not expect; that is a finding too.
	defer func() {
		if reason := recover(); reason != nil {
			found.add("the reader panicked: %v", reason)
		}
	}()
	if result.Error != nil {
		if !result.ErrorSource.IsValid() {
			found.add("error without a valid errorSource: %q", result.ErrorSource)
		}
		if result.Status < 400 {
			found.add("error with status %d", result.Status)
		}
	}
	if len(result.Frames) == 0 {
		if result.Error == nil {
			found.add("no frames: an empty result is one frame without fields, with its type")
		}
		return found
	}
	kind := data.FrameTypeUnknown
	for i, frame := range result.Frames {
		if frame.RefID != "" && frame.RefID != refID {
			found.add("frame %d: refId %q in the result of %q", i, frame.RefID, refID)
		}
		frameKind := frameType(frame)
		if i > 0 && frameKind != kind {
			found.add("frame %d: type %q beside %q", i, frameKind, kind)
		}
		if i == 0 {
			kind = frameKind
		}
		checkRows(&found, i, frame)
	}
	switch {
	case kind == data.FrameTypeLogLines:
		checkLogs(&found, result.Frames)
	case kind.IsTimeSeries():
		checkTimeSeries(&found, result.Frames)
	case kind.IsNumeric():
		checkNumeric(&found, result.Frames)
	case isAnnotations(result.Frames[0]):
		checkAnnotations(&found, result.Frames)
	}
	return found
}

// checkRows finds fields of unequal length and names that repeat with the same labels.
func checkRows(found *problems, i int, frame *data.Frame) {
	if _, err := frame.RowLen(); err != nil {
		found.add("frame %d: %v", i, err)
	}
	seen := map[string]bool{}
	for _, field := range frame.Fields {
		key := field.Name + "\x00" + field.Labels.Fingerprint().String()
		if seen[key] {
			found.add("frame %d: field %q appears twice", i, field.Name)
		}
		seen[key] = true
	}
}

func frameType(frame *data.Frame) data.FrameType {
	if frame.Meta == nil {
		return data.FrameTypeUnknown
	}
	return frame.Meta.Type
}
