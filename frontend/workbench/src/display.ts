import { applyFieldOverrides, type DataFrame, FieldType, type GrafanaTheme2 } from '@grafana/data';

/** Gives fields their display processors, as a panel does before it draws. */
export function displayed(frames: DataFrame[], theme: GrafanaTheme2): DataFrame[] {
  // The registry of field options is empty outside Grafana, so the defaults of a panel are set by hand.
  const prepared = frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) => ({
      ...field,
      config: {
        ...field.config,
        color:
          field.type === FieldType.number
            ? (field.config.color ?? { mode: 'palette-classic' })
            : field.config.color,
        custom: {
          drawStyle: 'line',
          lineWidth: 1,
          fillOpacity: 8,
          pointSize: 5,
          axisPlacement: 'auto',
          ...field.config.custom,
        },
      },
    })),
  }));
  return applyFieldOverrides({
    data: prepared,
    fieldConfig: { defaults: {}, overrides: [] },
    replaceVariables: (text) => text,
    theme,
    timeZone: 'browser',
  });
}
