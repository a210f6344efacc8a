package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/** The methods of text. Safe text stays safe through those that give text. */
final class StringMethods {
    private final Walker walker;

    StringMethods(Walker walker) {
        this.walker = walker;
    }

    /** @return {@code null} when text has no such method */
    Value.Function method(Value.Text self, String name) {
        String text = self.text();
        return switch (name) {
            case "upper" -> plain(self, name, text::toUpperCase);
            case "lower" -> plain(self, name, text::toLowerCase);
            case "capitalize" -> plain(self, name, _ -> Texts.capitalize(text));
            case "title" -> plain(self, name, _ -> Texts.title(text));
            case "swapcase" -> plain(self, name, _ -> Texts.swapCase(text));
            case "casefold" -> plain(self, name, locale -> text.toUpperCase(locale).toLowerCase(locale));
            case "strip", "lstrip", "rstrip" -> function(name, arguments -> strip(self, name, arguments));
            case "split", "rsplit" -> function(name, arguments -> split(self, name, arguments));
            case "splitlines" -> function(name, arguments -> {
                Value[] bound = arguments.bind(name, 0, "keepends");
                return texts(self, Texts.lines(text, bound[0] != null && Types.isTrue(bound[0])));
            });
            case "partition", "rpartition" -> function(name, arguments -> partition(self, name, arguments));
            case "startswith", "endswith" -> function(name, arguments -> affix(text, name, arguments));
            case "removeprefix", "removesuffix" -> function(name, arguments -> remove(self, name, arguments));
            case "find", "rfind", "index", "rindex", "count" -> function(name, arguments -> search(text, name, arguments));
            case "replace" -> function(name, arguments -> {
                Value[] bound = arguments.bind(name, 2, "/old", "/new", "/count");
                String replacement = self.safe() ? Html.escaped(string(bound[1], name)) : string(bound[1], name).text();
                return self.with(replace(text, string(bound[0], name).text(), replacement, integer(bound[2], -1, name)));
            });
            case "join" -> function(name, arguments -> join(self, arguments.bind(name, 1, "/iterable")[0]));
            case "ljust", "rjust", "center" -> function(name, arguments -> justify(self, name, arguments));
            case "zfill" -> function(name, arguments -> zeroFill(self, integer(arguments.bind(name, 1, "/width")[0], 0, name)));
            case "expandtabs" -> function(name, arguments -> expandTabs(self, integer(arguments.bind(name, 0, "tabsize")[0], 8, name)));
            case "format" -> function(name, arguments -> new BraceFormat(walker, self.safe()).apply(self, arguments));
            case "format_map" -> function(name, arguments -> {
                if (arguments.bind(name, 1, "/mapping")[0] instanceof Value.Dict dict) {
                    return new BraceFormat(walker, self.safe()).apply(self, dict);
                }
                throw new TemplateError("format_map() argument must be a mapping");
            });
            default -> predicate(text, name);
        };
    }

    private Value.Function predicate(String text, String name) {
        return switch (name) {
            case "isdigit" -> predicate(name, () -> Texts.allMatch(text, Texts::isDigit));
            case "isdecimal" -> predicate(name, () -> Texts.allMatch(text, Character::isDigit));
            case "isnumeric" -> predicate(name, () -> Texts.allMatch(text, Texts::isNumeric));
            case "isalpha" -> predicate(name, () -> Texts.allMatch(text, Texts::isAlpha));
            case "isalnum" -> predicate(name, () -> Texts.allMatch(text, p -> Texts.isAlpha(p) || Texts.isNumeric(p)));
            case "isspace" -> predicate(name, () -> Texts.allMatch(text, Unicode::isSpace));
            case "islower" -> predicate(name, () -> Texts.isLower(text));
            case "isupper" -> predicate(name, () -> Texts.isUpper(text));
            case "istitle" -> predicate(name, () -> Texts.isTitle(text));
            case "isascii" -> predicate(name, () -> text.chars().allMatch(unit -> unit < 128));
            case "isprintable" -> predicate(name, () -> text.codePoints().allMatch(Unicode::isPrintable));
            case "isidentifier" -> predicate(name, () -> Texts.isIdentifier(text));
            default -> null;
        };
    }

    private static Value.Function function(String name, Value.Function.Code code) {
        return new Value.Function(name, false, code);
    }

    private static Value.Function predicate(String name, java.util.function.BooleanSupplier holds) {
        return function(name, arguments -> {
            arguments.bind(name, 0);
            return Value.Bool.of(holds.getAsBoolean());
        });
    }

    private Value.Function plain(Value.Text self, String name, java.util.function.Function<Locale, String> change) {
        return function(name, arguments -> {
            arguments.bind(name, 0);
            return walker.text(self, change.apply(Locale.ROOT));
        });
    }

    static Value.Text string(Value value, String function) {
        if (value instanceof Value.Text text) {
            return text;
        }
        Types.refuseUndefined(value);
        throw new TemplateError(function + "() argument must be str, not " + Types.name(value));
    }

    static int integer(Value value, int otherwise, String function) {
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Value.Whole whole) {
            if (whole.whole().bitLength() > 31) {
                throw new TemplateError(function + "(): the integer is too large");
            }
            return whole.whole().intValue();
        }
        Types.refuseUndefined(value);
        throw new TemplateError("'" + Types.name(value) + "' object cannot be interpreted as an integer");
    }

    private static boolean isAbsent(Value value) {
        return value == null || value instanceof Value.None;
    }

    private Value.Items texts(Value.Text like, List<String> parts) {
        return walker.list(parts.stream().map(like::with).toList());
    }

    private Value strip(Value.Text self, String name, Arguments arguments) {
        Value chars = arguments.bind(name, 0, "/chars")[0];
        String set = isAbsent(chars) ? null : string(chars, name).text();
        walker.meter().search(self.text().length(), set == null ? 1 : set.length());
        return self.with(Texts.strip(self.text(), set, !name.equals("rstrip"), !name.equals("lstrip")));
    }

    private Value split(Value.Text self, String name, Arguments arguments) {
        Value[] bound = arguments.bind(name, 0, "sep", "maxsplit");
        int most = integer(bound[1], -1, name);
        boolean right = name.equals("rsplit");
        String text = self.text();
        if (isAbsent(bound[0])) {
            return texts(self, right ? Texts.splitWordsRight(text, most) : Texts.splitWords(text, most));
        }
        String separator = nonEmpty(string(bound[0], name).text());
        walker.meter().search(text.length(), separator.length());
        return texts(self, right ? Texts.splitRight(text, separator, most) : Texts.split(text, separator, most));
    }

    private static String nonEmpty(String separator) {
        if (separator.isEmpty()) {
            throw new TemplateError("empty separator");
        }
        return separator;
    }

    private Value partition(Value.Text self, String name, Arguments arguments) {
        String separator = nonEmpty(string(arguments.bind(name, 1, "/sep")[0], name).text());
        String text = self.text();
        walker.meter().search(text.length(), separator.length());
        boolean right = name.equals("rpartition");
        int at = right ? text.lastIndexOf(separator) : text.indexOf(separator);
        if (at < 0) {
            return walker.tuple(right ? List.of(self.with(""), self.with(""), self) : List.of(self, self.with(""), self.with("")));
        }
        return walker.tuple(List.of(self.with(text.substring(0, at)), self.with(separator), self.with(text.substring(at + separator.length()))));
    }

    private Value affix(String text, String name, Arguments arguments) {
        Value[] bound = arguments.bind(name, 1, "/prefix", "/start", "/end");
        String part = window(text, bound[1], bound[2], name);
        List<Value> candidates = bound[0] instanceof Value.Tuple tuple ? tuple.values() : List.of(bound[0]);
        for (Value candidate : candidates) {
            String affix = string(candidate, name).text();
            walker.meter().work(affix.length() / 64);
            if (part != null && (name.equals("startswith") ? part.startsWith(affix) : part.endsWith(affix))) {
                return Value.Bool.TRUE;
            }
        }
        return Value.Bool.FALSE;
    }

    /** The part between two positions counted in code points. @return {@code null} when it starts behind the end */
    private static String window(String text, Value start, Value end, String name) {
        if (isAbsent(start) && isAbsent(end)) {
            return text;
        }
        int length = Unicode.length(text);
        int from = isAbsent(start) ? 0 : integer(start, 0, name);
        int to = isAbsent(end) ? length : integer(end, 0, name);
        from = from < 0 ? Math.max(0, from + length) : from;
        to = to < 0 ? Math.max(0, to + length) : Math.min(to, length);
        if (from > to) {
            return null;
        }
        int first = text.offsetByCodePoints(0, from);
        return text.substring(first, text.offsetByCodePoints(first, to - from));
    }

    private Value remove(Value.Text self, String name, Arguments arguments) {
        String affix = string(arguments.bind(name, 1, "/affix")[0], name).text();
        String text = self.text();
        if (name.equals("removeprefix")) {
            return text.startsWith(affix) ? self.with(text.substring(affix.length())) : self;
        }
        return !affix.isEmpty() && text.endsWith(affix) ? self.with(text.substring(0, text.length() - affix.length())) : self;
    }

    private Value search(String text, String name, Arguments arguments) {
        Value[] bound = arguments.bind(name, 1, "/sub", "/start", "/end");
        String part = window(text, bound[1], bound[2], name);
        String wanted = string(bound[0], name).text();
        walker.meter().search(text.length(), wanted.length());
        if (name.equals("count")) {
            return Value.integer(part == null ? 0 : wanted.isEmpty() ? Unicode.length(part) + 1 : Texts.split(part, wanted, -1).size() - 1);
        }
        int at = part == null ? -1 : name.startsWith("r") ? part.lastIndexOf(wanted) : part.indexOf(wanted);
        if (at < 0) {
            if (name.endsWith("index")) {
                throw new TemplateError("substring not found");
            }
            return Value.integer(-1);
        }
        int length = Unicode.length(text);
        int start = isAbsent(bound[1]) ? 0 : integer(bound[1], 0, name);
        return Value.integer((start < 0 ? Math.max(0, start + length) : start) + part.codePointCount(0, at));
    }

    /** @param most replacements, negative: all */
    String replace(String text, String old, String replacement, int most) {
        walker.meter().search(text.length(), old.length());
        Buffer out = new Buffer(walker.meter());
        int done = 0;
        int from = 0;
        if (old.isEmpty()) {
            for (int at = 0; at <= text.length() && (most < 0 || done < most); done++) {
                int next = at < text.length() ? text.offsetByCodePoints(at, 1) : at + 1;
                out.append(replacement).append(text.substring(at, Math.min(next, text.length())));
                from = Math.min(next, text.length());
                at = next;
            }
            return out.append(text.substring(from)).toString();
        }
        for (int at = text.indexOf(old); at >= 0 && (most < 0 || done < most); at = text.indexOf(old, from)) {
            out.append(text.substring(from, at)).append(replacement);
            from = at + old.length();
            done++;
        }
        return out.append(text.substring(from)).toString();
    }

    private Value join(Value.Text self, Value items) {
        Buffer out = new Buffer(walker.meter());
        Iterator<Value> each = walker.iterate(items);
        for (int i = 0; each.hasNext(); i++) {
            Value item = each.next();
            String piece;
            if (self.safe()) {
                piece = item instanceof Value.Text text ? Html.escaped(text) : Html.escape(walker.str(item));
            } else if (item instanceof Value.Text text) {
                piece = text.text();
            } else {
                throw new TemplateError("sequence item " + i + ": expected str instance, " + Types.name(item) + " found");
            }
            out.append(i == 0 ? "" : self.text()).append(piece);
        }
        return self.with(out.toString());
    }

    private Value justify(Value.Text self, String name, Arguments arguments) {
        Value[] bound = arguments.bind(name, 1, "/width", "/fillchar");
        int missing = Math.max(0, integer(bound[0], 0, name) - Unicode.length(self.text()));
        String fill = bound[1] == null ? " " : string(bound[1], name).text();
        if (Unicode.length(fill) != 1) {
            throw new TemplateError("the fill character must be exactly one character long");
        }
        int left = switch (name) {
            case "ljust" -> 0;
            case "rjust" -> missing;
            default -> missing / 2 + (missing & Unicode.length(self.text()) + missing & 1);
        };
        walker.meter().text(self.text().length() + (long) missing * fill.length());
        return self.with(fill.repeat(left) + self.text() + fill.repeat(missing - left));
    }

    private Value zeroFill(Value.Text self, int width) {
        int missing = Math.max(0, width - Unicode.length(self.text()));
        walker.meter().text(self.text().length() + (long) missing);
        boolean signed = self.text().startsWith("-") || self.text().startsWith("+");
        return self.with(self.text().substring(0, signed ? 1 : 0) + "0".repeat(missing) + self.text().substring(signed ? 1 : 0));
    }

    private Value expandTabs(Value.Text self, int size) {
        Buffer out = new Buffer(walker.meter());
        List<Integer> points = new ArrayList<>(self.text().codePoints().boxed().toList());
        int column = 0;
        for (int point : points) {
            if (point == '\t') {
                int blanks = size > 0 ? size - column % size : 0;
                walker.meter().text(blanks);
                out.append(" ".repeat(blanks));
                column += blanks;
            } else {
                out.append(Character.toString(point));
                column = point == '\n' || point == '\r' ? 0 : column + 1;
            }
        }
        return self.with(out.toString());
    }
}
