package dev.cadenza.engine.vector;

/**
 * Inputs of a linear for all rows of a call, laid out for the kernels: a few rows in tiles of eight and the rest in one of eight, four, two or one,
 * many rows in tiles of six, the last with rows of zeros; in each tile the rows side by side per input; and the sums of each group of inputs, which a
 * code's base is multiplied with. One thread per row at a time.
 */
final class InputPanel {
    /** Inputs of the smallest group. */
    static final int GROUP = 16;
    /** From so many rows on {@link TileKernel} pays. */
    static final int MANY = 33;
    private static final int FEW_TILE = 8;

    private float[] x = new float[0];
    private float[] sixteens = new float[0];
    private float[] pairs = new float[0];
    private int rows;
    private int width;

    /** For so many rows from now on; their content is undefined. */
    void shape(int newRows, int newWidth) {
        rows = newRows;
        width = newWidth;
        int padded = padded(rows);
        x = room(x, padded * width);
        sixteens = room(sixteens, padded * groups(GROUP));
        pairs = room(pairs, padded * groups(2 * GROUP));
        for (int row = rows; row < padded; row++) {
            set(row, new float[width], 0);
        }
    }

    private static float[] room(float[] old, int size) {
        return old.length < size ? new float[size] : old;
    }

    /** Whether tiles are {@link TileKernel}'s. */
    boolean many() {
        return rows >= MANY;
    }

    /** Rows of all tiles: one tile with rows of zeros is quicker than two without. */
    static int padded(int rows) {
        if (rows >= MANY) {
            return (rows + TileKernel.ROWS - 1) / TileKernel.ROWS * TileKernel.ROWS;
        }
        int rest = rows % FEW_TILE;
        return rows - rest + (rest < 3 ? rest : rest < 5 ? FEW_TILE / 2 : FEW_TILE);
    }

    int rows() {
        return rows;
    }

    int width() {
        return width;
    }

    /** @param group inputs of one, 16 or 32 */
    int groups(int group) {
        return (width + group - 1) / group;
    }

    float[] x() {
        return x;
    }

    /** @param group inputs of one, 16 or 32 */
    float[] sums(int group) {
        return group == GROUP ? sixteens : pairs;
    }

    /** Rows of the tile that begins at this row. */
    int tile(int first) {
        if (many()) {
            return TileKernel.ROWS;
        }
        int left = padded(rows) - first;
        return left >= FEW_TILE ? FEW_TILE : Integer.highestOneBit(left);
    }

    private int tileOf(int row) {
        if (many()) {
            return row / TileKernel.ROWS * TileKernel.ROWS;
        }
        int first = row / FEW_TILE * FEW_TILE;
        while (first + tile(first) <= row) {
            first += tile(first);
        }
        return first;
    }

    /** Takes a row's inputs. */
    void set(int row, float[] source, int at) {
        int first = tileOf(row);
        int tile = tile(first);
        int to = first * width + row - first;
        for (int i = 0; i < width; i++) {
            x[to + i * tile] = source[at + i];
        }
        int groups = groups(GROUP);
        for (int group = 0; group < groups; group++) {
            sixteens[first * groups + group * tile + row - first] = sum(source, at + group * GROUP, Math.min(GROUP, width - group * GROUP));
        }
        for (int pair = 0; pair < width / GROUP / 2; pair++) {
            int from = first * groups + 2 * pair * tile + row - first;
            pairs[first * groups(2 * GROUP) + pair * tile + row - first] = sixteens[from] + sixteens[from + tile];
        }
    }

    /** In four interleaved sums, which the processor adds beside each other. */
    private static float sum(float[] source, int at, int count) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = at;
        for (; i + 4 <= at + count; i += 4) {
            a += source[i];
            b += source[i + 1];
            c += source[i + 2];
            d += source[i + 3];
        }
        for (; i < at + count; i++) {
            a += source[i];
        }
        return a + b + (c + d);
    }
}
