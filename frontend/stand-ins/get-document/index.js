const DOCUMENT_NODE = 9; // https://dom.spec.whatwg.org/#dom-node-nodetype

/**
 * The document that something of the DOM belongs to: a node, a window, a range or a selection; a document is
 * its own. None for a selection of nothing.
 */
module.exports = function getDocument(thing) {
  if (thing.nodeType === DOCUMENT_NODE) {
    return thing;
  }
  const found = thing.ownerDocument ?? thing.document;
  const node = thing.startContainer ?? thing.anchorNode;
  return found ?? (node ? getDocument(node) : undefined);
};
