import { css } from '@emotion/css';
import React, { cloneElement, ReactElement, useId } from 'react';

interface Props {
  /** What people who hear the page are told. */
  name: string;
  children: ReactElement<{ id?: string }>;
}

/** A control whose name is heard and not seen: its place in the row says it. */
export function Named({ name, children }: Props) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className={hidden}>
        {name}
      </label>
      {cloneElement(children, { id })}
    </div>
  );
}

const hidden = css({
  position: 'absolute',
  width: 1,
  height: 1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
});
