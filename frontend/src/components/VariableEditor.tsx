import React from 'react';

export default function VariableEditor() {
  return <div />;
}
