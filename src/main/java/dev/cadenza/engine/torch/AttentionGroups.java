package dev.cadenza.engine.torch;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts rows into runs that one attention call takes as a strided view: evenly spaced regions of one capacity with a row each, or the rows of one
 * region. Rows must come in that order.
 */
final class AttentionGroups {
    /** Key lengths are padded to it, so that a row's arithmetic does not depend on its mates' lengths. */
    static final int KEY_PADDING = 32;

    private record Group(List<DecodeRow> rows, int firstMaskFloat, int keys) {
    }

    private final boolean joinRows;
    private final List<Group> groups = new ArrayList<>();
    private final List<Long> arguments = new ArrayList<>();
    private int maskFloats;

    /** @param joinRows whether several rows may share a call of the attention kernel */
    AttentionGroups(boolean joinRows) {
        this.joinRows = joinRows;
    }

    /** Adds the groups of one call of the layers. */
    void add(List<DecodeRow> rows) {
        int start = 0;
        for (int row = 1; row <= rows.size(); row++) {
            if (row == rows.size() || !joins(rows.subList(start, row), rows.get(row))) {
                end(start, rows.subList(start, row));
                start = row;
            }
        }
    }

    private boolean joins(List<DecodeRow> group, DecodeRow next) {
        DecodeRow last = group.getLast();
        if (!joinRows || next.region().capacity() != last.region().capacity()) {
            return false;
        }
        if (!next.single() || !last.single()) {
            return next.region() == last.region();
        }
        int distance = next.base() - last.base();
        return group.size() == 1 ? distance > 0 : distance == distance(group);
    }

    private static int distance(List<DecodeRow> group) {
        return group.size() < 2 ? 0 : group.get(1).base() - group.get(0).base();
    }

    /** First row, rows, first base, distance of bases, capacity, key length, offset in the mask. */
    private void end(int start, List<DecodeRow> rows) {
        int keys = 0;
        for (DecodeRow row : rows) {
            keys = Math.max(keys, row.region().settled() + (joinRows ? row.region().open() : row.node() + 1));
        }
        keys = (keys + KEY_PADDING - 1) / KEY_PADDING * KEY_PADDING;
        DecodeRow first = rows.getFirst();
        for (int value : new int[] {start, rows.size(), first.base(), distance(rows), first.region().capacity(), keys, maskFloats}) {
            arguments.add((long) value);
        }
        groups.add(new Group(rows, maskFloats, keys));
        maskFloats += rows.size() * keys;
    }

    int count() {
        return groups.size();
    }

    int maskFloats() {
        return maskFloats;
    }

    /** Seven numbers a group. */
    long[] arguments() {
        return arguments.stream().mapToLong(Long::longValue).toArray();
    }

    /** 0 where a row may look (settled slots, its ancestors, itself), negative infinity elsewhere: [rows, keys] per group. */
    void writeMask(FloatBuffer target) {
        for (Group group : groups) {
            int offset = group.firstMaskFloat();
            for (DecodeRow row : group.rows()) {
                int settled = row.region().settled();
                for (int key = 0; key < group.keys(); key++) {
                    target.put(offset + key, key < settled ? 0 : Float.NEGATIVE_INFINITY);
                }
                for (int node = row.node(); node >= 0; node = row.region().parent(node)) {
                    target.put(offset + settled + node, 0);
                }
                offset += group.keys();
            }
        }
    }
}
