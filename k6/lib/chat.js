// What all load scripts share: settings from the environment, one way to ask, and the metrics.
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter, Rate, Trend } from 'k6/metrics';

/** Time from sending a request to the end of its answer of one token: queue, prompt and first token. From `askForOneToken`. */
export const timeToFirstToken = new Trend('time_to_first_token', true);
/** Mean time per token of one answer, from the head of the answer to its end: the prompt's computation is in it. */
export const interTokenGap = new Trend('inter_token_gap', true);
/** Tokens of whole answers, as the server counts them. */
export const answeredTokens = new Counter('answered_tokens');
/** Requests that got neither a whole answer nor an orderly refusal. */
export const answerErrors = new Rate('answer_errors');
/** Requests that were told to come again later: 429 or 503 with Retry-After. */
export const refusals = new Rate('refusals');

const DURATION = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?$/;

/**
 * @param {string} name
 * @param {number} fallback
 * @returns {number} above 0
 */
export function number(name, fallback) {
  const given = __ENV[name];
  const value = given ? Number(given) : fallback;
  if (!(value > 0) || !Number.isFinite(value)) {
    throw new Error(`${name} must be a number above 0, got "${given}"`);
  }
  return value;
}

/**
 * @param {string} name
 * @param {number} fallback
 * @returns {number} a whole number above 0
 */
export function count(name, fallback) {
  const value = number(name, fallback);
  if (!Number.isInteger(value)) {
    throw new Error(`${name} must be a whole number, got "${value}"`);
  }
  return value;
}

/**
 * @param {string} name
 * @param {string} fallback
 * @returns {number} seconds, above 0
 */
export function seconds(name, fallback) {
  const given = __ENV[name] || fallback;
  const parts = DURATION.exec(given);
  const value = parts ? Number(parts[1] || 0) * 3600 + Number(parts[2] || 0) * 60 + Number(parts[3] || 0) : 0;
  if (value <= 0) {
    throw new Error(`${name} must be a duration such as 30s, 5m or 1h30m, got "${given}"`);
  }
  return value;
}

/**
 * @param {number} rate answers a second
 * @returns {number} answers a minute: k6 takes whole numbers only, so all scripts count by the minute (timeUnit 1m)
 */
export function perMinute(rate) {
  return Math.max(1, Math.round(rate * 60));
}

const BASE_URL = (__ENV.BASE_URL || 'http://127.0.0.1:8080/v1').replace(/\/+$/, '');
const MODEL = __ENV.MODEL || 'smollm2-135m-instruct';
const MAX_TOKENS = count('MAX_TOKENS', 64);
const TIMEOUT = `${seconds('TIMEOUT', '120s')}s`;

/** @type {{[name: string]: string}} */
const HEADERS = { 'Content-Type': 'application/json' };
if (__ENV.API_KEY) {
  HEADERS.Authorization = `Bearer ${__ENV.API_KEY}`;
}

const QUESTIONS = [
  'Why is the sky blue?',
  'Write three sentences about the sea.',
  'Explain how a bicycle stays upright.',
  'List five fruits and a use for each.',
  'Tell a short story about a lighthouse keeper.',
  'How do I make bread at home?',
  'What is the difference between weather and climate?',
  'Describe a walk through a forest in autumn.',
];

/** @returns {string} a question with a number of its own, so that no two prompts are equal */
export function question() {
  const i = exec.scenario.iterationInTest;
  return `Question ${i + 1}. ${QUESTIONS[i % QUESTIONS.length]}`;
}

/** @returns {number} seconds since the scenario that calls this began */
export function secondsIn() {
  return (Date.now() - exec.scenario.startTime) / 1000;
}

/**
 * @typedef {object} Answer
 * @property {number} status of HTTP, 0 without an answer
 * @property {boolean} whole it ended as it should
 * @property {boolean} refused the server asked to come again later
 * @property {string} text
 * @property {number} tokens
 * @property {{[name: string]: any}} decoding the server's report
 * @property {{waiting: number, receiving: number, duration: number}} timings milliseconds
 */

/**
 * Asks and waits for the whole streamed answer. Records errors and refusals.
 *
 * @param {{[field: string]: any}} fields of the request, beside model, messages and what streaming needs
 * @param {{[name: string]: string}} [tags] for the metrics
 * @returns {Answer}
 */
function stream(fields, tags = {}) {
  const request = {
    model: MODEL,
    messages: [{ role: 'user', content: question() }],
    max_tokens: MAX_TOKENS,
    ...fields,
    stream: true,
    stream_options: { include_usage: true },
  };
  const response = http.post(`${BASE_URL}/chat/completions`, JSON.stringify(request), { headers: HEADERS, tags, timeout: TIMEOUT });
  const body = typeof response.body === 'string' ? response.body : '';
  const refused = (response.status === 429 || response.status === 503) && Boolean(response.headers['Retry-After']);
  const answer = { status: response.status, refused, timings: response.timings, ...read(response.status === 200 ? body : '') };
  answerErrors.add(!answer.whole && !refused, tags);
  refusals.add(refused, tags);
  if (!answer.whole && !refused) {
    console.error(`no whole answer: status ${response.status} ${response.error} ${JSON.stringify(body.slice(-100))}`);
  }
  return answer;
}

/**
 * @param {string} body server-sent events
 * @returns {{whole: boolean, text: string, tokens: number, decoding: {[name: string]: any}}} whole: finished, counted, and closed with [DONE]
 */
export function read(body) {
  let text = '';
  let tokens = 0;
  let decoding = {};
  let finished = false;
  let done = false;
  for (const line of body.split('\n')) {
    if (!line.startsWith('data:')) {
      continue;
    }
    const data = line.slice('data:'.length).trim();
    if (data === '[DONE]') {
      done = true;
      continue;
    }
    let chunk;
    try {
      chunk = JSON.parse(data);
    } catch (cutOff) {
      return { whole: false, text, tokens, decoding };
    }
    const choice = (chunk.choices || [])[0];
    text += (choice && choice.delta && choice.delta.content) || '';
    finished = finished || Boolean(choice && choice.finish_reason);
    tokens = chunk.usage ? chunk.usage.completion_tokens : tokens;
    decoding = chunk.decoding || decoding;
  }
  return { whole: finished && done && tokens > 0, text, tokens, decoding };
}

/**
 * Asks for an answer of normal length; records its tokens and their mean gap.
 *
 * @param {{[field: string]: any}} [fields]
 * @param {{[name: string]: string}} [tags]
 * @returns {Answer}
 */
export function ask(fields = {}, tags = {}) {
  const answer = stream({ temperature: 0.8, seed: exec.scenario.iterationInTest, ...fields }, tags);
  if (answer.whole) {
    answeredTokens.add(answer.tokens, tags);
    interTokenGap.add(answer.timings.receiving / answer.tokens, tags);
  }
  return answer;
}

/**
 * Asks for one token, so that the end of the answer is its first token; records the time to it.
 *
 * @param {{[name: string]: string}} [tags]
 * @returns {Answer}
 */
export function askForOneToken(tags = {}) {
  const answer = stream({ max_tokens: 1 }, tags);
  if (answer.whole) {
    timeToFirstToken.add(answer.timings.duration, tags);
  }
  return answer;
}

/**
 * @param {string} path from the base URL
 * @returns {any} the parsed answer, null when it is none
 */
export function get(path) {
  const response = http.get(`${BASE_URL}${path}`, { headers: HEADERS, timeout: TIMEOUT });
  return response.status === 200 && typeof response.body === 'string' ? JSON.parse(response.body) : null;
}

/**
 * @param {{[field: string]: any}} fields
 * @returns {{status: number, answer: any}} of a request without streaming
 */
export function complete(fields) {
  const request = { model: MODEL, messages: [{ role: 'user', content: question() }], max_tokens: MAX_TOKENS, ...fields };
  const response = http.post(`${BASE_URL}/chat/completions`, JSON.stringify(request), { headers: HEADERS, timeout: TIMEOUT });
  return { status: response.status, answer: typeof response.body === 'string' ? JSON.parse(response.body) : null };
}

/** @returns {string} the model that is asked */
export function model() {
  return MODEL;
}

/** At the server's figures, at most: what the last answer held is freed right behind it, not before its end is sent. */
const LOOKS = 50;

/**
 * Looks at the server's own figures: nobody is served, nothing is held. For a server whose metrics can be reached and that has no other clients.
 *
 * @returns {boolean}
 */
export function leavesNothingBehind() {
  let figures = '';
  for (let look = 0; look < LOOKS; look++) {
    const page = http.get(__ENV.METRICS_URL || BASE_URL.replace(/\/v1$/, '/metrics'), { headers: HEADERS, timeout: TIMEOUT });
    figures = typeof page.body === 'string' ? page.body : '';
    if (page.status !== 200 || (servesNobody(figures) && holdsNothing(figures))) {
      break;
    }
  }
  return check(figures, { 'no sequence is left': servesNobody, 'no key-value memory is left': holdsNothing });
}

/**
 * @param {string} page
 * @returns {boolean}
 */
function servesNobody(page) {
  return gauge(page, 'cadenza_sequences_running') === 0 && gauge(page, 'cadenza_sequences_waiting') === 0;
}

/**
 * @param {string} page
 * @returns {boolean}
 */
function holdsNothing(page) {
  return gauge(page, 'cadenza_kv_bytes_used') === 0;
}

/**
 * @param {string} page
 * @param {string} name
 * @returns {number} the sum of its series, NaN when there is none
 */
function gauge(page, name) {
  const values = page.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return values.length === 0 ? NaN : values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/**
 * One-token requests at a steady rate beside the load.
 *
 * @param {number} duration seconds
 * @returns {import('k6/options').ConstantArrivalRateScenario}
 */
export function firstTokenProbes(duration) {
  return {
    executor: 'constant-arrival-rate',
    exec: 'firstToken',
    rate: perMinute(number('PROBE_RATE', 0.5)),
    timeUnit: '1m',
    duration: `${duration}s`,
    preAllocatedVUs: 2,
    maxVUs: count('MAX_PROBES', 20),
  };
}

/** The limits that most scripts put thresholds on; milliseconds and shares. */
export const LIMITS = {
  firstToken: `p(95)<${number('FIRST_TOKEN_P95_MS', 2000)}`,
  gap: `p(95)<${number('GAP_P95_MS', 250)}`,
  errors: `rate<${number('ERROR_RATE', 0.01)}`,
};
