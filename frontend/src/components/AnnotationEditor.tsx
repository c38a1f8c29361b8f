import React from 'react';

export default function AnnotationEditor() {
  return <div />;
}
