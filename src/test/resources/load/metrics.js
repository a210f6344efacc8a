// Stands in for the module k6/metrics.
class Metric {
  constructor(type, name, isTime = false) {
    this.name = name;
    k6StandIn.declare(type, name, isTime);
  }

  add(value, tags = {}) {
    const number = Number(value);
    if (!Number.isFinite(number)) {
      throw new Error(`${this.name} got ${value}`);
    }
    k6StandIn.add(this.name, number, JSON.stringify(tags));
  }
}

export class Counter extends Metric {
  constructor(name, isTime) {
    super('COUNTER', name, isTime);
  }
}

export class Rate extends Metric {
  constructor(name, isTime) {
    super('RATE', name, isTime);
  }
}

export class Trend extends Metric {
  constructor(name, isTime) {
    super('TREND', name, isTime);
  }
}
