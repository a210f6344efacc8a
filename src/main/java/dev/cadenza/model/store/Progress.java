package dev.cadenza.model.store;

/** Hears how fetching goes. Called by the fetching thread. */
public interface Progress {
    /** Hears nothing. */
    Progress SILENT = new Progress() {
        @Override
        public void started(String what, long done, long total) {
        }

        @Override
        public void reached(long done) {
        }

        @Override
        public void finished() {
        }

        @Override
        public void note(String line) {
        }
    };

    /**
     * Bytes begin to move.
     *
     * @param done  bytes that are there already
     * @param total bytes, -1 if unknown
     */
    void started(String what, long done, long total);

    /** @param done bytes so far, those counted by {@link #started} included */
    void reached(long done);

    /** No more bytes, whether because all came or because it failed. */
    void finished();

    /** Something a person wants to know. */
    void note(String line);
}
