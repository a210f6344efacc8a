package dev.cadenza.api;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A socket that says exactly what a test tells it to: HTTP clients hide half of what matters. */
public final class RawConnection implements AutoCloseable {
    private final Socket socket;

    public RawConnection(int port) throws IOException {
        socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress("127.0.0.1", port));
    }

    public RawConnection send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
        return this;
    }

    public RawConnection post(String body) throws IOException {
        return send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
    }

    /** Reads until the text has come. @throws SocketTimeoutException it has not within the limit */
    public String readUntil(String text, int limitMs) throws IOException {
        var read = new StringBuilder();
        socket.setSoTimeout(limitMs);
        while (read.indexOf(text) < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("closed after: " + read);
            }
            read.append((char) next);
        }
        return read.toString();
    }

    /** Reads at most so many bytes, waiting for the first. @return how many; negative: the server closed */
    public int readSome(int most) throws IOException {
        return socket.getInputStream().read(new byte[most]);
    }

    /** Reads until the server closes. @throws SocketTimeoutException it has not within the limit */
    public String readAll(int limitMs) throws IOException {
        socket.setSoTimeout(limitMs);
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
