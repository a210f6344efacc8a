// All decoding strategies in one batch: a steady number of clients, each request with the next strategy of the list.
import { check } from 'k6';
import exec from 'k6/execution';
import { LIMITS, ask, askForOneToken, count, firstTokenProbes, seconds } from './lib/chat.js';

/** @type {{[name: string]: {[field: string]: any}}} */
const REQUESTS = {
  auto: {},
  standard: { decoding: { strategy: 'standard' } },
  prompt_lookup: { decoding: { strategy: 'speculative', speculative: { draft: 'prompt_lookup' } } },
  suffix: { decoding: { strategy: 'speculative', speculative: { draft: 'suffix' } } },
  token_recycling: { decoding: { strategy: 'speculative', speculative: { draft: 'token_recycling' } } },
  early_exit: { decoding: { strategy: 'speculative', speculative: { draft: 'early_exit' } } },
  skip_decode: { decoding: { strategy: 'skip_decode' } },
  cntp: { decoding: { strategy: 'cntp', cntp: { max_trials: 4 } } },
  diff_adapt: { decoding: { strategy: 'diff_adapt', diff_adapt: { class: 'normal' } } },
  momentum: { temperature: 0, decoding: { strategy: 'momentum' } },
};

const MIX = (__ENV.STRATEGIES || Object.keys(REQUESTS).join(',')).split(',');
const unknown = MIX.filter((name) => !(name in REQUESTS));
if (unknown.length > 0) {
  throw new Error(`STRATEGIES must be of ${Object.keys(REQUESTS).join(', ')}, got "${unknown.join(',')}"`);
}
const DURATION_SECONDS = seconds('DURATION', '2m');

/** @type {{[metric: string]: string[]}} */
const thresholds = {
  checks: ['rate==1'],
  time_to_first_token: [LIMITS.firstToken],
  answer_errors: [LIMITS.errors],
};
for (const name of MIX) {
  thresholds[`inter_token_gap{strategy:${name}}`] = [LIMITS.gap];
  thresholds[`answered_tokens{strategy:${name}}`] = ['count>0'];
}

/** @type {import('k6/options').Options} */
export const options = {
  scenarios: {
    mix: { executor: 'constant-vus', exec: 'answer', vus: count('VUS', 8), duration: `${DURATION_SECONDS}s` },
    first_token: firstTokenProbes(DURATION_SECONDS),
  },
  thresholds,
};

export function answer() {
  const name = MIX[exec.scenario.iterationInTest % MIX.length];
  const fields = REQUESTS[name];
  const given = ask(fields, { strategy: name });
  if (given.whole && fields.decoding) {
    check(given, { 'the answer names the strategy that was asked for': (one) => one.decoding.strategy === fields.decoding.strategy });
  }
}

export function firstToken() {
  askForOneToken();
}
