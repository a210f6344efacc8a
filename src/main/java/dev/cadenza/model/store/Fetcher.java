package dev.cadenza.model.store;

import java.io.IOException;

/** Brings one source's file. */
interface Fetcher {
    /** Whether it goes on with a part that is there; otherwise no part survives a failure. */
    boolean resumes();

    /**
     * Fills the part. Whether it is the right file is checked afterwards.
     *
     * @throws IOException with a message for a person
     */
    void fetch(Part part, Progress progress) throws IOException, InterruptedException;
}
