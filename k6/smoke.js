// Does the server answer as it should? One client, a few requests, seconds.
import { check } from 'k6';
import { LIMITS, ask, askForOneToken, complete, count, get, model } from './lib/chat.js';

/** @type {import('k6/options').Options} */
export const options = {
  scenarios: {
    smoke: { executor: 'shared-iterations', vus: 1, iterations: count('ITERATIONS', 2), maxDuration: '5m' },
  },
  thresholds: {
    checks: ['rate==1'],
    answer_errors: ['rate==0'],
    time_to_first_token: [LIMITS.firstToken],
  },
};

export default function () {
  check(get('/models'), {
    'the model is listed': (list) => list !== null && list.data.some((/** @type {{id: string}} */ one) => one.id === model()),
  });
  check(askForOneToken(), {
    'one token is one token': (answer) => answer.whole && answer.tokens === 1,
  });
  const streamed = ask({ temperature: 0.8, seed: 7, messages: [{ role: 'user', content: 'Tell me about rivers.' }] });
  check(streamed, {
    'a stream is whole': (answer) => answer.whole && answer.text.length > 0,
    'it reports its decoding': (answer) => typeof answer.decoding.strategy === 'string',
  });
  const completed = complete({ temperature: 0.8, seed: 7, messages: [{ role: 'user', content: 'Tell me about rivers.' }] });
  check(completed, {
    'the same seed gives the same text without streaming': ({ status, answer }) =>
      status === 200 && answer.choices[0].message.content === streamed.text,
  });
  check(complete({ temperature: 3 }), {
    'a wrong field is refused by name': ({ status, answer }) => status === 400 && answer.error.param === 'temperature',
  });
}
