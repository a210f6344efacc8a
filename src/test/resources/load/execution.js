// Stands in for the module k6/execution.
import { strict } from './strict.js';

const scenario = {
  get name() { return k6StandIn.scenario(); },
  get startTime() { return k6StandIn.startTime(); },
  get iterationInTest() { return k6StandIn.iterationInTest(); },
};

export default strict('exec', { scenario: strict('exec.scenario', scenario) });
