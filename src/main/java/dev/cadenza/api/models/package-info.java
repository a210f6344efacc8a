/** GET /v1/models. Reads the gate only. */
package dev.cadenza.api.models;
