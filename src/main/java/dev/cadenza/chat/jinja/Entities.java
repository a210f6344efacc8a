package dev.cadenza.chat.jinja;

import java.util.Map;
import java.util.regex.Pattern;

/** Decodes numeric HTML entities and the named ones that escaping makes, and the common typographic ones. */
final class Entities {
    private static final Pattern ENTITY = Pattern.compile("&(?:#(\\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(\\w{2,8}));");
    private static final Map<String, String> NAMED = Map.ofEntries(Map.entry("amp", "&"), Map.entry("lt", "<"), Map.entry("gt", ">"),
            Map.entry("quot", "\""), Map.entry("apos", "'"), Map.entry("nbsp", "\u00a0"), Map.entry("laquo", "\u00ab"), Map.entry("raquo", "\u00bb"),
            Map.entry("copy", "\u00a9"), Map.entry("reg", "\u00ae"), Map.entry("hellip", "\u2026"), Map.entry("ndash", "\u2013"),
            Map.entry("mdash", "\u2014"), Map.entry("lsquo", "\u2018"), Map.entry("rsquo", "\u2019"), Map.entry("ldquo", "\u201c"),
            Map.entry("rdquo", "\u201d"), Map.entry("euro", "\u20ac"));

    private Entities() {
    }

    static String decode(String text) {
        return ENTITY.matcher(text).replaceAll(match -> {
            String named = match.group(3);
            String decoded = named != null ? NAMED.getOrDefault(named, match.group())
                    : point(match.group(1) != null ? Integer.parseInt(match.group(1)) : Integer.parseInt(match.group(2), 16));
            return java.util.regex.Matcher.quoteReplacement(decoded);
        });
    }

    private static String point(int code) {
        boolean valid = Character.isValidCodePoint(code) && code != 0 && (code < 0xd800 || code > 0xdfff);
        return valid ? Character.toString(code) : "\ufffd";
    }
}
