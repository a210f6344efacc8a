/**
 * An interpreter of the Jinja language that chat templates use: source to tokens ({@code Lexer}), tokens to a tree ({@code Parser}), tree to text
 * ({@code Renderer}, {@code Evaluator}) over values that behave as Python's. It reaches nothing outside its own values: no files, no other
 * templates, no Java objects. Every render is bounded by {@link dev.cadenza.chat.jinja.Limits}. A {@link dev.cadenza.chat.jinja.Template} is
 * immutable and used by any number of threads; what a render needs lives on that render's stack.
 */
package dev.cadenza.chat.jinja;
