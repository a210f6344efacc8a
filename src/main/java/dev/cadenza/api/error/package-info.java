/** The one error shape: what went wrong, its status and code, and the handlers that give it to every failing request. Never knows endpoints. */
package dev.cadenza.api.error;
