import { Button, Stack } from '@grafana/ui';
import React, { useCallback } from 'react';

import { isFilterComplete, isSearchComplete } from '../../query/drafts';
import { errorAt, placeOf } from '../../query/errors';
import { sentence } from '../../query/sentence';
import { Filter, Search } from '../../types';
import { Fold } from '../controls/Fold';
import { useDrafts } from '../hooks/useDrafts';
import { Part } from './context';
import { FilterRow } from './FilterRow';
import { SearchRow } from './SearchRow';

/** Filters on fields, and searches in the raw line. */
export function Conditions(part: Part) {
  const { question, known, edit, error } = part;
  const typeOf = (name: string) => known.fields.find((field) => field.name === name)?.type;
  const [filters, setFilters] = useDrafts<Filter>(
    question.filters,
    (filter) => isFilterComplete(filter, typeOf(filter.field)),
    useCallback((written) => edit({ filters: written }), [edit])
  );
  const [searches, setSearches] = useDrafts<Search>(
    question.search,
    isSearchComplete,
    useCallback((written) => edit({ search: written }), [edit])
  );
  const place = placeOf(error)?.key;
  return (
    <Fold title="Only lines where" summary={summary(part)} open={place === 'filters' || place === 'search'}>
      <Stack direction="column" gap={1} alignItems="flex-start">
        {filters.map((filter, index) => (
          <FilterRow
            {...part}
            key={index}
            filter={filter}
            position={index + 1}
            error={errorAt(error, 'filters', writtenIndex(filters, index, question.filters))}
            onChange={(next) => setFilters(filters.map((other, at) => (at === index ? next : other)))}
            onRemove={() => setFilters(filters.filter((_, at) => at !== index))}
          />
        ))}
        {searches.map((search, index) => (
          <SearchRow
            key={index}
            search={search}
            position={index + 1}
            error={errorAt(error, 'search', writtenIndex(searches, index, question.search))}
            onChange={(next) => setSearches(searches.map((other, at) => (at === index ? next : other)))}
            onRemove={() => setSearches(searches.filter((_, at) => at !== index))}
          />
        ))}
        <Stack direction="row" gap={1}>
          <Button
            icon="plus"
            size="sm"
            variant="secondary"
            fill="outline"
            onClick={() => setFilters([...filters, { field: '', operator: '=', values: [] }])}
          >
            Add filter
          </Button>
          <Button
            icon="search"
            size="sm"
            variant="secondary"
            fill="outline"
            onClick={() => setSearches([...searches, { operator: 'contains', text: '' }])}
          >
            Search in lines
          </Button>
        </Stack>
      </Stack>
    </Fold>
  );
}

/** The place of a draft among what is written, which is what an error counts. */
function writtenIndex<Item>(drafts: Item[], index: number, written: Item[]): number {
  const before = drafts.slice(0, index).filter((draft) => written.includes(draft)).length;
  return written.includes(drafts[index]!) ? before : index;
}

function summary({ query, question }: Part): string {
  if (question.filters.length + question.search.length === 0) {
    return 'no conditions';
  }
  const said = sentence({ refId: query.refId, filters: question.filters, search: question.search });
  return said.slice(said.indexOf('where ') + 'where '.length);
}
