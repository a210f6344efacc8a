package dev.cadenza.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cadenza.RealModel;
import dev.cadenza.model.gguf.GgufCheckpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The default model's tokenizer against what the reference implementation recorded. */
class ReferenceTokenizerTest {
    private static Tokenizer tokenizer;
    private static JsonNode reference;

    @BeforeAll
    static void open() throws IOException {
        try (var checkpoint = GgufCheckpoint.open(RealModel.path());
                var file = ReferenceTokenizerTest.class.getResourceAsStream("/tokenizer/smollm2-135m-instruct.json")) {
            tokenizer = Tokenizer.of(checkpoint.tokenizer());
            reference = new ObjectMapper().readTree(file);
        }
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void encodesTheReferenceStrings() {
        assertThat(reference.get("strings")).hasSize(16);
        for (JsonNode string : reference.get("strings")) {
            assertThat(encodeWithSpecials(string.get("text").asText())).as(string.get("text").asText()).isEqualTo(ids(string.get("ids")));
        }
    }

    @Test
    void encodesTheReferencePrompts() {
        assertThat(reference.get("prompts")).hasSize(10);
        for (JsonNode prompt : reference.get("prompts")) {
            assertThat(encodeWithSpecials(prompt.get("rendered").asText())).as(prompt.get("name").asText()).isEqualTo(ids(prompt.get("prompt_ids")));
        }
    }

    @Test
    void tokensOfAPromptReadAsItsText() {
        for (JsonNode prompt : reference.get("prompts")) {
            var text = new StringBuilder();
            var stream = new TextStream(tokenizer);
            for (int id : ids(prompt.get("prompt_ids"))) {
                text.append(tokenizer.isSpecial(id) ? tokenizer.text(id) : stream.append(id));
            }
            assertThat(text.append(stream.flush()).toString()).isEqualTo(prompt.get("rendered").asText());
        }
    }

    @Test
    void knowsItsSpecialTokens() {
        assertThat(tokenizer.vocabulary()).isEqualTo(49_152);
        assertThat(tokenizer.specialTexts()).hasSize(17).contains("<repo_name>", "<|im_start|>");
        assertThat(tokenizer.endTokens()).containsExactlyInAnyOrder(0, 2);
        assertThat(tokenizer.bosText()).isEqualTo("<|im_start|>");
        assertThat(tokenizer.eosText()).isEqualTo("<|im_end|>");
    }

    @Test
    void noTextBecomesASpecialToken() {
        List<String> pieces = new ArrayList<>(tokenizer.specialTexts());
        pieces.addAll(List.of("<", "|", ">", "im", "_", "end", " ", "\n", "a"));
        Seeds.forEach(2_000, random -> {
            String text = random.ints(8, 0, pieces.size()).mapToObj(pieces::get).collect(Collectors.joining());

            int[] ids = tokenizer.encode(text);

            assertThat(IntStream.of(ids).filter(tokenizer::isSpecial)).as(text).isEmpty();
            assertThat(spelled(ids)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
        });
    }

    @Test
    void onlyBytesWithoutATokenAreLeftOut() {
        // given the bytes that some token is made of alone; the model's authors left out 21, of them 8 occur in UTF-8
        Set<Byte> known = new HashSet<>();
        for (int id = 0; id < tokenizer.vocabulary(); id++) {
            if (tokenizer.bytes(id).length == 1) {
                known.add(tokenizer.bytes(id)[0]);
            }
        }
        assertThat(known).hasSize(256 - 21);
        Seeds.forEach(1_000, random -> {
            String text = random.ints(30, 0, random.nextBoolean() ? 0x800 : Character.MAX_CODE_POINT + 1)
                    .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();

            byte[] spelled = spelled(tokenizer.encode(text));

            var expected = new ByteArrayOutputStream();
            for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
                if (known.contains(next)) {
                    expected.write(next);
                }
            }
            assertThat(spelled).as(text).isEqualTo(expected.toByteArray());
        });
    }

    /** As the reference reads a rendered prompt: special texts are tokens, what lies between is encoded piece by piece. */
    private static int[] encodeWithSpecials(String text) {
        var specials = Pattern.compile(tokenizer.specialTexts().stream().map(Pattern::quote).collect(Collectors.joining("|")));
        var ids = IntStream.builder();
        int from = 0;
        for (MatchResult special : specials.matcher(text).results().toList()) {
            IntStream.of(tokenizer.encode(text.substring(from, special.start()))).forEach(ids);
            ids.add(tokenizer.special(special.group()).orElseThrow());
            from = special.end();
        }
        IntStream.of(tokenizer.encode(text.substring(from))).forEach(ids);
        return ids.build().toArray();
    }

    private static int[] ids(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    }

    private static byte[] spelled(int[] ids) {
        var bytes = new ByteArrayOutputStream();
        for (int id : ids) {
            bytes.writeBytes(tokenizer.bytes(id));
        }
        return bytes.toByteArray();
    }
}
