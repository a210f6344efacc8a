package dev.cadenza.engine.torch;

import dev.cadenza.engine.LayerSet;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/** Cuts the layers into phases: runs of layers that the same decode rows run, and before which no state is captured. */
final class Phases {
    private static final int ALL_ROWS = -1;

    private final List<DecodeRow> rows;
    private final RowCounts counts;
    private final AttentionGroups groups;
    private final List<Long> arguments = new ArrayList<>();
    private final List<Integer> chosenRows = new ArrayList<>();

    /** @param cuts layers at which a phase must begin */
    Phases(List<DecodeRow> rows, int layers, SortedSet<Integer> cuts, RowCounts counts, AttentionGroups groups) {
        this.rows = rows;
        this.counts = counts;
        this.groups = groups;
        boolean everyLayer = rows.stream().allMatch(row -> row.layers().equals(LayerSet.ALL));
        int first = 0;
        for (int layer = 1; layer <= layers; layer++) {
            if (layer == layers || cuts.contains(layer) || !everyLayer && !sameRows(layer - 1, layer)) {
                add(first, layer);
                first = layer;
            }
        }
    }

    private boolean sameRows(int layer, int other) {
        return rows.stream().allMatch(row -> row.layers().contains(layer) == row.layers().contains(other));
    }

    /** First layer, end layer, rows, padded rows, offset in the chosen rows, first group, end group. */
    private void add(int first, int end) {
        var members = new ArrayList<Integer>();
        for (int row = 0; row < rows.size(); row++) {
            if (rows.get(row).layers().contains(first)) {
                members.add(row);
            }
        }
        int firstGroup = groups.count();
        groups.add(members.stream().map(rows::get).toList());
        int padded = counts.total(members.size());
        int offset = ALL_ROWS;
        if (members.size() < rows.size()) {
            offset = chosenRows.size();
            chosenRows.addAll(members);
            for (int row = members.size(); row < padded; row++) {
                chosenRows.add(members.getLast());
            }
        }
        for (int value : new int[] {first, end, members.size(), padded, offset, firstGroup, groups.count()}) {
            arguments.add((long) value);
        }
    }

    long[] arguments() {
        return arguments.stream().mapToLong(Long::longValue).toArray();
    }

    List<Integer> chosenRows() {
        return chosenRows;
    }
}
