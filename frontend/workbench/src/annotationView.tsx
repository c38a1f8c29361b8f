import {
  type AnnotationQuery,
  type DataFrame,
  type DataSourceApi,
  type QueryEditorProps,
} from '@grafana/data';
import { Alert } from '@grafana/ui';
import React, { type ComponentType, useCallback, useState } from 'react';
import { lastValueFrom } from 'rxjs';

import { Grid } from './grid';
import { type Query, type Session } from './session';
import { useFound } from './useFound';
import { useWidth } from './useWidth';

type Annotation = AnnotationQuery<Query>;

type Editor = ComponentType<
  QueryEditorProps<DataSourceApi, Query> & {
    annotation?: Annotation;
    onAnnotationChange?: (annotation: Annotation) => void;
  }
>;

/** The editor of an annotation with the events that it finds, as Grafana's dashboard settings have it. */
export function AnnotationView({ session }: { session: Session }) {
  const support = session.datasource.annotations;
  const [stored, setAnnotation] = useState<Annotation>({ name: 'Events', enable: true, iconColor: 'red' });
  const [ref, width] = useWidth();
  const annotation: Annotation = support?.prepareAnnotation?.(stored) ?? stored;
  // Grafana prepares again whenever it draws, so what is prepared once must not change again.
  if (annotation !== stored) {
    setAnnotation(annotation);
  }
  const find = useCallback(async (): Promise<DataFrame | undefined> => {
    const target = support?.prepareQuery?.(annotation) ?? annotation.target;
    if (!target) {
      return undefined;
    }
    const { data, errors } = await lastValueFrom(session.ask(session.request([target])));
    if (errors?.length) {
      throw errors[0];
    }
    return data[0];
  }, [session, support, annotation]);
  const { found, failure, again } = useFound(find);
  const Chosen = (support?.QueryEditor ?? session.plugin.components.QueryEditor) as Editor | undefined;
  if (!support || !Chosen) {
    return <p>The plugin has no annotations.</p>;
  }
  const change = (target: Query) => {
    session.models.push(target);
    setAnnotation({ ...annotation, target });
  };
  return (
    <div ref={ref}>
      <section aria-label="Annotation editor" data-testid="annotation-editor">
        <Chosen
          datasource={session.datasource}
          query={{ ...support.getDefaultQuery?.(), refId: 'Anno', ...annotation.target }}
          onChange={change}
          onRunQuery={again}
          range={session.range()}
          annotation={annotation}
          onAnnotationChange={setAnnotation}
        />
      </section>
      {failure && <Alert severity="error" title={failure} />}
      <section aria-label="Events">
        {found && found.fields.length > 0 && <Grid frame={found} width={width} />}
      </section>
    </div>
  );
}
