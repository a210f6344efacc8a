// Stands in for the module k6.
export function check(value, sets, tags = {}) {
  let all = true;
  for (const [name, holds] of Object.entries(sets)) {
    const passed = Boolean(typeof holds === 'function' ? holds(value) : holds);
    k6StandIn.add('checks', passed ? 1 : 0, JSON.stringify({ ...tags, check: name }));
    all = all && passed;
  }
  return all;
}
