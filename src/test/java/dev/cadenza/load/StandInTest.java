package dev.cadenza.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The stand-in for k6 does as k6 where it does anything, and refuses the rest. */
class StandInTest {
    private static final String ONE_RUN = "scenarios: {s: {executor: 'shared-iterations', vus: 1, iterations: 1, maxDuration: '10s'}}";

    @TempDir
    private Path folder;

    private LoadScript.Outcome run(String script) throws Exception {
        return LoadScript.at(Files.writeString(folder.resolve("script.js"), script)).run(Map.of("GIVEN", "here"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "import ws from 'k6/ws'; export const options = {OPTIONS}; export default function () {}                       | module k6/ws",
        "import {sleep} from 'k6'; export const options = {OPTIONS}; export default function () {}                     | sleep",
        "import http from 'k6/http'; export const options = {OPTIONS}; export default function () { http.batch([]); }  | http.batch",
        "import http from 'k6/http'; export const options = {OPTIONS}; export default () => http.get('', {redirects: 1}) | params.redirects",
        "import http from 'k6/http'; http.get('http://127.0.0.1:1'); export const options = {OPTIONS};                 | init context",
        "import exec from 'k6/execution'; export const options = {OPTIONS}; export default () => exec.vu               | exec.vu",
        "import {Rate} from 'k6/metrics'; export const options = {OPTIONS}; export default () => new Rate('late')      | outside the init context",
        "import {Gauge} from 'k6/metrics'; export const options = {OPTIONS}; export default function () {}             | Gauge",
        "export const options = {OPTIONS, noConnectionReuse: true}; export default function () {}                      | noConnectionReuse",
        "export const options = {scenarios: {s: {executor: 'externally-controlled'}}}; export default function () {}   | externally-controlled",
        "export const options = {scenarios: {s: {executor: 'constant-vus', gracefulStop: '0s'}}}; export default () => 1 | gracefulStop",
        "export const options = {OPTIONS, thresholds: {unknown: ['rate<1']}}; export default function () {}            | no metric: unknown",
        "export const options = {OPTIONS, thresholds: {checks: ['p(95)<1']}}; export default function () {}            | p(95)<1",
        "export const options = {OPTIONS, thresholds: {checks: [{abortOnFail: true}]}}; export default () => 1 | more than text",
        "export const options = {OPTIONS}; export function another() {}                                                | no function default",
        "export const options = {OPTIONS}; export default function () { throw new Error('own fault'); }               | own fault",
        "import '../elsewhere.js'; export const options = {OPTIONS}; export default function () {}                     | not its own"})
    void whatIsNotThereIsRefused(String script, String named) {
        assertThatThrownBy(() -> run(script.replace("OPTIONS", ONE_RUN))).hasMessageContaining(named);
    }

    @Test
    void setupsDataReachesIterationsAndTeardownAndTagsNarrowThresholds() throws Exception {
        LoadScript.Outcome outcome = run("""
                import { check } from 'k6';
                import { Counter } from 'k6/metrics';
                import exec from 'k6/execution';
                const seen = new Counter('seen');
                export const options = {
                  scenarios: { two: { executor: 'shared-iterations', vus: 2, iterations: 6, maxDuration: '10s' } },
                  thresholds: { 'seen{kind:odd}': ['count==3'], seen: ['count==6', 'count<6'], checks: ['rate==1'], 'seen{kind:none}': ['count>5'] },
                };
                export function setup() { return { word: __ENV.GIVEN }; }
                export default function (data) {
                  seen.add(1, { kind: exec.scenario.iterationInTest % 2 ? 'odd' : 'even' });
                  check(data, { 'data is there': (given) => given.word === 'here', 'absent is undefined': () => __ENV.ABSENT === undefined });
                }
                export function teardown(data) { check(data, { 'at the end, too': (given) => given.word === 'here' }); }
                """);

        assertThat(outcome.broken()).singleElement().asString().startsWith("BROKEN seen count<6: 6.000");
        assertThat(outcome.unjudged()).singleElement().asString().contains("none");
        assertThat(outcome.samples("checks")).hasSize(13);
        assertThat(outcome.samples("iterations", Map.of("scenario", "two"))).hasSize(6);
    }

    @Test
    void everyUserHasAWorldOfItsOwn() throws Exception {
        LoadScript.Outcome outcome = run("""
                import { Trend } from 'k6/metrics';
                const mine = new Trend('mine');
                let calls = 0;
                const scenario = { executor: 'shared-iterations', vus: 1, iterations: 2, maxDuration: '10s' };
                export const options = { scenarios: { a: scenario, b: scenario } };
                export default function () { calls += 1; mine.add(calls); }
                """);

        assertThat(outcome.samples("mine")).containsExactly(1.0, 1.0, 2.0, 2.0);
    }

    @Test
    void arrivalsFollowTheAreaBelowTheRate() {
        // 60 a minute for 2 s, a jump to 240, then down to 120 within 2 s: 2, 0 and 6 arrivals.
        List<Double> due = Scenario.ramp(60, 60, List.of(new Scenario.Stage(60, 2), new Scenario.Stage(240, 0), new Scenario.Stage(120, 2)));

        assertThat(due).hasSize(8).isSorted();
        assertThat(due.subList(0, 3)).usingElementComparator((a, b) -> Math.abs(a - b) < 1e-6 ? 0 : Double.compare(a, b))
                .containsExactly(1.0, 2.0, 2 + (4 - Math.sqrt(14)));
        assertThat(due.getLast()).isEqualTo(4.0, offset(1e-6));
    }

    @Test
    void arrivalsThatFindNoUserAreDropped() throws Exception {
        LoadScript.Outcome outcome = run("""
                export const options = { scenarios: { s: { executor: 'constant-arrival-rate', rate: 20, timeUnit: '1s', duration: '500ms',
                  preAllocatedVUs: 1, maxVUs: 1 } } };
                export default function () { const end = Date.now() + 5000; while (Date.now() < end); }
                """);

        assertThat(outcome.samples("iterations")).hasSize(1);
        assertThat(outcome.samples("dropped_iterations")).hasSize(9);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"avg<2.6|true|2.5", "avg<2.5|false|2.5", "med==2.5|true|2.5", "p(95)<3.9|true|3.85", "p(95)<3.8|false|3.85",
        "p(50)>=2.5|true|2.5",
        "min!=1|false|1", "max<=4|true|4"})
    void thresholdsOfDistributionsAreJudgedAsK6Does(String expression, boolean passes, double value) {
        var metrics = new Metrics();
        for (double sample : new double[] {4, 1, 3, 2}) {
            metrics.add("http_req_duration", sample, Map.of("step", "1"));
        }
        metrics.add("http_req_duration", 1000, Map.of("step", "2"));

        Threshold.Verdict verdict = Threshold.parse("http_req_duration{step:1}", expression, metrics).judge(metrics, 2);

        assertThat(verdict.value()).isEqualTo(value, offset(1e-9));
        assertThat(verdict.passed()).isEqualTo(passes);
        assertThat(verdict.samples()).isEqualTo(4);
    }

    @Test
    void sharesCountAndRatesAreOfTheWholeTest() {
        var metrics = new Metrics();
        for (int i = 0; i < 4; i++) {
            metrics.add("checks", i == 0 ? 0 : 1, Map.of());
            metrics.add("http_reqs", 1, Map.of());
        }

        assertThat(Threshold.parse("checks", "rate>0.7", metrics).judge(metrics, 2).value()).isEqualTo(0.75);
        assertThat(Threshold.parse("http_reqs", "rate>1", metrics).judge(metrics, 2).value()).isEqualTo(2);
        assertThat(Threshold.parse("http_reqs", "count>5", metrics).judge(metrics, 2).passed()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"1h2m3.5s, 3723500", "200ms, 200", "1m30s, 90000", "2s5ms, 2005", "0s, 0"})
    void durationsAreReadAsK6Does(String text, long millis) {
        assertThat(Durations.parse(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10", "s", "1s2m", "-1s"})
    void whatIsNoDurationIsRefused(String text) {
        assertThatThrownBy(() -> Durations.parse(text)).isInstanceOf(UnsupportedByStandIn.class);
    }
}
