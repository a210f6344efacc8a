/** GET /health: whether the model is loaded and its device thread goes round. Never blocks. */
package dev.cadenza.api.health;
