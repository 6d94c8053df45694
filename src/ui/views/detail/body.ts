import type { DetailState } from '../../detail.ts';
import { ancestryBody } from './ancestryItems.ts';
import { argumentItems } from './argumentItems.ts';
import { environmentItems } from './environmentItems.ts';
import { credentialItems, fieldItems, namespaceItems } from './fieldItems.ts';
import { fileItems } from './fileItems.ts';
import { type DetailBody, type DetailLook, layBody } from './item.ts';
import { jsonItems } from './jsonItems.ts';
import { relatedBody } from './relatedItems.ts';

/** The tab laid out, kept for as long as nothing changes: paints and keys ask for it again and again. */
export function detailBody(detail: DetailState, look: DetailLook): DetailBody {
  const from = [
    ...[detail.subject, detail.tab, detail.description, detail.files?.answer],
    ...[detail.related?.events, detail.isDifference, detail.isRevealed],
    ...[look.width, look.theme.text, look.ascii, look.hasNodes, look.groupNames],
  ];
  if (!kept || kept.from.some((part, index) => part !== from[index]))
    kept = { from, body: layTab(detail, look) };
  return kept.body;
}

let kept: { from: readonly unknown[]; body: DetailBody } | undefined;

function layTab(detail: DetailState, look: DetailLook): DetailBody {
  switch (detail.tab) {
    case 'fields':
      return layBody(fieldItems(detail, look));
    case 'arguments':
      return layBody(argumentItems(detail, look));
    case 'ancestry':
      return ancestryBody(detail, look);
    case 'environment':
      return layBody(environmentItems(detail, look));
    case 'files':
      return layBody(fileItems(detail, look));
    case 'credentials':
      return layBody(credentialItems(detail, look));
    case 'namespaces':
      return layBody(namespaceItems(detail, look));
    case 'related':
      return relatedBody(detail, look);
    case 'json':
      return layBody(jsonItems(detail, look));
  }
}
