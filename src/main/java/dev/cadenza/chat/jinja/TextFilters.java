package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Filters that give text. */
final class TextFilters {
    private static final Pattern WORD_START = Pattern.compile("([-\\s({\\[<]+)", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}_]+");
    private static final Pattern BAD_ATTRIBUTE = Pattern.compile("[ \\t\\n\\r\\f\\u000b/>=]");

    private TextFilters() {
    }

    static void register(Map<String, Filters.Filter> all) {
        all.put("upper", (run, input, arguments) -> method(run, input, "upper", arguments));
        all.put("lower", (run, input, arguments) -> method(run, input, "lower", arguments));
        all.put("capitalize", (run, input, arguments) -> method(run, input, "capitalize", arguments));
        all.put("trim", (run, input, arguments) -> method(run, input, "strip", positional(arguments, "trim", 0, "chars")));
        all.put("center", (run, input, arguments) -> {
            Value width = arguments.bind("center", 0, "width")[0];
            return method(run, input, "center", new Arguments(List.of(width == null ? Value.integer(80) : width), Map.of()));
        });
        all.put("title", TextFilters::title);
        plain(all, "string", TextFilters::soft);
        plain(all, "safe", (run, input) -> new Value.Text(run.str(input), true));
        plain(all, "escape", TextFilters::escape);
        plain(all, "e", TextFilters::escape);
        plain(all, "forceescape", (run, input) -> new Value.Text(Html.escape(run.str(input)), true));
        all.put("replace", TextFilters::replace);
        all.put("indent", TextFilters::indent);
        all.put("truncate", TextFilters::truncate);
        all.put("format", TextFilters::format);
        all.put("tojson", TextFilters::json);
        plain(all, "striptags", (run, input) -> Value.text(stripTags(run.str(input))));
        plain(all, "wordcount", (run, input) -> Value.integer(WORD.matcher(run.str(input)).results().count()));
        all.put("urlencode", TextFilters::urlEncode);
        all.put("xmlattr", TextFilters::xmlAttributes);
    }

    private static void plain(Map<String, Filters.Filter> all, String name, BiFunction<Evaluator, Value, Value> filter) {
        all.put(name, (run, input, arguments) -> {
            arguments.bind(name, 0);
            return filter.apply(run, input);
        });
    }

    private static Arguments positional(Arguments arguments, String function, int required, String... names) {
        List<Value> values = new ArrayList<>();
        for (Value value : arguments.bind(function, required, names)) {
            if (value != null) {
                values.add(value);
            }
        }
        return new Arguments(values, Map.of());
    }

    /** The input as text, safe where it already is. */
    static Value.Text soft(Evaluator run, Value input) {
        return input instanceof Value.Text text ? text : Value.text(run.str(input));
    }

    private static Value method(Evaluator run, Value input, String name, Arguments arguments) {
        return new StringMethods(run.walker()).method(soft(run, input), name).call(arguments);
    }

    private static Value title(Evaluator run, Value input, Arguments arguments) {
        arguments.bind("title", 0);
        StringBuilder title = new StringBuilder();
        String text = run.str(input);
        Matcher separator = WORD_START.matcher(text);
        int from = 0;
        while (separator.find()) {
            title.append(titled(text.substring(from, separator.start()))).append(separator.group());
            from = separator.end();
        }
        return run.walker().text(title.append(titled(text.substring(from))).toString());
    }

    private static String titled(String word) {
        if (word.isEmpty()) {
            return word;
        }
        int end = word.offsetByCodePoints(0, 1);
        return word.substring(0, end).toUpperCase(Locale.ROOT) + word.substring(end).toLowerCase(Locale.ROOT);
    }

    private static Value escape(Evaluator run, Value input) {
        return input instanceof Value.Text text && text.safe() ? text : new Value.Text(Html.escape(run.str(input)), true);
    }

    private static Value replace(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("replace", 2, "old", "new", "count");
        int most = bound[2] instanceof Value.None ? -1 : StringMethods.integer(bound[2], -1, "replace");
        return Value.text(new StringMethods(run.walker()).replace(run.str(input), run.str(bound[0]), run.str(bound[1]), most));
    }

    private static Value indent(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("indent", 0, "width", "first", "blank");
        Value.Text text = StringMethods.string(input, "indent");
        String indention = bound[0] instanceof Value.Text width ? text.safe() ? Html.escaped(width) : width.text()
                : blanks(run, StringMethods.integer(bound[0], 4, "indent"));
        boolean first = bound[1] != null && Types.isTrue(bound[1]);
        boolean blank = bound[2] != null && Types.isTrue(bound[2]);
        List<String> lines = Texts.lines(text.text() + "\n", false);
        Buffer out = new Buffer(run.meter());
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            out.append(i == 0 ? "" : "\n");
            out.append(i == 0 && first || i > 0 && (blank || !line.isEmpty()) ? indention : "").append(line);
        }
        return text.with(out.toString());
    }

    private static String blanks(Evaluator run, int count) {
        run.meter().text(Math.max(0, count));
        return " ".repeat(Math.max(0, count));
    }

    private static Value truncate(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("truncate", 0, "length", "killwords", "end", "leeway");
        int length = StringMethods.integer(bound[0], 255, "truncate");
        boolean cutWords = bound[1] != null && Types.isTrue(bound[1]);
        Value.Text end = bound[2] == null ? Value.text("...") : StringMethods.string(bound[2], "truncate");
        int leeway = bound[3] instanceof Value.None ? 5 : StringMethods.integer(bound[3], 5, "truncate");
        int room = length - Unicode.length(end.text());
        if (room < 0 || leeway < 0) {
            throw new TemplateError("truncate: length must be at least that of the end, and leeway at least 0");
        }
        OptionalInt size = run.walker().length(input);
        if (size.isPresent() && size.getAsInt() <= (long) length + leeway) {
            return input;
        }
        Value.Text text = StringMethods.string(input, "truncate");
        String cut = text.text().substring(0, text.text().offsetByCodePoints(0, room));
        int space = cut.lastIndexOf(' ');
        String kept = cutWords || space < 0 ? cut : cut.substring(0, space);
        return run.operators().apply("+", text.with(kept), end);
    }

    private static Value format(Evaluator run, Value input, Arguments arguments) {
        if (!arguments.positional().isEmpty() && !arguments.named().isEmpty()) {
            throw new TemplateError("can't handle positional and keyword arguments at the same time");
        }
        Value values = arguments.named().isEmpty() ? run.walker().tuple(arguments.positional()) : run.walker().dict(run.keyed(arguments.named()));
        return new PercentFormat(run.walker()).apply(soft(run, input), values);
    }

    private static Value json(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
        String indent = switch (bound[1]) {
            case null -> null;
            case Value.None _ -> null;
            case Value.Text text -> text.text();
            default -> blanks(run, StringMethods.integer(bound[1], 0, "tojson"));
        };
        String items = indent == null ? ", " : ",";
        String keys = ": ";
        if (bound[2] != null && !(bound[2] instanceof Value.None)) {
            List<Value> separators = run.walker().all(bound[2]);
            if (separators.size() != 2) {
                throw new TemplateError("tojson: separators must be two texts");
            }
            items = StringMethods.string(separators.get(0), "tojson").text();
            keys = StringMethods.string(separators.get(1), "tojson").text();
        }
        Json.Options options = new Json.Options(bound[0] != null && Types.isTrue(bound[0]), indent, items, keys,
                bound[3] != null && Types.isTrue(bound[3]));
        return Value.text(Json.write(input, options, run.meter()));
    }

    private static String stripTags(String text) {
        String rest = without(without(text, "<!--", "-->"), "<", ">");
        return Entities.decode(String.join(" ", Texts.splitWords(rest, -1)));
    }

    private static String without(String text, String open, String close) {
        StringBuilder kept = new StringBuilder();
        int from = 0;
        for (int start = text.indexOf(open); start >= 0; start = text.indexOf(open, from)) {
            int end = text.indexOf(close, start);
            if (end < 0) {
                break;
            }
            kept.append(text, from, start);
            from = end + close.length();
        }
        return kept.append(text.substring(from)).toString();
    }

    private static Value urlEncode(Evaluator run, Value input, Arguments arguments) {
        arguments.bind("urlencode", 0);
        if (input instanceof Value.Text || !run.walker().isIterable(input)) {
            return Value.text(quote(run.str(input), false));
        }
        List<Value> pairs = input instanceof Value.Dict dict ? run.walker().pairs(dict) : run.walker().all(input);
        List<String> parts = new ArrayList<>();
        for (Value pair : pairs) {
            List<Value> sides = run.walker().all(pair);
            if (sides.size() != 2) {
                throw new TemplateError("urlencode: expected pairs of key and value");
            }
            parts.add(quote(run.str(sides.get(0)), true) + "=" + quote(run.str(sides.get(1)), true));
        }
        return run.walker().text(String.join("&", parts));
    }

    private static String quote(String text, boolean query) {
        String quoted = URLEncoder.encode(text, StandardCharsets.UTF_8).replace("*", "%2A").replace("%7E", "~");
        return query ? quoted : quoted.replace("+", "%20").replace("%2F", "/");
    }

    private static Value xmlAttributes(Evaluator run, Value input, Arguments arguments) {
        Value spaced = arguments.bind("xmlattr", 0, "autospace")[0];
        if (!(input instanceof Value.Dict dict)) {
            throw new TemplateError("'" + Types.name(input) + "' object has no attribute 'items'");
        }
        List<String> parts = new ArrayList<>();
        dict.entries().forEach((key, value) -> {
            if (!(value instanceof Value.None) && !(value instanceof Value.Undefined)) {
                String name = StringMethods.string(key, "xmlattr").text();
                if (BAD_ATTRIBUTE.matcher(name).find()) {
                    throw new TemplateError("Invalid character in attribute name: " + Repr.repr(key, run.meter()));
                }
                parts.add(run.str(escape(run, key)) + "=\"" + run.str(escape(run, value)) + "\"");
            }
        });
        String joined = String.join(" ", parts);
        return run.walker().text((spaced == null || Types.isTrue(spaced)) && !joined.isEmpty() ? " " + joined : joined);
    }
}
