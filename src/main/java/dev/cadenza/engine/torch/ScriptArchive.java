package dev.cadenza.engine.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs TorchScript source into the archive that {@code torch.jit.load} reads: a zip of stored entries whose code is text and whose module
 * state is a pickle (protocol 2). So the program stays a readable resource file and no Python is needed.
 */
final class ScriptArchive {
    private static final String TOP = "cadenza/";

    /** An attribute's initial value. */
    sealed interface Attribute {
        /** An empty {@code List[Tensor]}. */
        record TensorList() implements Attribute {
        }

        /** An empty {@code List[bool]}. */
        record BoolList() implements Attribute {
        }

        /** An empty list of a class of the native library, whose name the source declares. */
        record ObjectList() implements Attribute {
        }

        /** An {@code int}; must fit 32 bits. */
        record Int(int value) implements Attribute {
        }

        record Bool(boolean value) implements Attribute {
        }
    }

    private ScriptArchive() {
    }

    /**
     * @param source     TorchScript with one module class
     * @param className  of that class
     * @param attributes every attribute that the class declares
     */
    static byte[] pack(String source, String className, Map<String, Attribute> attributes) {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            store(zip, "data.pkl", pickle(className, attributes));
            store(zip, "code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
            store(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
            store(zip, "version", "10\n".getBytes(StandardCharsets.US_ASCII));
            store(zip, "byteorder", "little".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException impossibleInMemory) {
            throw new UncheckedIOException(impossibleInMemory);
        }
        return bytes.toByteArray();
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        var crc = new CRC32();
        crc.update(content);
        var entry = new ZipEntry(TOP + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    private static byte[] pickle(String className, Map<String, Attribute> attributes) {
        var pickle = new Pickle();
        pickle.global("__torch__", className).op(')').op(0x81).op('}').op('(');
        attributes.forEach((name, value) -> {
            pickle.text(name);
            switch (value) {
                case Attribute.TensorList() -> pickle.emptyList("build_tensorlist");
                case Attribute.BoolList() -> pickle.emptyList("build_boollist");
                case Attribute.ObjectList() -> pickle.op(']');
                case Attribute.Int(int number) -> pickle.integer(number);
                case Attribute.Bool(boolean flag) -> pickle.op(flag ? 0x88 : 0x89);
            }
        });
        return pickle.op('u').op('b').end();
    }

    private static final class Pickle {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Pickle() {
            op(0x80).op(2);
        }

        Pickle op(int code) {
            out.write(code);
            return this;
        }

        Pickle global(String module, String name) {
            op('c');
            out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
            return this;
        }

        Pickle emptyList(String builder) {
            return global("torch.jit._pickle", builder).op(']').op(0x85).op('R');
        }

        Pickle text(String value) {
            byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
            op('X');
            int32(utf8.length);
            out.writeBytes(utf8);
            return this;
        }

        Pickle integer(int value) {
            op('J');
            int32(value);
            return this;
        }

        private void int32(int value) {
            for (int shift = 0; shift < 32; shift += 8) {
                out.write(value >>> shift);
            }
        }

        byte[] end() {
            op('.');
            return out.toByteArray();
        }
    }
}
