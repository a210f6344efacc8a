// Stands in for the module k6/http: like k6, it hands out a response when its body is complete.
import { refuseOthers, strict } from './strict.js';

function request(method, url, body, params = {}) {
  refuseOthers('params', params, ['headers', 'tags', 'timeout']);
  if (body !== null && typeof body !== 'string') {
    throw new Error('the stand-in for k6 sends strings only');
  }
  const { headers = {}, tags = {}, timeout = '60s' } = params;
  const response = JSON.parse(k6StandIn.request(method, url, body, JSON.stringify({ headers, tags, timeout })));
  response.timings = strict('timings', response.timings);
  return strict('response', response);
}

export default strict('http', {
  get: (url, params) => request('GET', url, null, params),
  post: (url, body, params) => request('POST', url, body, params),
});
