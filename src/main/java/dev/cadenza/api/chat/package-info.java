/** POST /v1/chat/completions: parsing, submission, the answer and the stream. Parsing runs on workers, encoding of chunks on the client's event 
 * loop, listeners are called by the device thread and only queue. */
package dev.cadenza.api.chat;
