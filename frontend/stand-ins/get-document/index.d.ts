declare function getDocument(thing: unknown): Document | undefined;
export = getDocument;
