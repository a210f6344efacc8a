package dev.cadenza.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

class ScriptArchiveTest {

    @Test
    void sourceIsStoredAsTextUncompressed() throws Exception {
        byte[] archive = ScriptArchive.pack("class A(Module):\n  pass\n", "A", Map.of("flag", new ScriptArchive.Attribute.Bool(true)));

        var contents = new HashMap<String, String>();
        try (var zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                assertThat(entry.getMethod()).isEqualTo(ZipEntry.STORED);
                contents.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.ISO_8859_1));
            }
        }
        assertThat(contents).containsEntry("cadenza/code/__torch__.py", "class A(Module):\n  pass\n").containsEntry("cadenza/version", "10\n")
                .containsKeys("cadenza/data.pkl", "cadenza/constants.pkl", "cadenza/byteorder");
    }

    @Test
    void theSameProgramGivesTheSameBytes() {
        Map<String, ScriptArchive.Attribute> attributes = Map.of("n", new ScriptArchive.Attribute.Int(-7));

        assertThat(ScriptArchive.pack("x", "A", attributes)).isEqualTo(ScriptArchive.pack("x", "A", attributes));
    }
}
