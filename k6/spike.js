// Many at once: a calm rate, a spike, the calm rate again. What counts is that nothing breaks and that soon after the spike all is as before.
import { LIMITS, ask, askForOneToken, count, firstTokenProbes, number, perMinute, seconds, secondsIn } from './lib/chat.js';

const CALM_SECONDS = seconds('CALM_DURATION', '30s');
const SPIKE_SECONDS = seconds('SPIKE_DURATION', '15s');
const SETTLE_SECONDS = seconds('SETTLE_DURATION', '20s');
const AFTER_SECONDS = seconds('AFTER_DURATION', '30s');
const CALM_RATE = perMinute(number('RATE', 0.5));
const SPIKE_RATE = perMinute(number('PEAK_RATE', 20));
const TOTAL_SECONDS = CALM_SECONDS + SPIKE_SECONDS + SETTLE_SECONDS + AFTER_SECONDS;

/** @type {import('k6/options').Options} */
export const options = {
  scenarios: {
    answers: {
      executor: 'ramping-arrival-rate',
      exec: 'answer',
      startRate: CALM_RATE,
      timeUnit: '1m',
      stages: [
        { target: CALM_RATE, duration: `${CALM_SECONDS}s` },
        { target: SPIKE_RATE, duration: '0s' },
        { target: SPIKE_RATE, duration: `${SPIKE_SECONDS}s` },
        { target: CALM_RATE, duration: '0s' },
        { target: CALM_RATE, duration: `${SETTLE_SECONDS + AFTER_SECONDS}s` },
      ],
      preAllocatedVUs: count('VUS', 100),
      maxVUs: Math.max(count('VUS', 100), count('MAX_VUS', 400)),
    },
    first_token: firstTokenProbes(TOTAL_SECONDS),
  },
  thresholds: {
    answer_errors: [LIMITS.errors],
    'time_to_first_token{phase:before}': [LIMITS.firstToken],
    'time_to_first_token{phase:spike}': ['p(95)>0'],
    'time_to_first_token{phase:after}': [LIMITS.firstToken],
    'inter_token_gap{phase:before}': [LIMITS.gap],
    'inter_token_gap{phase:after}': [LIMITS.gap],
    'refusals{phase:spike}': ['rate>=0'],
    'refusals{phase:after}': ['rate==0'],
  },
};

function tags() {
  const now = secondsIn();
  if (now < CALM_SECONDS) {
    return { phase: 'before' };
  }
  if (now < CALM_SECONDS + SPIKE_SECONDS) {
    return { phase: 'spike' };
  }
  return { phase: now < CALM_SECONDS + SPIKE_SECONDS + SETTLE_SECONDS ? 'settling' : 'after' };
}

export function answer() {
  ask({}, tags());
}

export function firstToken() {
  askForOneToken(tags());
}
