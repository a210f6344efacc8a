package dev.cadenza.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.engine.Region;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.ToyEngine;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Blocks of four tokens. */
class KvMemoryTest {
    private static final int[] CHAT = {1, 2, 3, 4, 5, 6, 7, 8, 1, 2};

    private final ToyEngine engine = new ToyEngine(ToyEngine.shape(10, 100, 100), 1, ToyEngine.Faults.NONE);
    private final Counters counters = new Counters();
    private final KvMemory memory = new KvMemory(engine, true, counters);

    @AfterEach
    void everythingCanBeFreed() {
        memory.clear();
        assertThat(engine.kvBytesUsed()).isZero();
        assertThat(memory.holdsOnlyKept()).isTrue();
    }

    @Test
    void nextTurnTakesTheRegionOverWithoutACopy() throws Exception {
        KvLease first = prefilled(CHAT, "", 30);
        Region region = first.region();
        first.release(true);
        assertThat(counters.keptBytes()).isEqualTo(engine.kvBytesUsed()).isEqualTo(30 * 64);

        KvLease next = memory.open(new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9}, "", 25);

        assertThat(next.region()).isSameAs(region);
        assertThat(region.settled()).isEqualTo(8);
        assertThat(next.reused()).isEqualTo(8);
        assertThat(counters.keptBytes()).isZero();
        next.release(true);
    }

    @Test
    void promptThatPartsEarlierCopiesWhatItSharesAndLeavesTheRestKept() throws Exception {
        KvLease first = prefilled(CHAT, "", 30);
        first.release(true);

        KvLease other = memory.open(new int[] {1, 2, 3, 4, 9, 9, 9, 9, 9}, "", 20);

        assertThat(other.region()).isNotSameAs(first.region());
        assertThat(other.region().settled()).isEqualTo(4);
        assertThat(first.region().settled()).isEqualTo(8);
        other.release(true);
    }

    @Test
    void lastTokenOfAPromptIsAlwaysComputed() throws Exception {
        int[] prompt = Arrays.copyOf(CHAT, 8);
        prefilled(prompt, "", 30).release(true);

        KvLease again = memory.open(prompt, "", 30);

        assertThat(again.region().settled()).isEqualTo(4);
        again.release(true);
    }

    @Test
    void runningSequencesAreSourcesAndTheYoungerCatchesUp() throws Exception {
        KvLease older = memory.open(CHAT, "", 20);
        KvLease younger = memory.open(CHAT, "", 20);
        assertThat(younger.region().settled()).isZero();
        prefill(older, 4);
        younger.catchUp();
        assertThat(younger.region().settled()).isEqualTo(4);
        prefill(older, 8);

        younger.catchUp();

        assertThat(younger.region().settled()).isEqualTo(8);
        assertThat(younger.reused()).isEqualTo(8);
        assertThat(older.reused()).isZero();
        older.release(true);
        assertThat(counters.keptBytes()).as("the younger has the same blocks").isZero();
        younger.release(true);
        assertThat(counters.keptBytes()).isEqualTo(engine.kvBytesUsed()).isEqualTo(20 * 64);
    }

    @Test
    void scopesShareNothing() throws Exception {
        prefilled(CHAT, "ann", 20).release(true);

        KvLease bob = memory.open(CHAT, "bob", 20);
        KvLease ann = memory.open(CHAT, "ann", 20);

        assertThat(bob.region().settled()).isZero();
        assertThat(ann.region().settled()).isEqualTo(8);
        bob.release(true);
        ann.release(true);
    }

    @Test
    void blocksOfEqualHashAreToldApart() throws Exception {
        // 31 * 1 + 40 = 31 * 2 + 9: the two blocks have one hash.
        ToyEngine wide = new ToyEngine(ToyEngine.shape(50, 100, 100), 1, ToyEngine.Faults.NONE);
        KvMemory own = new KvMemory(wide, true, counters);
        KvLease first = own.open(new int[] {0, 0, 1, 40, 5}, "", 20);
        wide.step(new StepPlan(List.of(Segment.chain(first.region(), Role.PREFILL, new int[] {0, 0, 1, 40}, List.of()))));
        first.region().keep(0, 1, 2, 3);
        first.publish();

        KvLease same = own.open(new int[] {0, 0, 1, 40, 6}, "", 20);
        KvLease other = own.open(new int[] {0, 0, 2, 9, 5}, "", 20);

        assertThat(same.region().settled()).isEqualTo(4);
        assertThat(other.region().settled()).isZero();
        List.of(first, same, other).forEach(lease -> lease.release(true));
        own.clear();
    }

    @Test
    void keptPrefixesGiveWayLeastRecentlyUsedFirst() throws Exception {
        // Three regions of 20 slots, none half empty; the first is used again.
        int[] a = prompt(1, 17);
        int[] b = prompt(2, 17);
        int[] c = prompt(3, 17);
        prefilled(a, "", 20).release(true);
        prefilled(b, "", 20).release(true);
        prefilled(c, "", 20).release(true);
        memory.open(a, "", 20).release(true);

        KvLease large = memory.open(prompt(4, 5), "", 60);

        assertThat(large).isNotNull();
        assertThat(engine.kvBytesUsed()).isEqualTo((60 + 20 + 20) * 64);
        large.release(true);
        assertThat(reusable(b)).as("least recently used").isZero();
        assertThat(reusable(c)).isEqualTo(16);
        assertThat(reusable(a)).isEqualTo(16);
    }

    @Test
    void largeRegionOfASmallPrefixIsTradedForASmallOneBeforeAnyIsLost() throws Exception {
        int[] a = prompt(1, 9);
        int[] b = prompt(2, 9);
        prefilled(a, "", 40).release(true);
        prefilled(b, "", 40).release(true);

        KvLease large = memory.open(prompt(3, 5), "", 40);

        assertThat(large).isNotNull();
        assertThat(engine.kvBytesUsed()).isEqualTo((8 + 40 + 40) * 64);
        assertThat(counters.keptBytes()).isEqualTo((8 + 40) * 64);
        large.release(false);
        assertThat(reusable(a)).isEqualTo(8);
        assertThat(reusable(b)).isEqualTo(8);
    }

    @Test
    void openingThatCannotSucceedCostsNoKeptPrefix() throws Exception {
        KvLease running = prefilled(prompt(1, 5), "", 70);
        prefilled(prompt(2, 5), "", 10).release(true);

        assertThat(memory.open(prompt(3, 5), "", 31)).isNull();

        assertThat(counters.keptBytes()).isEqualTo(10 * 64);
        running.release(true);
    }

    @Test
    void regionWhoseStepFailedIsNeverKept() throws Exception {
        KvLease lease = prefilled(CHAT, "", 20);

        lease.release(false);

        assertThat(engine.kvBytesUsed()).isZero();
        assertThat(reusable(CHAT)).isZero();
    }

    @Test
    void openNodesAndAnswersAreCutFromWhatIsKept() throws Exception {
        KvLease lease = prefilled(CHAT, "", 20);
        prefill(lease, 10);
        step(lease, Role.DECODE, 3);
        lease.region().keep(0);
        step(lease, Role.DECODE, 4);

        lease.release(true);

        assertThat(lease.region().settled()).isEqualTo(8);
        assertThat(lease.region().open()).isZero();
    }

    @Test
    void growthEvictsBeforeItFails() throws Exception {
        prefilled(prompt(1, 17), "", 30).release(true);
        KvLease running = prefilled(prompt(2, 17), "", 50);

        assertThat(running.grow(90)).isTrue();
        assertThat(counters.keptBytes()).isZero();
        assertThat(running.grow(100)).isTrue();
        running.release(true);
    }

    @Test
    void switchedOffNothingIsKeptOrShared() throws Exception {
        KvMemory off = new KvMemory(engine, false, counters);
        KvLease first = off.open(CHAT, "", 20);
        prefill(first, 8);

        KvLease second = off.open(CHAT, "", 20);

        assertThat(second.region().settled()).isZero();
        first.release(true);
        second.release(true);
        assertThat(engine.kvBytesUsed()).isZero();
    }

    /** Tokens that the next such prompt would find. */
    private int reusable(int[] prompt) {
        KvLease lease = memory.open(prompt, "", prompt.length);
        int reused = lease.reused();
        lease.release(true);
        return reused;
    }

    private static int[] prompt(int first, int length) {
        return IntStream.range(0, length).map(i -> i == 0 ? first : i % 9).toArray();
    }

    private KvLease prefilled(int[] prompt, String scope, int slots) throws StepFailed {
        KvLease lease = memory.open(prompt, scope, slots);
        prefill(lease, prompt.length / 4 * 4);
        return lease;
    }

    /** Computes the prompt up to there. */
    private void prefill(KvLease lease, int to) throws StepFailed {
        int from = lease.region().settled();
        if (from < to) {
            step(lease, Role.PREFILL, Arrays.copyOfRange(lease.prompt(), from, to));
            lease.region().keep(IntStream.range(0, to - from).toArray());
            lease.publish();
        }
    }

    private void step(KvLease lease, Role role, int... tokens) throws StepFailed {
        engine.step(new StepPlan(List.of(Segment.chain(lease.region(), role, tokens, List.of()))));
    }
}
