package dev.cadenza.decoding.difficulty;

import dev.cadenza.decoding.Strategy.Opening;

/** A class with all that a request of it runs on. */
record Route(Difficulty difficulty, Opening opening) {

    /** Tokens that all of these prompts begin with, one less than the shortest has at most. */
    static int stem(Iterable<Route> routes) {
        int[] first = null;
        int stem = 0;
        for (Route route : routes) {
            int[] prompt = route.opening.prompt();
            int most = first == null ? prompt.length - 1 : Math.min(stem, prompt.length - 1);
            int same = 0;
            while (same < most && (first == null || prompt[same] == first[same])) {
                same++;
            }
            first = first == null ? prompt : first;
            stem = same;
        }
        return stem;
    }
}
