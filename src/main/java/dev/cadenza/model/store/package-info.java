/**
 * Where model files come from: the catalogue of known models and the cache they are fetched into. {@code ModelStore} is the door. A file is in the
 * cache only whole and verified: it is fetched beside its place under a lock, checked, synced and renamed. It never looks inside a model. Any thread.
 */
package dev.cadenza.model.store;
