package dev.cadenza.scheduler;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Turn;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Want;
import dev.cadenza.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One answer on its way: tokens known (prompt and answer), of which the region's settled ones are computed. There are no phases: each step narrows
 * the gap, prompt tokens in the role PREFILL, answer tokens in the role DECODE, whether computed for the first time or again after a preemption.
 * Owns its lease. Device thread only.
 */
final class Sequence implements Comparable<Sequence> {
    private static final int[] FIRST_ROW = {0};

    private final ActiveRequest owner;
    private final int choice;
    private final long age;
    private final int[] prompt;
    private final Answer answer;
    /** Started when the sequence is first let in; {@code null} before. */
    private Decoder decoder;

    private int[] said = new int[16];
    private int saidCount;
    private KvLease lease;
    private Region region;
    private int slots;
    private int cachedTokens;
    private boolean broken;
    private boolean ended;

    // The step in hand: rows of known tokens, and what the decoder wants behind them (null: they are not the last known ones).
    private int rows;
    private Move move;

    /**
     * @param age         smaller is older
     * @param reservation answer tokens to reserve KV memory for at first
     */
    Sequence(ActiveRequest owner, int choice, long age, int reservation, Tokenizer tokenizer) {
        GenerationRequest request = owner.request();
        this.owner = owner;
        this.choice = choice;
        this.age = age;
        this.prompt = request.prompt();
        this.slots = prompt.length + Math.min(request.maxTokens(), reservation);
        this.answer = new Answer(owner, choice, tokenizer);
    }

    ActiveRequest owner() {
        return owner;
    }

    /** Finished, or its request is. */
    boolean over() {
        return ended || owner.over();
    }

    /** @return false: KV memory does not suffice now */
    boolean open(KvMemory memory) {
        lease = memory.open(prompt, owner.request().scope(), slots);
        if (lease == null) {
            return false;
        }
        region = lease.region();
        if (decoder == null) {
            GenerationRequest request = owner.request();
            decoder = request.strategy()
                    .start(new SequenceStart(prompt, request.sampling(), request.seed(), choice, request.topLogprobs(), request.reason()));
        }
        return true;
    }

    /** Frees the KV memory, if any. What is known stays known, to be computed again after the next {@link #open}, unless it is found there. */
    void release() {
        if (lease != null) {
            lease.release(!broken);
            lease = null;
            region = null;
        }
    }

    /** A step failed on its rows. */
    void failed(EngineFailure failure) {
        broken = true;
        owner.failed(failure);
    }

    /** @return false: the region is full and cannot grow now; released and opened again, it will have the room */
    boolean makeRoom() {
        if (known() <= region.capacity()) {
            return true;
        }
        slots = Math.min(prompt.length + owner.request().maxTokens(), Math.max(known(), 2 * region.capacity()));
        return lease.grow(slots);
    }

    /** Whether more than the last token is yet to be computed. */
    boolean behind() {
        return known() - region.settled() > 1 || prefilling();
    }

    int draftRows() {
        return move == null ? 0 : move.draft().length;
    }

    int rows() {
        return rows;
    }

    /**
     * The rows of the next step.
     *
     * @param limit     of rows of known tokens, at least 1
     * @param block     a prompt's chunks are multiples of it, but for the last
     * @param draftRows beyond these, at most
     * @return {@code null} when the limit holds no block
     */
    Segment next(int limit, int block, int draftRows) {
        boolean prefilling = prefilling();
        if (prefilling) {
            lease.catchUp();
        }
        int left = (prefilling ? prompt.length : known()) - region.settled();
        rows = left <= limit ? left : prefilling ? limit / block * block : limit;
        if (rows == 0) {
            return null;
        }
        boolean draws = region.settled() + rows == known();
        move = draws ? decoder.next(new Grant(prefilling ? 0 : grant(draftRows))) : null;
        return prefilling ? segment(Role.PREFILL) : segment(Role.DECODE);
    }

    /** Takes the result of the step in hand; may tell the listener. */
    void accept(SegmentResult result, Counters counters) {
        boolean prefilled = prefilling();
        counters.promptTokens.addAndGet(prefilled ? rows : 0);
        if (move == null) {
            region.keep(path(new int[0]));
            lease.publish();
            return;
        }
        if (answer.tokens() == 0) {
            cachedTokens = lease.reused();
        }
        Turn turn = decoder.accept(result.samples());
        List<Sampled> gained = new ArrayList<>(turn.samples().length);
        for (int index : turn.samples()) {
            gained.add(result.samples().get(index));
        }
        int before = answer.tokens();
        ended = !answer.take(gained, decoder, cachedTokens);
        counters.generatedTokens.addAndGet(answer.tokens() - before);
        counters.drafted.addAndGet(move.draft().length);
        counters.accepted.addAndGet(turn.kept().length);
        if (!ended || prefilled) {
            region.keep(path(turn.kept()));
            lease.publish();
        }
        if (!ended) {
            gained.forEach(sampled -> append(sampled.token()));
            if (region.settled() != known() - 1) {
                throw new IllegalStateException("the decoder of '%s' gained %d tokens over %d kept nodes".formatted(owner.request().strategy().name(),
                        gained.size(), turn.kept().length));
            }
        }
    }

    @Override
    public int compareTo(Sequence other) {
        return Long.compare(age, other.age);
    }

    private boolean prefilling() {
        return region.settled() < prompt.length;
    }

    private int known() {
        return prompt.length + saidCount;
    }

    private int grant(int draftRows) {
        int room = region.capacity() - region.settled() - rows;
        int wanted = owner.request().maxTokens() - answer.tokens() - 1;
        return Math.max(0, Math.min(draftRows, Math.min(room, wanted)));
    }

    private Segment segment(Role role) {
        int[] draft = move == null ? new int[0] : move.draft();
        int[] tokens = new int[rows + draft.length];
        int[] parents = new int[tokens.length];
        for (int i = 0; i < rows; i++) {
            int position = region.settled() + i;
            tokens[i] = position < prompt.length ? prompt[position] : said[position - prompt.length];
            parents[i] = i - 1;
        }
        for (int i = 0; i < draft.length; i++) {
            tokens[rows + i] = draft[i];
            parents[rows + i] = rows + move.parents()[i];
        }
        return Segment.tree(region, role, tokens, parents, move == null ? List.of() : wants());
    }

    /** The move counts rows from the last known token. */
    private List<Want> wants() {
        if (rows == 1) {
            return move.wants();
        }
        return move.wants().stream().map(want -> want.shifted(rows - 1)).toList();
    }

    private int[] path(int[] keptDraft) {
        if (rows == 1 && keptDraft.length == 0) {
            return FIRST_ROW;
        }
        int[] path = new int[rows + keptDraft.length];
        for (int i = 0; i < path.length; i++) {
            path[i] = i < rows ? i : rows + keptDraft[i - rows];
        }
        return path;
    }

    private void append(int token) {
        if (saidCount == said.length) {
            said = Arrays.copyOf(said, 2 * saidCount);
        }
        said[saidCount++] = token;
    }
}
