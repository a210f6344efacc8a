package dev.cadenza.cli.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;

/**
 * What clients saw of a server between two moments.
 *
 * @param name      what was going on, such as {@code ours, 8 clients}
 * @param speed     tokens that arrived in a second
 * @param answers   that ended, in a second
 * @param firstText milliseconds from the request to the first text, of requests that were sent in this time
 * @param gaps      milliseconds between texts of these
 * @param refused   429 or 503
 * @param silent    of the refused: without a Retry-After
 * @param failures  other errors
 * @param megabytes resident at the end; empty: not known
 */
record LoadWindow(String name, double speed, double answers, double[] firstText, double[] gaps, int refused, int silent, int failures,
        OptionalDouble megabytes) {
    private static final List<Table.Column> COLUMNS = List.of(Table.text("load"), Table.number("tokens/s"), Table.number("answers/s"),
            Table.number("first text p50, ms"), Table.number("p95"), Table.number("gap p50, ms"), Table.number("p95"), Table.number("refused"),
            Table.number("without Retry-After"), Table.number("other errors"), Table.number("MB"));

    /**
     * @param from seconds from the log's start
     * @param to   likewise
     */
    static LoadWindow of(String name, ClosedLoop.Log log, double from, double to, OptionalDouble megabytes) {
        long start = log.start() + (long) (from * 1e9);
        long end = log.start() + (long) (to * 1e9);
        double tokens = 0;
        int ended = 0;
        for (StreamedAnswer answer : log.answers()) {
            long texts = answer.texts().stream().filter(at -> at >= start && at < end).count();
            tokens += (double) answer.tokens() * texts / answer.texts().size();
            ended += within(answer.texts().getLast(), start, end) ? 1 : 0;
        }
        List<StreamedAnswer> sent = log.answers().stream().filter(answer -> within(answer.sent(), start, end)).toList();
        List<ClosedLoop.Refusal> refusals = log.refusals().stream().filter(refusal -> within(refusal.at(), start, end)).toList();
        return new LoadWindow(name, tokens / (to - from), ended / (to - from), sent.stream().mapToDouble(StreamedAnswer::firstTextMs).toArray(),
                sent.stream().flatMap(answer -> answer.gapsMs().stream()).flatMapToDouble(DoubleStream::of).toArray(), refusals.size(),
                (int) refusals.stream().filter(refusal -> !refusal.saysWhen()).count(),
                (int) log.failures().stream().filter(failure -> within(failure.at(), start, end)).count(), megabytes);
    }

    private static boolean within(long at, long start, long end) {
        return at >= start && at < end;
    }

    /** Of the time to the first text; NaN: no request was sent. */
    double firstText(double quantile) {
        return quantile(firstText, quantile);
    }

    private static double quantile(double[] values, double quantile) {
        return values.length == 0 ? Double.NaN : Summary.quantile(values, quantile);
    }

    static Section section(List<LoadWindow> windows) {
        return Section.of("load", "Load", COLUMNS, windows, LoadWindow::row, LoadWindow::json);
    }

    private List<String> row() {
        return List.of(name, Table.digits(speed), Table.digits(answers), digits(firstText(0.5)), digits(firstText(0.95)), digits(quantile(gaps, 0.5)),
                digits(quantile(gaps, 0.95)), Integer.toString(refused), Integer.toString(silent), Integer.toString(failures),
                megabytes.isPresent() ? Table.decimals(megabytes.getAsDouble(), 0) : Table.NONE);
    }

    private static String digits(double value) {
        return Double.isNaN(value) ? Table.NONE : Table.digits(value);
    }

    private Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("load", name);
        json.put("tokens_per_second", speed);
        json.put("answers_per_second", answers);
        put(json, "first_text_p50_ms", firstText(0.5));
        put(json, "first_text_p95_ms", firstText(0.95));
        put(json, "gap_p50_ms", quantile(gaps, 0.5));
        put(json, "gap_p95_ms", quantile(gaps, 0.95));
        json.put("refused", refused);
        json.put("refused_without_retry_after", silent);
        json.put("errors", failures);
        megabytes.ifPresent(value -> json.put("megabytes", value));
        return json;
    }

    private static void put(Map<String, Object> json, String name, double value) {
        if (!Double.isNaN(value)) {
            json.put(name, value);
        }
    }
}
