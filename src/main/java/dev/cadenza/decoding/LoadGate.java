package dev.cadenza.decoding;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;

/**
 * Whether a rule's conditions on the load hold. One that has come true stays true until the load has gone back by the margin, so that a load about a
 * threshold does not decide one request this way and the next that way. Any thread.
 */
final class LoadGate {
    private final List<Bound> bounds = new ArrayList<>();
    private final int all;
    /** One bit per bound: whether it held at the latest reading. */
    private final AtomicInteger held = new AtomicInteger();

    LoadGate(AutoRule.OfLoad conditions) {
        add(conditions.waiting(), Load::waiting, conditions.margin());
        add(conditions.running(), Load::running, conditions.margin());
        add(conditions.kvUsed(), Load::kvUsed, conditions.margin());
        all = (1 << bounds.size()) - 1;
    }

    private void add(AutoRule.Range range, ToDoubleFunction<Load> of, double margin) {
        if (Double.isFinite(range.least())) {
            bounds.add(new Bound(of, 1, range.least(), range.least() * (1 - margin)));
        }
        if (Double.isFinite(range.most())) {
            bounds.add(new Bound(of, -1, range.most(), range.most() * (1 + margin)));
        }
    }

    /** Takes a reading in. Every reading must come by, also those at which nothing is decided here. */
    boolean holds(Load now) {
        return bounds.isEmpty() || held.updateAndGet(before -> after(before, now)) == all;
    }

    private int after(int before, Load now) {
        int after = 0;
        for (int i = 0; i < bounds.size(); i++) {
            if (bounds.get(i).holds(now, (before >> i & 1) == 1)) {
                after |= 1 << i;
            }
        }
        return after;
    }

    /** @param sign 1: at least, -1: at most; release: what the load must not leave once the bound holds */
    private record Bound(ToDoubleFunction<Load> of, int sign, double threshold, double release) {
        boolean holds(Load now, boolean held) {
            return sign * of.applyAsDouble(now) >= sign * (held ? release : threshold);
        }
    }
}
