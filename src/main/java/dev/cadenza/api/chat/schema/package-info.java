/** Records that describe chat completions in the published OpenAPI document. Nothing runs through them; a test holds them against the field table. */
package dev.cadenza.api.chat.schema;
