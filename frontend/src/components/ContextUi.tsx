import { InlineField, RadioButtonGroup } from '@grafana/ui';
import React, { useEffect, useRef, useState } from 'react';

import { Width } from '../query/context';

interface Props {
  choices: Width[];
  onChange: (width: Width) => void;
  onClose: () => void;
}

/** The choice of what counts as context: the line's stream, or everything of its trace, run, … */
export default function ContextUi({ choices, onChange, onClose }: Props) {
  const [kind, setKind] = useState('stream');
  const close = useRef(onClose);
  useEffect(() => () => close.current(), []);
  const options = choices.map((choice) => ({
    value: choice.kind,
    label: choice.kind === 'stream' ? 'This stream' : `Same ${choice.kind}`,
    description: 'id' in choice ? choice.id : 'The lines beside it, from the same writer',
  }));
  return (
    <InlineField label="Lines of" htmlFor="ginkgo-context">
      <RadioButtonGroup
        id="ginkgo-context"
        aria-label="Lines of"
        options={options}
        value={kind}
        onChange={(next) => {
          const width = choices.find((choice) => choice.kind === next);
          if (width && next !== kind) {
            setKind(next);
            onChange(width);
          }
        }}
      />
    </InlineField>
  );
}
