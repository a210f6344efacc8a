package dev.cadenza.scheduler;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Surroundings;
import dev.cadenza.decoding.Turn;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One answer on its way: tokens known (prompt and answer), of which the region's settled ones are computed. There are no phases: each step narrows
 * the gap, prompt tokens in the role PREFILL, answer tokens in the role DECODE, whether computed for the first time or again after a preemption.
 * Owns its lease. Device thread only.
 */
final class Sequence implements Comparable<Sequence> {
    private final ActiveRequest owner;
    private final int choice;
    private final long age;
    private final Answer answer;
    private final Surroundings surroundings;
    /** Started when the sequence is first let in; {@code null} before. */
    private Decoder decoder;
    private int[] prompt;
    private int maxTokens;

    private int[] said = new int[16];
    private int saidCount;
    private KvLease lease;
    private Region region;
    /** On the draft model; {@code null}: it has not drafted there since it was let in. */
    private DraftLane lane;
    private int slots;
    private final int reserve;
    private int cachedTokens;
    private boolean broken;
    private boolean ended;

    // The step in hand: rows of known tokens, and what the decoder wants (null: these tokens are not the last known ones).
    private int rows;
    private Move move;
    private final TurnInHand turn = new TurnInHand();

    /**
     * @param age         smaller is older
     * @param reservation answer tokens to reserve KV memory for at first
     */
    Sequence(ActiveRequest owner, int choice, long age, int reservation, Tokenizer tokenizer, Surroundings surroundings) {
        GenerationRequest request = owner.request();
        this.owner = owner;
        this.choice = choice;
        this.age = age;
        this.prompt = request.prompt();
        this.maxTokens = request.maxTokens();
        this.reserve = request.strategy().reservedNodes();
        this.slots = withReserve(prompt.length + request.strategy().mostMorePrompt() + Math.min(maxTokens, reservation), surroundings.shape().context());
        this.answer = new Answer(owner, choice, tokenizer, surroundings.shape().layers());
        this.surroundings = surroundings;
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
            decoder = request.strategy().start(new SequenceStart(prompt, request.sampling(), request.seed(), choice, request.topLogprobs(),
                    request.trace(), answer::endsWithin, request.reason(), surroundings));
        }
        return true;
    }

    /** Frees the KV memory, if any. What is known stays known, to be computed again after the next {@link #open}, unless it is found there. */
    void release() {
        if (lease != null) {
            turn.end();
            if (lane != null) {
                lane.close();
                lane = null;
            }
            lease.release(!broken);
            lease = null;
            region = null;
            if (decoder != null) {
                decoder.interrupted();
            }
        }
    }

    /** Releases it for good. */
    void close() {
        release();
        if (decoder != null) {
            decoder.close();
            decoder = null;
        }
    }

    /** A step failed on its rows. */
    void failed(EngineFailure failure) {
        broken = true;
        owner.failed(failure);
    }

    /** @return false: the region is full and cannot grow now; released and opened again, it will have the room */
    boolean makeRoom() {
        int context = surroundings.shape().context();
        if (withReserve(known(), context) <= region.capacity()) {
            return true;
        }
        int most = withReserve(prompt.length + maxTokens, context);
        slots = Math.min(most, Math.max(withReserve(known(), context), 2 * region.capacity()));
        return lease.grow(slots);
    }

    private int withReserve(int positions, int context) {
        return Math.min(context, positions + reserve);
    }

    /** Places that it takes up among the running. */
    int reservedRows() {
        return owner.request().strategy().reservedRows();
    }

    /** Whether more than the last token is yet to be computed. */
    boolean behind() {
        return !turn.begun() && (known() - region.settled() > 1 || prefilling());
    }

    /** What drafting is worth to it, as {@link Decoder#prospects}; only when it is not {@link #behind}. */
    double[] prospects(int most) {
        return turn.begun() ? Decoder.NOTHING_TO_DRAFT : decoder.prospects(Math.min(most, room()));
    }

    /** Positions that it has or will soon have KV memory for. */
    int slots() {
        return slots;
    }

    DraftLane lane() {
        return lane;
    }

    void enter(DraftLane opened) {
        lane = opened;
    }

    /** What it wants of the draft model before its rows of the next step, as for {@link #next}; {@code null}: nothing. Not when {@link #behind}. */
    Move.OnDraftModel draftMove(int draftRows, int sharers) {
        rows = 1;
        Grant grant = grant(draftRows, sharers, true, 0);
        return grant.room() > 0 && decoder.next(grant) instanceof Move.OnDraftModel wanted ? wanted : null;
    }

    /** Its move on the draft model ran. */
    void drafted(SegmentResult result) {
        if (decoder.accept(result).over()) {
            throw new IllegalStateException("a move of the draft model gains no token");
        }
    }

    /** The draft model is not to be had any more. The turn in hand begins again. */
    void laneLost() {
        lane.close();
        turn.end();
        region.keep();
        decoder.interrupted();
    }

    /** Whether the step in hand runs its one pending token, and drafts if any, through every layer. */
    boolean drawsPlainly() {
        return rows == 1 && !prefilling() && move instanceof Move.Tokens tokens && tokens.pending() && tokens.layers().equals(LayerSet.ALL);
    }

    /** Rows of known tokens in the step in hand. */
    int rows() {
        return rows;
    }

    /**
     * The rows of the next step.
     *
     * @param limit     of rows of known tokens, at least 1
     * @param block     a prompt's chunks are multiples of it, but for the last
     * @param draftRows beyond these, at most
     * @param sharers   sequences that draw a token in the step
     * @param freeRows  places that nobody has reserved
     * @return {@code null} when the limit holds no block
     */
    Segment next(int limit, int block, int draftRows, int sharers, int freeRows) {
        if (region.open() > 0) {
            move = decoder.next(grant(draftRows, sharers, false, freeRows));
            return turn.segment(region, move, pending(), Role.DECODE);
        }
        boolean prefilling = prefilling();
        if (prefilling) {
            lease.catchUp();
        }
        int left = (prefilling ? prompt.length : known()) - region.settled();
        rows = left <= limit ? left : prefilling ? limit / block * block : limit;
        if (rows == 0) {
            return null;
        }
        if (!prefilling) {
            rows = throughTheSameLayers(rows);
        }
        if (region.settled() + rows < known()) {
            move = null;
            LayerSet layers = prefilling ? LayerSet.ALL : decoder.layers(region.settled() - prompt.length);
            return Segment.chain(region, prefilling ? Role.PREFILL : Role.DECODE, pending(), layers, List.of());
        }
        move = decoder.next(grant(draftRows, sharers, false, freeRows));
        return turn.segment(region, move, pending(), prefilling ? Role.PREFILL : Role.DECODE);
    }

    /** Takes the result of the step in hand; may tell the listener. */
    void accept(SegmentResult result, Counters counters) {
        boolean prefilled = prefilling();
        counters.promptTokens.addAndGet(prefilled && region.open() == rows ? rows : 0);
        if (move == null) {
            region.keep(IntStream.range(0, rows).toArray());
            lease.publish();
            return;
        }
        if (answer.tokens() == 0) {
            cachedTokens = lease.reused();
        }
        turn.take(move, result);
        Turn gained = decoder.accept(result);
        if (gained.rest() != null) {
            goOn(gained.rest());
        }
        if (!gained.over()) {
            return;
        }
        int before = answer.tokens();
        ended = !answer.take(gained, decoder, prompt.length, maxTokens, cachedTokens);
        counters.generatedTokens.addAndGet(answer.tokens() - before);
        counters.drafted.addAndGet(gained.drafted());
        counters.accepted.addAndGet(gained.kept().length);
        if (!ended || prefilled) {
            region.keep(turn.path(rows, gained.kept()));
            lease.publish();
        }
        turn.end();
        if (!ended) {
            gained.tokens().forEach(token -> append(token.sampled().token()));
            if (region.settled() != known() - 1) {
                throw new IllegalStateException("the decoder of '%s' gained %d tokens over %d kept nodes".formatted(owner.request().strategy().name(),
                        gained.tokens().size(), gained.kept().length));
            }
        }
    }

    /** Whole prompt blocks stay. The rows behind them are computed again with what follows, so that their bits are those of the whole prompt. */
    private void goOn(Turn.Rest rest) {
        int block = surroundings.shape().prefillBlock();
        int whole = (region.settled() + rows) / block * block - region.settled();
        region.keep(IntStream.range(0, whole).toArray());
        turn.end();
        int length = prompt.length;
        prompt = Arrays.copyOf(prompt, length + rest.prompt().length);
        System.arraycopy(rest.prompt(), 0, prompt, length, rest.prompt().length);
        maxTokens = rest.maxTokens();
        lease.promptGoesOn(prompt);
        lease.publish();
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

    /** How many of the next answer tokens, at most {@code limit}, run the layers that the first of them runs. */
    private int throughTheSameLayers(int limit) {
        int first = region.settled() - prompt.length;
        int count = 1;
        while (count < limit && decoder.layers(first + count).equals(decoder.layers(first))) {
            count++;
        }
        return count;
    }

    private Grant grant(int draftRows, int sharers, boolean draftModel, int freeRows) {
        int nodes = region.capacity() - region.settled() - region.open() - (region.open() > 0 ? 0 : rows);
        var burst = new Grant.Burst(nodes, Math.max(reservedRows(), 1 + freeRows), maxTokens - answer.tokens());
        int room = prefilling() || rows > 1 ? 0 : room();
        return new Grant(Math.min(draftRows, room), room, sharers, draftModel && room > 0, burst);
    }

    /** Open nodes beyond one pending token's, and tokens beyond the next. */
    private int room() {
        int slotsLeft = region.capacity() - region.settled() - region.open() - 1;
        int tokensLeft = maxTokens - answer.tokens() - 1;
        return Math.max(0, Math.min(slotsLeft, tokensLeft));
    }

    private int[] pending() {
        int[] tokens = new int[rows];
        for (int i = 0; i < rows; i++) {
            int position = region.settled() + i;
            tokens[i] = position < prompt.length ? prompt[position] : said[position - prompt.length];
        }
        return tokens;
    }

    private void append(int token) {
        if (saidCount == said.length) {
            said = Arrays.copyOf(said, 2 * saidCount);
        }
        said[saidCount++] = token;
    }
}
