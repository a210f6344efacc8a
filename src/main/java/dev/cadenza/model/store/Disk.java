package dev.cadenza.model.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writing of large files; replaced in tests by disks that are full. */
interface Disk {
    Disk REAL = new Disk() {
        @Override
        public OutputStream open(Path file, boolean append) throws IOException {
            return Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                    append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING);
        }

        @Override
        public long freeBytes(Path folder) throws IOException {
            return Files.getFileStore(folder).getUsableSpace();
        }
    };

    OutputStream open(Path file, boolean append) throws IOException;

    long freeBytes(Path folder) throws IOException;
}
