/** Where one may start, while nothing is asked. */
import { GinkgoQuery } from '../types';

/** A question to begin with. */
export interface Start {
  title: string;
  query: Partial<GinkgoQuery>;
}

/** The fields of the trading system by their roles, where no system is known. */
const ROLES: Record<string, string> = {
  level: 'level',
  portfolio: 'portfolio_id',
  strategy: 'strategy_id',
  duration: 'duration_ms',
  component: 'component_name',
};

/** The questions that a system with these fields, by their roles, has an answer to. */
export function starts(roles: Record<string, string> = ROLES): Start[] {
  const { level, portfolio, strategy, duration, component } = roles;
  const found: Start[] = [
    { title: 'What goes wrong most', query: { queryType: 'any', result: 'topErrors' } },
  ];
  if (level) {
    const filters = [{ field: level, operator: '>=', values: ['warning'] }];
    found.push({ title: 'Warnings and worse', query: { queryType: 'any', filters } });
  }
  if (portfolio) {
    found.push({
      title: 'How many errors, by portfolio',
      query: { queryType: 'portfolio', result: 'errorRate', groupBy: [portfolio] },
    });
  }
  if (strategy) {
    found.push({
      title: 'Strategies that went silent',
      query: { queryType: 'strategy', result: 'lastSeen', groupBy: [strategy] },
    });
  }
  if (duration) {
    const measure = { field: duration, aggregation: 'p95' };
    const groupBy = component ? { groupBy: [component] } : {};
    found.push({
      title: 'How slow things are',
      query: { queryType: 'any', result: 'value', measure, ...groupBy },
    });
  }
  return [...found, { title: 'Everything', query: { queryType: 'any' } }];
}
