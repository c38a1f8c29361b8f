import { TimeRange } from '@grafana/data';
import { useEffect, useState } from 'react';

import { FieldInfo, SystemInfo } from '../../api/resources';
import type { GinkgoDataSource } from '../../datasource';
import { systemName } from '../../query/systems';
import { useLatest } from './useLatest';

/** What is known of the systems and of the fields of the query's one. */
export interface Known {
  systems: SystemInfo[];
  /** The query's system, once it is known. */
  system: SystemInfo | undefined;
  systemName: string;
  fields: FieldInfo[];
  /** Whether fields may still come. */
  loading: boolean;
}

const NOTHING: SystemInfo[] = [];
const NO_FIELDS: FieldInfo[] = [];

/** Asks for the systems and the fields; what is not known yet is an empty list, and nothing waits for it. */
export function useKnown(datasource: GinkgoDataSource, name: string, range: TimeRange | undefined): Known {
  const [systems, setSystems] = useState(NOTHING);
  const [detected, setDetected] = useState<{ system: string; fields?: FieldInfo[] }>();
  const [defaultSystem, setDefault] = useState('');
  const rangeRef = useLatest(range);
  const chosen = name || defaultSystem || systemName('', datasource.options);

  useEffect(() => {
    let wanted = true;
    datasource.knowledge.systems(rangeRef.current).then(
      (answer) => {
        if (wanted) {
          setSystems(answer.systems);
          setDefault(answer.defaultSystem);
        }
      },
      // The query itself says what is wrong with the data source.
      () => undefined
    );
    return () => {
      wanted = false;
    };
  }, [datasource, rangeRef]);

  useEffect(() => {
    let wanted = true;
    datasource.knowledge.fields(chosen, rangeRef.current).then(
      ({ fields }) => wanted && setDetected({ system: chosen, fields }),
      () => wanted && setDetected({ system: chosen })
    );
    return () => {
      wanted = false;
    };
  }, [datasource, chosen, rangeRef]);

  const system = systems.find((candidate) => candidate.name === chosen);
  const isDetected = detected?.system === chosen;
  const fields = (isDetected && detected.fields) || (system?.fields ?? NO_FIELDS);
  return { systems, system, systemName: chosen, fields, loading: !isDetected && fields.length === 0 };
}
