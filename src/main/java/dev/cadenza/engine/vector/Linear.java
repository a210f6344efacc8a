package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.CodeKernel.BYTES;
import static dev.cadenza.engine.vector.CodeKernel.LANES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Weights side by side that share their inputs, each without loss in the form that its kernel reads. Multiplies on {@link KernelThreads}. */
final class Linear {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    /** Jobs per thread, so that one that is held up leaves work to the others. */
    private static final int SHARES = 4;
    /** Blocks whose weights stay in the first cache while the tiles of several rows pass. */
    private static final int CACHED_BLOCKS = 4;
    private static final int STRIP = TileKernel.BLOCKS * LANES;
    /** Of rows, for which taking weights apart once more is little beside the products. */
    private static final int FEWEST_TILES = 6;
    /** Strips of a row's outputs that are written one after the other, so that they fill lines of the caches. */
    private static final int MOST_STRIPS = 4;

    private record Part(PackedForm form, int outputs, int firstOutput, int firstBlock) {
        int blocks() {
            return blocks(outputs);
        }

        static int blocks(int outputs) {
            return PackedForm.blocks(outputs);
        }

        int strips(int width) {
            return (outputs + width - 1) / width;
        }
    }

    private final List<Part> parts;
    private final int inputs;
    private final int outputs;
    private final int blocks;
    private final List<PackedForm.Format> formats;

    private Linear(List<Part> parts, int inputs) {
        this.parts = parts;
        this.inputs = inputs;
        Part last = parts.getLast();
        outputs = last.firstOutput + last.outputs;
        blocks = last.firstBlock + last.blocks();
        formats = parts.stream().map(part -> part.form.format()).distinct().toList();
    }

    /**
     * @param room   for the packed weights, {@link #bytes(List)} of it
     * @param filled whether it holds them already, and may be read-only
     */
    static Linear pack(List<WeightRows> weights, MemorySegment room, boolean filled) {
        var parts = new ArrayList<Part>();
        int output = 0;
        int block = 0;
        long at = 0;
        for (WeightRows rows : weights) {
            long bytes = PackedForm.bytes(rows);
            parts.add(new Part(PackedForm.pack(rows, room.asSlice(at, bytes), filled), rows.order().length, output, block));
            at += bytes;
            output += rows.order().length;
            block += Part.blocks(rows.order().length);
        }
        return new Linear(List.copyOf(parts), weights.getFirst().weight().columns());
    }

    /** Bytes that {@link #pack} needs. */
    static long bytes(List<WeightRows> weights) {
        return weights.stream().mapToLong(PackedForm::bytes).sum();
    }

    /** The same with no more than so many outputs of each weight. */
    Linear first(int most) {
        return first(most, inputs);
    }

    /**
     * A block of outputs of each weight, and inputs that fill a strip: enough to have each kernel compiled, and little work. Real work, which goes
     * round the loop over blocks, has it compiled again; from what two blocks show, the compiler made kernels of eight rows that took 1.5 times as long
     * in four starts of seven.
     */
    Linear corner() {
        return first(LANES, Math.min(inputs, TileKernel.INPUTS));
    }

    private Linear first(int most, int fewerInputs) {
        var fewer = new ArrayList<Part>();
        int output = 0;
        int block = 0;
        for (Part part : parts) {
            fewer.add(new Part(part.form, Math.min(most, part.outputs), output, block));
            output += Math.min(most, part.outputs);
            block += Part.blocks(Math.min(most, part.outputs));
        }
        return new Linear(List.copyOf(fewer), fewerInputs);
    }

    /** Writes an output's weights, {@code inputs} of them, from {@code at} on. */
    void weights(int output, float[] target, int at) {
        Part part = parts.getLast();
        for (int i = parts.size() - 2; output < part.firstOutput; i--) {
            part = parts.get(i);
        }
        part.form.read(output - part.firstOutput, inputs, target, at);
    }

    /** Each once. */
    List<PackedForm.Format> formats() {
        return formats;
    }

    int outputs() {
        return outputs;
    }

    int inputs() {
        return inputs;
    }

    /** Read by a product with one row. */
    long bytes() {
        return parts.stream().mapToLong(part -> part.form.bytes()).sum();
    }

    /**
     * @param x with {@code inputs} columns
     * @param y receives [rows, outputs]; has room for {@link InputPanel#padded} rows
     */
    void multiply(KernelThreads threads, InputPanel x, float[] y) {
        multiply(threads, x, y, MemorySegment.NULL);
    }

    /** @param copy receives [rows, outputs] as well, where it is not {@code NULL} */
    void multiply(KernelThreads threads, InputPanel x, float[] y, MemorySegment copy) {
        if (x.width() != inputs) {
            throw new IllegalArgumentException("%d inputs for a linear of %d".formatted(x.width(), inputs));
        }
        if (x.many()) {
            multiplyMany(threads, x, y, copy);
        } else {
            multiplyFew(threads, x, y, copy);
        }
    }

    private void multiplyFew(KernelThreads threads, InputPanel x, float[] y, MemorySegment copy) {
        shareBlocks(threads, (part, from, to) -> {
            multiply(part, from, to, x, y);
            copy(part, from, to, x.rows(), y, copy);
        });
    }

    /** Whether {@link IntegerProducts} has kernels for all of its weights. */
    boolean multipliesIntegers(IntegerProducts products) {
        return formats.stream().allMatch(products::multiplies);
    }

    /**
     * The same by machine code, which adds other sums: a row has other bits than with an {@link InputPanel}, and the same for any number of rows.
     *
     * @param y    receives [rows, outputs]
     * @param copy receives [rows, outputs] as well, where it is not {@code NULL}
     */
    void multiply(KernelThreads threads, IntegerProducts products, IntegerInputs x, float[] y, MemorySegment copy) {
        shareBlocks(threads, (part, from, to) -> {
            products.multiply((PackedForm.Codes) part.form, from, to, part.outputs, x, y, part.firstOutput, outputs);
            copy(part, from, to, x.rows(), y, copy);
        });
    }

    @FunctionalInterface
    private interface PartBlocks {
        /** Blocks {@code from} to {@code to} of a part. */
        void run(Part part, int from, int to);
    }

    private void shareBlocks(KernelThreads threads, PartBlocks work) {
        int jobs = Math.min(blocks, SHARES * threads.count());
        threads.run(jobs, (job, thread) -> {
            int from = (int) ((long) blocks * job / jobs);
            int to = (int) ((long) blocks * (job + 1) / jobs);
            for (Part part : parts) {
                int first = Math.max(from - part.firstBlock, 0);
                int end = Math.min(to - part.firstBlock, part.blocks());
                if (first < end) {
                    work.run(part, first, end);
                }
            }
        });
    }

    private void copy(Part part, int fromBlock, int toBlock, int rows, float[] y, MemorySegment copy) {
        int first = fromBlock * LANES;
        copy(part.firstOutput + first, Math.min(part.outputs, toBlock * LANES) - first, 0, rows, y, copy);
    }

    private void multiply(Part part, int from, int to, InputPanel x, float[] y) {
        int step = x.tile(0) < x.rows() ? CACHED_BLOCKS : to - from;
        for (int block = from; block < to; block += step) {
            var span = new CodeKernel.Span(block, Math.min(to, block + step));
            for (int row = 0; row < x.rows(); row += x.tile(row)) {
                int at = row * outputs + part.firstOutput;
                switch (part.form) {
                    case PackedForm.Codes(MemorySegment codes, MemorySegment scales, int bits, int group) -> {
                        int groups = inputs / group;
                        CodeKernel.multiply(codes, scales, bits, group * bits / Integer.SIZE, groups, span, x.tile(row), x.x(), row * inputs, x.sums(group),
                                row * groups, y, at, outputs, part.outputs);
                    }
                    case PackedForm.Floats(MemorySegment weights) -> FloatKernel.multiply(weights, inputs, span, x.tile(row), x.x(), row * inputs, y, at, outputs,
                            part.outputs);
                }
            }
        }
    }

    /** Runs of strips are the jobs, and where strips are few, so are shares of the rows. */
    private void multiplyMany(KernelThreads threads, InputPanel x, float[] y, MemorySegment copy) {
        int strips = strips(STRIP);
        int runs = Math.min(strips, SHARES * threads.count());
        int tiles = InputPanel.padded(x.rows()) / TileKernel.ROWS;
        int shares = Math.clamp(SHARES * threads.count() / strips, 1, Math.max(1, tiles / FEWEST_TILES));
        threads.run(runs * shares, (job, thread) -> {
            int run = job / shares;
            int from = tiles * (job % shares) / shares * TileKernel.ROWS;
            int to = tiles * (job % shares + 1) / shares * TileKernel.ROWS;
            for (int strip = (int) ((long) strips * run / runs); strip < (long) strips * (run + 1) / runs; strip++) {
                multiplyStrip(strip, threads.strip(thread), x, from, to, y, copy);
            }
        });
    }

    private void multiplyStrip(int index, TileKernel.Strip room, InputPanel x, int from, int to, float[] y, MemorySegment copy) {
        Strip strip = strip(index, STRIP);
        int real = strip.outputs(STRIP);
        int firstOutput = strip.part.firstOutput + strip.index * STRIP;
        room.clear(to - from);
        switch (strip.part.form) {
            case PackedForm.Codes codes -> addCodes(codes, strip.index, real, room, x, from, to);
            case PackedForm.Floats floats -> addFloats(floats, strip.index, real, room, x, from, to);
        }
        int end = Math.min(to, x.rows());
        for (int row = from; row < end; row++) {
            System.arraycopy(room.y, (row - from) * STRIP, y, row * outputs + firstOutput, real);
        }
        copy(firstOutput, real, from, end, y, copy);
    }

    private void addCodes(PackedForm.Codes form, int strip, int real, TileKernel.Strip room, InputPanel x, int from, int to) {
        int groups = inputs / form.group();
        int words = form.group() * form.bits() / Integer.SIZE;
        int most = TileKernel.INPUTS / form.group();
        for (int group = 0; group < groups; group += most) {
            int count = Math.min(most, groups - group);
            for (int i = 0; i * LANES < real; i++) {
                long first = (long) (strip * TileKernel.BLOCKS + i) * groups + group;
                CodeKernel.takeApart(form.codes(), first * words * BYTES, form.bits(), count * words, room.weights, i * LANES, STRIP);
                FloatKernel.copy(form.scales(), first * 2 * BYTES, 2 * count, room.scales, i * TileKernel.SCALES, LANES);
            }
            addTiles(room, count * form.group(), form.group(), group * form.group(), x, from, to);
        }
    }

    private void addFloats(PackedForm.Floats form, int strip, int real, TileKernel.Strip room, InputPanel x, int from, int to) {
        for (int i = 0; i < TileKernel.BLOCKS * TileKernel.SCALES; i++) {
            room.scales[i] = i / LANES % 2 == 0 ? 1 : 0;
        }
        for (int first = 0; first < inputs; first += TileKernel.INPUTS) {
            int count = Math.min(TileKernel.INPUTS, inputs - first);
            for (int i = 0; i * LANES < real; i++) {
                long block = strip * TileKernel.BLOCKS + i;
                FloatKernel.copy(form.weights(), (block * inputs + first) * BYTES, count, room.weights, i * LANES, STRIP);
            }
            addTiles(room, count, FloatKernel.GROUP, first, x, from, to);
        }
    }

    /** @param group inputs that share a scale */
    private void addTiles(TileKernel.Strip room, int count, int group, int firstInput, InputPanel x, int from, int to) {
        float[] sums = x.sums(group);
        int sumsOfRow = x.groups(group);
        for (int row = from; row < to; row += TileKernel.ROWS) {
            TileKernel.add(room, count, group, x.x(), row * inputs + firstInput * TileKernel.ROWS, sums,
                    row * sumsOfRow + firstInput / group * TileKernel.ROWS, (row - from) * STRIP);
        }
    }

    /**
     * The same by native kernels, which add in another order: a row has other bits than with an {@link InputPanel}, and the same for any number of rows.
     *
     * @param products a room per thread
     * @param x        [rows, inputs]
     * @param y        receives [rows, outputs] from row {@code firstRow} on
     */
    void multiply(KernelThreads threads, StripProducts[] products, float[] x, int rows, float[] y, int firstRow) {
        threads.runStrips(strips(StripProducts.OUTPUTS), 2 * SHARES, rows, (thread, index, from, to) -> {
            Strip strip = strip(index, StripProducts.OUTPUTS);
            int firstOutput = strip.part.firstOutput + strip.index * StripProducts.OUTPUTS;
            products[thread].multiply(strip.part.form, strip.index, strip.outputs(StripProducts.OUTPUTS), inputs, to - from, x, from * inputs, y,
                    (firstRow + from) * outputs + firstOutput, outputs);
        });
    }

    /**
     * silu(first weight's outputs) * second's, of two weights, while these are in the nearest caches.
     *
     * @param out receives [rows, outputs / 2] from row {@code firstRow} on
     */
    void multiplyGated(KernelThreads threads, StripProducts[] products, float[] x, int rows, float[] out, int firstRow) {
        Part gate = parts.getFirst();
        Part up = parts.getLast();
        threads.runStrips(gate.strips(StripProducts.OUTPUTS), 2 * SHARES, rows, (thread, strip, from, to) -> products[thread].multiplyGated(gate.form, up.form, strip,
                new Strip(gate, strip).outputs(StripProducts.OUTPUTS), inputs, to - from, x, from * inputs, out,
                (firstRow + from) * gate.outputs + strip * StripProducts.OUTPUTS, gate.outputs));
    }

    /** Whether all of its weights are codes of this format, in whole groups. */
    boolean rotates(PackedForm.Format format) {
        return inputs % format.group() == 0 && formats.equals(List.of(format));
    }

    /**
     * The same by machine code for bytes.
     *
     * @param rooms one per thread
     * @param y     receives [rows, outputs] from row {@code firstRow} on
     */
    void multiply(KernelThreads threads, Int8Strip[] rooms, Int8Inputs x, float[] y, int firstRow) {
        int together = Math.clamp(strips(rooms[0].outputs()) / (2L * SHARES * threads.count()), 1, MOST_STRIPS);
        int width = together * rooms[0].outputs();
        threads.run(strips(width), (job, thread) -> {
            Strip strip = strip(job, width);
            int real = strip.outputs(width);
            int block = strip.index * width / LANES;
            Int8Strip room = rooms[thread];
            room.take((PackedForm.Codes) strip.part.form, block, block + PackedForm.blocks(real), inputs);
            int at = firstRow * outputs + strip.part.firstOutput + strip.index * width;
            if (real % room.outputs() == 0) {
                room.multiply(x, 0, x.rows(), MemorySegment.ofArray(y), at, outputs);
            } else {
                float[] whole = new float[x.rows() * width];
                room.multiply(x, 0, x.rows(), MemorySegment.ofArray(whole), 0, width);
                for (int row = 0; row < x.rows(); row++) {
                    System.arraycopy(whole, row * width, y, at + row * outputs, real);
                }
            }
        });
    }

    /**
     * silu(first weight's outputs) * second's, of two weights, rounded for the linear that it is for while it is in the nearest cache.
     *
     * @param rooms one per thread
     * @param next  receives x's rows; has as many inputs as either weight outputs
     */
    void multiplyGated(KernelThreads threads, Int8GatedStrip[] rooms, Int8Inputs x, Int8Inputs next) {
        Part gate = parts.getFirst();
        Part up = parts.getLast();
        int blocks = Int8GatedStrip.OUTPUTS / LANES;
        threads.runStrips(gate.strips(Int8GatedStrip.OUTPUTS), SHARES, x.rows(), (thread, strip, from, to) -> rooms[thread].multiply((PackedForm.Codes) gate.form,
                (PackedForm.Codes) up.form, strip * blocks, x, from, to, next));
    }

    /** @param index of the part's strips */
    private record Strip(Part part, int index) {
        /** Fewer than the width in the last one. */
        int outputs(int width) {
            return Math.min(width, part.outputs - index * width);
        }
    }

    /** @param index of the strips of all parts */
    private Strip strip(int index, int width) {
        int left = index;
        int at = 0;
        while (left >= parts.get(at).strips(width)) {
            left -= parts.get(at).strips(width);
            at++;
        }
        return new Strip(parts.get(at), left);
    }

    private int strips(int width) {
        return parts.stream().mapToInt(part -> part.strips(width)).sum();
    }

    private void copy(int firstOutput, int count, int fromRow, int toRow, float[] y, MemorySegment copy) {
        if (copy.equals(MemorySegment.NULL)) {
            return;
        }
        for (int row = fromRow; row < toRow; row++) {
            int at = row * outputs + firstOutput;
            MemorySegment.copy(y, at, copy, FLOAT, 4L * at, count);
        }
    }
}
