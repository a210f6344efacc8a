// Where does the server saturate? Answers arrive at a rate that climbs in steps, whether or not earlier ones are done. Each step has its own
// figures: past saturation its tokens no longer grow, then first tokens come late, then the server refuses.
import { LIMITS, ask, askForOneToken, count, firstTokenProbes, number, perMinute, seconds, secondsIn } from './lib/chat.js';

const STEPS = count('STEPS', 6);
const STEP_SECONDS = seconds('STEP_DURATION', '30s');
const RATE = number('RATE', 0.5);
const PEAK_RATE = number('PEAK_RATE', 8);

/** @type {{target: number, duration: string}[]} */
const stages = [];
/** @type {{[metric: string]: string[]}} */
const thresholds = {
  time_to_first_token: [LIMITS.firstToken],
  inter_token_gap: [LIMITS.gap],
  answer_errors: [LIMITS.errors],
};
for (let step = 0; step < STEPS; step++) {
  const target = perMinute(STEPS === 1 ? PEAK_RATE : RATE + ((PEAK_RATE - RATE) * step) / (STEPS - 1));
  stages.push({ target, duration: '0s' }, { target, duration: `${STEP_SECONDS}s` });
  // k6 shows the figures of a tag's value only where there is a threshold on them.
  thresholds[`answered_tokens{step:${step + 1}}`] = ['count>0'];
  thresholds[`time_to_first_token{step:${step + 1}}`] = ['p(95)>0'];
  thresholds[`inter_token_gap{step:${step + 1}}`] = ['p(95)>0'];
  thresholds[`refusals{step:${step + 1}}`] = ['rate>=0'];
}

/** @type {import('k6/options').Options} */
export const options = {
  scenarios: {
    answers: {
      executor: 'ramping-arrival-rate',
      exec: 'answer',
      startRate: stages[0].target,
      timeUnit: '1m',
      stages,
      preAllocatedVUs: count('VUS', 50),
      maxVUs: Math.max(count('VUS', 50), count('MAX_VUS', 400)),
    },
    first_token: firstTokenProbes(STEPS * STEP_SECONDS),
  },
  thresholds,
};

function tags() {
  return { step: String(Math.min(STEPS, Math.floor(secondsIn() / STEP_SECONDS) + 1)) };
}

export function answer() {
  ask({}, tags());
}

export function firstToken() {
  askForOneToken(tags());
}
