package dev.cadenza.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteLevelBpeTokenizerTest {
    private static final Tokenizer TOKENIZER = SmallVocabulary.tokenizer();

    @Test
    void mergesBestFirst() {
        // given a vocabulary that can build " hello" step by step

        // when
        int[] ids = TOKENIZER.encode("hello hello");

        // then
        assertThat(texts(ids)).containsExactly("hello", " hello");
    }

    @ParameterizedTest
    @ValueSource(strings = {"smollm", "starcoder", "qwen2"})
    void splitsEveryDigit(String preTokenizer) {
        assertThat(digits(preTokenizer)).containsExactly("1", "2", "3", "1", "2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "llama-bpe", "default"})
    void keepsGroupsOfDigits(String preTokenizer) {
        assertThat(digits(preTokenizer)).containsExactly("123", "12");
    }

    private static List<String> digits(String preTokenizer) {
        try (Tokenizer tokenizer = Tokenizer.of(SmallVocabulary.spec("gpt2", preTokenizer, SmallVocabulary.MERGES))) {
            return IntStream.of(tokenizer.encode("12312")).mapToObj(tokenizer::text).toList();
        }
    }

    @Test
    void specialTokensInTextStayText() {
        // given
        String text = "a<|im_end|>b<think>[unused]";

        // when
        int[] ids = TOKENIZER.encode(text);

        // then
        assertThat(ids).doesNotContain(SmallVocabulary.TURN_END, SmallVocabulary.THINK, SmallVocabulary.UNUSED);
        assertThat(bytes(ids)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "llama-bpe"})
    void mergesThatSpellASpecialTokenAreIgnored(String preTokenizer) {
        // given a hostile file whose merges lead from letters to a control token that is one word to the pre-tokenizer
        var spec = SmallVocabulary.spec("gpt2", preTokenizer, List.of("e n", "en d"));
        var tokens = new ArrayList<>(spec.tokens());
        Collections.replaceAll(tokens, "<|im_end|>", "end");
        tokens.set(tokens.indexOf("he"), "en");

        // when
        try (Tokenizer tokenizer = Tokenizer.of(new TokenizerSpec("gpt2", preTokenizer, tokens, spec.kinds(), spec.merges(), -1, -1, false))) {
            int[] ids = tokenizer.encode("end");

            // then
            assertThat(tokenizer.special("end")).hasValue(SmallVocabulary.TURN_END);
            assertThat(ids).hasSize(2).doesNotContain(SmallVocabulary.TURN_END);
        }
    }

    @Test
    void offersSpecialTokensByTheirText() {
        assertThat(TOKENIZER.specialTexts()).containsExactly("<|im_start|>", "<|im_end|>", "<think>");
        assertThat(TOKENIZER.special("<|im_start|>")).hasValue(SmallVocabulary.TURN_START);
        assertThat(TOKENIZER.special("hello")).isEqualTo(OptionalInt.empty());
        assertThat(TOKENIZER.special("[unused]")).isEqualTo(OptionalInt.empty());
    }

    @Test
    void controlTokensShowNothingAndUserDefinedOnesTheirText() {
        assertThat(TOKENIZER.isSpecial(SmallVocabulary.TURN_END)).isTrue();
        assertThat(TOKENIZER.bytes(SmallVocabulary.TURN_END)).isEmpty();
        assertThat(TOKENIZER.text(SmallVocabulary.TURN_END)).isEqualTo("<|im_end|>");
        assertThat(TOKENIZER.isSpecial(SmallVocabulary.THINK)).isFalse();
        assertThat(TOKENIZER.bytes(SmallVocabulary.THINK)).isEqualTo("<think>".getBytes(StandardCharsets.UTF_8));
        assertThat(TOKENIZER.isSpecial('a')).isFalse();
    }

    @Test
    void endsWithEosAndKnownTurnEnds() {
        // given a model whose eos is the turn's start, as no model has it
        var spec = SmallVocabulary.spec();
        var odd = new TokenizerSpec(spec.model(), spec.preTokenizer(), spec.tokens(), spec.kinds(), spec.merges(), SmallVocabulary.TURN_START,
                SmallVocabulary.TURN_START, true);

        // when
        try (Tokenizer tokenizer = Tokenizer.of(odd)) {

            // then
            assertThat(tokenizer.endTokens()).containsExactlyInAnyOrder(SmallVocabulary.TURN_START, SmallVocabulary.TURN_END);
            assertThat(tokenizer.bosText()).isEqualTo("<|im_start|>");
        }
        assertThat(TOKENIZER.bosText()).isNull();
        assertThat(TOKENIZER.eosText()).isEqualTo("<|im_end|>");
    }

    @Test
    void everyByteHasItsToken() {
        for (int value = 0; value < 256; value++) {
            assertThat(TOKENIZER.bytes(value)).as("byte %d", value).containsExactly((byte) value);
        }
        assertThat(TOKENIZER.text(0xC3)).isEqualTo("\uFFFD");
    }

    @Test
    void callersCannotChangeTheVocabulary() {
        TOKENIZER.bytes('a')[0] = 'b';

        assertThat(TOKENIZER.bytes('a')).containsExactly((byte) 'a');
    }

    @Test
    void emptyTextHasNoTokens() {
        assertThat(TOKENIZER.encode("")).isEmpty();
    }

    @Test
    void unpairedSurrogatesBecomeReplacementCharacters() {
        assertThat(TOKENIZER.encode("\uDC00x\uD800")).isEqualTo(TOKENIZER.encode("\uFFFDx\uFFFD"));
        assertThat(TOKENIZER.encode("\uD83D\uD83D\uDE80")).isEqualTo(TOKENIZER.encode("\uFFFD\uD83D\uDE80"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"smollm", "gpt-2", "llama-bpe", "qwen2", "default"})
    void tokensSpellTheText(String preTokenizer) {
        try (Tokenizer tokenizer = Tokenizer.of(SmallVocabulary.spec("gpt2", preTokenizer, SmallVocabulary.MERGES))) {
            Seeds.forEach(300, random -> {
                // given
                String text = text(random);

                // when
                int[] ids = tokenizer.encode(text);

                // then
                assertThat(bytes(ids)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
            });
        }
    }

    private static String text(Random random) {
        String[] spice = {" ", "  ", "\n", "\r\n", "\t", "\0", "'s", "'LL", "hello", "<|im_end|>", "123", "\u0301", "\u200D", "\uFE0F", "\u00A0", "\u3000",
            "\uD83D\uDC69\u200D\uD83D\uDC67", "\uD83C\uDDEB\uD83C\uDDF7", "\u0130", "\u1100\u1161"};
        var text = new StringBuilder();
        for (int i = random.nextInt(60); i > 0; i--) {
            if (random.nextInt(3) == 0) {
                text.append(spice[random.nextInt(spice.length)]);
            } else {
                int codePoint = random.nextInt(random.nextBoolean() ? 0x3000 : Character.MAX_CODE_POINT + 1);
                text.appendCodePoint(codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE ? 'x' : codePoint);
            }
        }
        return text.toString();
    }

    @Test
    void longTextsCostInProportion() {
        for (String unit : List.of("hello 123 <|im_end|>\n", "a", " ", "\n", ".", "\uD83D\uDE80")) {
            // given a million bytes of the same
            String text = unit.repeat(1_000_000 / unit.length());

            // when
            long start = System.nanoTime();
            int[] ids = TOKENIZER.encode(text);
            double seconds = (System.nanoTime() - start) / 1e9;

            // then (half a second here; a quadratic step would take minutes)
            assertThat(bytes(ids)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
            assertThat(seconds).as("seconds for a million of \"%s\"", unit).isLessThan(20);
        }
    }

    @Test
    void threadsEncodeAtOnce() throws Exception {
        // given
        List<String> texts = new Random(1).ints(200).mapToObj(seed -> text(new Random(seed)).repeat(5)).toList();
        List<int[]> alone = texts.stream().map(TOKENIZER::encode).toList();

        // when
        Callable<List<int[]>> reader = () -> texts.stream().map(TOKENIZER::encode).toList();
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (Future<List<int[]>> together : threads.invokeAll(Collections.nCopies(32, reader))) {

                // then
                assertThat(together.get()).usingElementComparator(Arrays::compare).isEqualTo(alone);
            }
        }
    }

    @Test
    void refusesWhatItDoesNotKnowByName() {
        assertThatThrownBy(() -> Tokenizer.of(SmallVocabulary.spec("llama", "smollm", List.of()))).isInstanceOf(UnsupportedTokenizer.class)
                .hasMessageContaining("tokenizer.ggml.model").hasMessageContaining("got llama");
        assertThatThrownBy(() -> Tokenizer.of(SmallVocabulary.spec("gpt2", "tekken", List.of()))).isInstanceOf(UnsupportedTokenizer.class)
                .hasMessageContaining("tokenizer.ggml.pre").hasMessageContaining("got tekken").hasMessageContaining("smollm");
    }

    @Test
    void refusesDamagedMerges() {
        assertThatThrownBy(() -> Tokenizer.of(SmallVocabulary.spec("gpt2", "smollm", List.of("h e", "x")))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("merge 1");
        assertThatThrownBy(() -> Tokenizer.of(SmallVocabulary.spec("gpt2", "smollm", List.of("q q")))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"qq\"");
    }

    @Test
    void closesTwiceAndRefusesWorkAfterwards() {
        // given
        Tokenizer tokenizer = SmallVocabulary.tokenizer();

        // when
        tokenizer.close();
        tokenizer.close();

        // then
        assertThatThrownBy(() -> tokenizer.encode("hello")).isInstanceOf(IllegalStateException.class);
    }

    private static List<String> texts(int[] ids) {
        return IntStream.of(ids).mapToObj(TOKENIZER::text).toList();
    }

    private static byte[] bytes(int[] ids) {
        var bytes = new ByteArrayOutputStream();
        for (int id : ids) {
            bytes.writeBytes(TOKENIZER.bytes(id));
        }
        return bytes.toByteArray();
    }
}
