// What a stand-in lacks is refused when it is asked for, not undefined.
export function strict(name, target) {
  return new Proxy(target, {
    get(object, key) {
      if (typeof key === 'string' && !(key in object) && key !== 'toJSON' && key !== 'then') {
        throw new Error(`the stand-in for k6 has no ${name}.${key}`);
      }
      return object[key];
    },
  });
}

export function refuseOthers(name, given, known) {
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) {
      throw new Error(`the stand-in for k6 does not know ${name}.${key}`);
    }
  }
}
