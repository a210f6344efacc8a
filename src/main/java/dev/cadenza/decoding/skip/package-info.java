/**
 * SkipDecode: rows run fewer layers the further the answer has come. It changes the law; it never repairs KV, for a row's layers are among those of
 * every row before it. Device thread.
 */
package dev.cadenza.decoding.skip;
