// Does it stay as it is? A steady number of clients for long; the second half must be as good as the first, and at the end nothing is held.
import { LIMITS, ask, askForOneToken, count, firstTokenProbes, leavesNothingBehind, seconds, secondsIn } from './lib/chat.js';

const DURATION_SECONDS = seconds('DURATION', '10m');

/** @type {import('k6/options').Options} */
export const options = {
  scenarios: {
    answers: { executor: 'constant-vus', exec: 'answer', vus: count('VUS', 4), duration: `${DURATION_SECONDS}s` },
    first_token: firstTokenProbes(DURATION_SECONDS),
  },
  thresholds: {
    checks: ['rate==1'],
    answer_errors: ['rate==0'],
    refusals: ['rate==0'],
    'time_to_first_token{half:first}': [LIMITS.firstToken],
    'time_to_first_token{half:second}': [LIMITS.firstToken],
    'inter_token_gap{half:first}': [LIMITS.gap],
    'inter_token_gap{half:second}': [LIMITS.gap],
    'answered_tokens{half:first}': ['count>0'],
    'answered_tokens{half:second}': ['count>0'],
  },
};

function tags() {
  return { half: secondsIn() < DURATION_SECONDS / 2 ? 'first' : 'second' };
}

export function answer() {
  ask({}, tags());
}

export function firstToken() {
  askForOneToken(tags());
}

export function teardown() {
  leavesNothingBehind();
}
