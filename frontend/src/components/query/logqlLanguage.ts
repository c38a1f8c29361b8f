import type { Monaco, monacoTypes } from '@grafana/ui';

/** The language's own name: Grafana's Loki registers `logql`, and may do so after this. */
export const LANGUAGE = 'ginkgo-logql';

/** Finds what may stand at the cursor, with the text before it. */
export type Complete = (before: string) => Promise<Suggestion[]>;

export interface Suggestion {
  label: string;
  insert: string;
  detail?: string;
  kind: 'field' | 'value' | 'stage';
}

// One provider serves all editors of the page: it finds the editor by its text model.
const completions = new Map<string, () => Complete>();

/** Teaches Monaco the language, once. */
export function register(monaco: Monaco) {
  if (monaco.languages.getLanguages().some(({ id }) => id === LANGUAGE)) {
    return;
  }
  monaco.languages.register({ id: LANGUAGE });
  monaco.languages.setLanguageConfiguration(LANGUAGE, {
    brackets: [
      ['{', '}'],
      ['(', ')'],
      ['[', ']'],
    ],
    autoClosingPairs: [
      { open: '{', close: '}' },
      { open: '(', close: ')' },
      { open: '[', close: ']' },
      { open: '"', close: '"' },
      { open: '`', close: '`' },
    ],
  });
  monaco.languages.setMonarchTokensProvider(LANGUAGE, {
    keywords: [
      'by',
      'without',
      'on',
      'ignoring',
      'group_left',
      'group_right',
      'and',
      'or',
      'unless',
      'offset',
      'bool',
      'unwrap',
    ],
    tokenizer: {
      root: [
        [/#.*$/, 'comment'],
        [/"(?:[^"\\]|\\.)*"?/, 'string'],
        [/`[^`]*`?/, 'string'],
        [/\$\{?\w+\}?/, 'variable'],
        [/\d+(?:\.\d+)?(?:ms|[smhdwy])?/, 'number'],
        [/[A-Za-z_]\w*(?=\s*\()/, 'keyword'],
        [/[A-Za-z_]\w*/, { cases: { '@keywords': 'keyword', '@default': 'identifier' } }],
        [/\|=|!=|\|~|!~|=~|==|>=|<=|[|=><]/, 'operator'],
        [/[{}()[\]]/, '@brackets'],
      ],
    },
  });
  monaco.languages.registerCompletionItemProvider(LANGUAGE, {
    triggerCharacters: ['{', ',', '"', '`', '|', ' ', '='],
    provideCompletionItems: async (model, position) => {
      const complete = completions.get(model.uri.toString())?.();
      const before = model.getValueInRange(new monaco.Range(1, 1, position.lineNumber, position.column));
      const word = model.getWordUntilPosition(position);
      const range = new monaco.Range(
        position.lineNumber,
        word.startColumn,
        position.lineNumber,
        word.endColumn
      );
      const found = complete ? await complete(before) : [];
      return { suggestions: found.map((suggestion) => item(monaco, suggestion, range)) };
    },
  });
}

/** Connects an editor with its completion, until it is closed. */
export function connect(model: monacoTypes.editor.ITextModel, complete: () => Complete): () => void {
  const key = model.uri.toString();
  completions.set(key, complete);
  return () => completions.delete(key);
}

function item(
  monaco: Monaco,
  { label, insert, detail, kind }: Suggestion,
  range: monacoTypes.IRange
): monacoTypes.languages.CompletionItem {
  const kinds = monaco.languages.CompletionItemKind;
  const shown = { field: kinds.Field, value: kinds.Constant, stage: kinds.Keyword }[kind];
  return { label, insertText: insert, detail, kind: shown, range };
}
