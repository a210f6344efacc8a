package dev.cadenza.model.gguf;

import dev.cadenza.model.Architecture;
import dev.cadenza.model.WeightName;
import dev.cadenza.model.WeightName.Kind;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;

/** Which tensors a Llama model has in a file, what they are called and which shape they have. */
final class LlamaTensors {
    static final String HEAD = "output.weight";

    private LlamaTensors() {
    }

    /**
     * Finds the model's tensors and checks their shapes; refuses any other tensor of the file, since it would change what the model computes.
     * Stops at the first missing tensor, so that an absurd layer count costs nothing.
     */
    static Map<WeightName, GgufTensor> find(GgufFile file, Architecture architecture) {
        var found = new LinkedHashMap<WeightName, GgufTensor>();
        for (var kind : Kind.values()) {
            if (!kind.ofLayer() && !(kind == Kind.HEAD && architecture.tiedHead())) {
                find(file, architecture, WeightName.of(kind), found);
            }
        }
        for (int layer = 0; layer < architecture.layers(); layer++) {
            for (var kind : Kind.values()) {
                if (kind.ofLayer()) {
                    find(file, architecture, new WeightName(kind, layer), found);
                }
            }
        }
        var expected = new HashSet<>(found.values());
        for (var tensor : file.tensors().values()) {
            if (!expected.contains(tensor)) {
                throw tensor.place().fault("the tensors of a %d-layer llama model only".formatted(architecture.layers()),
                        "tensor " + Place.quote(tensor.name()));
            }
        }
        return found;
    }

    private static void find(GgufFile file, Architecture architecture, WeightName name, Map<WeightName, GgufTensor> found) {
        String called = name(name);
        var tensor = file.tensors().get(called);
        if (tensor == null) {
            throw file.headerEnd().fault("tensor \"%s\" in the directory of %d tensors".formatted(called, file.tensors().size()), "none");
        }
        var shape = shape(name.kind(), architecture);
        if (!tensor.dimensions().is(shape)) {
            throw tensor.place().fault("tensor \"%s\" of shape %s (innermost first)".formatted(called, shape), tensor.dimensions().toString());
        }
        found.put(name, tensor);
    }

    static String name(WeightName name) {
        String layer = "blk." + name.layer() + ".";
        return switch (name.kind()) {
            case EMBEDDING -> "token_embd.weight";
            case HEAD -> HEAD;
            case FINAL_NORM -> "output_norm.weight";
            case ATTENTION_NORM -> layer + "attn_norm.weight";
            case QUERY -> layer + "attn_q.weight";
            case KEY -> layer + "attn_k.weight";
            case VALUE -> layer + "attn_v.weight";
            case ATTENTION_OUTPUT -> layer + "attn_output.weight";
            case FEED_FORWARD_NORM -> layer + "ffn_norm.weight";
            case GATE -> layer + "ffn_gate.weight";
            case UP -> layer + "ffn_up.weight";
            case DOWN -> layer + "ffn_down.weight";
        };
    }

    private static GgufTensor.Shape shape(Kind kind, Architecture a) {
        int queries = a.heads() * a.headDim();
        int keys = a.kvHeads() * a.headDim();
        return switch (kind) {
            case EMBEDDING, HEAD -> new GgufTensor.Shape(a.hidden(), a.vocabulary());
            case FINAL_NORM, ATTENTION_NORM, FEED_FORWARD_NORM -> new GgufTensor.Shape(a.hidden());
            case QUERY -> new GgufTensor.Shape(a.hidden(), queries);
            case KEY, VALUE -> new GgufTensor.Shape(a.hidden(), keys);
            case ATTENTION_OUTPUT -> new GgufTensor.Shape(queries, a.hidden());
            case GATE, UP -> new GgufTensor.Shape(a.hidden(), a.feedForward());
            case DOWN -> new GgufTensor.Shape(a.feedForward(), a.hidden());
        };
    }
}
