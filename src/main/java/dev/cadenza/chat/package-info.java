/**
 * From OpenAI messages to prompt token ids: normalises the messages, renders the model's chat template ({@code chat.jinja}) and encodes the text,
 * so that nothing a client writes becomes a special token. It knows no HTTP and no model. Everything here is immutable and used by any thread.
 */
package dev.cadenza.chat;
