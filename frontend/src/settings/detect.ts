/** What the streams say about fields, as settings that a person may take over. */
import { FieldInfo } from '../api/resources';
import { FieldSetting } from '../types';

const NAME = /^[A-Za-z_]\w*$/;
/** Where a field is looked for when nobody says: all places. */
const PLACES = ['label', 'metadata', 'line'];

/** A field that was found, with the setting that would pin it down. */
export interface Proposal {
  info: FieldInfo;
  /** None where the settings say it already, or nothing was found. */
  setting?: FieldSetting;
}

/** Proposes a setting for each field that was found: its type, and the places that really have it. */
export function proposals(found: FieldInfo[], settings: FieldSetting[]): Proposal[] {
  return found.map((info) => {
    const setting = propose(info);
    const written = setting && settings.find(({ name }) => name === setting.name);
    return written || !setting ? { info } : { info, setting };
  });
}

function propose({ name, type, found, inSchema, role }: FieldInfo): FieldSetting | undefined {
  const places = PLACES.filter((place) => found?.includes(place));
  if (places.length === 0) {
    return undefined;
  }
  const source = places.length === 1 ? places[0]! : places;
  if (inSchema !== false) {
    return { name, ...(role && { role }), source };
  }
  const own = name.replace(/\W/g, '_').replace(/^(?=\d)/, '_');
  const isPlain = NAME.test(name);
  return {
    name: own,
    type,
    source,
    // A name that settings cannot have is the key inside the line, as it stands there.
    ...(!isPlain && { key: JSON.stringify([name]) }),
  };
}

/** The settings with a proposal taken over. */
export function withProposal(settings: FieldSetting[], setting: FieldSetting): FieldSetting[] {
  return settings.some(({ name }) => name === setting.name) ? settings : [...settings, setting];
}
