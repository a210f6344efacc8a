package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;

/** Counts what one render uses and stops it at its limits. One thread. */
final class Meter {
    private final Limits limits;
    private long steps;
    private long chars;
    private int depth;

    Meter(Limits limits) {
        this.limits = limits;
    }

    Limits limits() {
        return limits;
    }

    void enter() {
        work(1);
        if (++depth > limits.depth()) {
            throw new TemplateError("the template nests deeper than " + limits.depth() + " evaluations (endless recursion?)");
        }
    }

    void exit() {
        depth--;
    }

    void work(long amount) {
        steps += amount;
        if (steps > limits.steps()) {
            throw new TemplateError("the template needs more than " + limits.steps() + " evaluation steps");
        }
    }

    /** Charges a search of a needle in a haystack, whose worst case is their product. */
    void search(long haystack, long needle) {
        work(haystack * Math.max(1, needle) / 64);
    }

    /** Charges a string of this many UTF-16 units before it is made. */
    void text(long length) {
        if (length > limits.textChars()) {
            throw new TemplateError("the template makes a text of more than " + limits.textChars() + " characters");
        }
        chars += length;
        if (chars > limits.totalChars()) {
            throw new TemplateError("the template makes more than " + limits.totalChars() + " characters of text in all");
        }
    }

    /** Charges a list or map of this many elements before it is made. */
    void elements(long count) {
        if (count > limits.weight()) {
            throw new TemplateError("the template makes a list of more than " + limits.weight() + " elements");
        }
        work(count);
    }
}
