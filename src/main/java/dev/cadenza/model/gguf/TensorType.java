package dev.cadenza.model.gguf;

import dev.cadenza.model.WeightType;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** Tensor type ids of the format and their names. */
final class TensorType {
    private static final Map<Integer, WeightType> READABLE = Map.ofEntries(
            Map.entry(0, WeightType.F32), Map.entry(1, WeightType.F16), Map.entry(2, WeightType.Q4_0), Map.entry(3, WeightType.Q4_1),
            Map.entry(6, WeightType.Q5_0), Map.entry(7, WeightType.Q5_1), Map.entry(8, WeightType.Q8_0), Map.entry(12, WeightType.Q4_K),
            Map.entry(13, WeightType.Q5_K), Map.entry(14, WeightType.Q6_K), Map.entry(30, WeightType.BF16));
    private static final Map<Integer, String> UNREADABLE = Map.ofEntries(
            Map.entry(4, "Q4_2"), Map.entry(5, "Q4_3"), Map.entry(9, "Q8_1"), Map.entry(10, "Q2_K"), Map.entry(11, "Q3_K"), Map.entry(15, "Q8_K"),
            Map.entry(16, "IQ2_XXS"), Map.entry(17, "IQ2_XS"), Map.entry(18, "IQ3_XXS"), Map.entry(19, "IQ1_S"), Map.entry(20, "IQ4_NL"),
            Map.entry(21, "IQ3_S"), Map.entry(22, "IQ2_S"), Map.entry(23, "IQ4_XS"), Map.entry(24, "I8"), Map.entry(25, "I16"),
            Map.entry(26, "I32"), Map.entry(27, "I64"), Map.entry(28, "F64"), Map.entry(29, "IQ1_M"),
            Map.entry(31, "Q4_0_4_4"), Map.entry(32, "Q4_0_4_8"), Map.entry(33, "Q4_0_8_8"), Map.entry(34, "TQ1_0"), Map.entry(35, "TQ2_0"),
            Map.entry(36, "IQ4_NL_4_4"), Map.entry(37, "IQ4_NL_4_8"), Map.entry(38, "IQ4_NL_8_8"), Map.entry(39, "MXFP4"), Map.entry(40, "NVFP4"));
    private static final String NAMES = Arrays.stream(WeightType.values()).map(Enum::name).collect(Collectors.joining(", "));

    private TensorType() {
    }

    static WeightType read(GgufCursor cursor, String tensor) {
        var place = cursor.place();
        int id = cursor.i32("the type of tensor " + tensor);
        var type = READABLE.get(id);
        if (type == null) {
            String found = UNREADABLE.containsKey(id) ? UNREADABLE.get(id) : "the unknown type id " + Integer.toUnsignedString(id);
            throw place.fault("tensor %s of a type among %s".formatted(tensor, NAMES), found);
        }
        return type;
    }
}
