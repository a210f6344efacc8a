package dev.cadenza.it;

import static dev.cadenza.it.RunningServer.ask;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Clients that vanish leave nothing behind. */
class DisconnectIT {
    private static final RunningServer SERVER = RunningServer.shared();
    private static final int REQUESTS = 500;
    private static final int CLIENTS = 12;

    /** Sends a request; a vanishing client closes its socket after some bytes of the answer or, without streaming, after a moment. */
    private static void request(int i) throws IOException {
        boolean vanishes = i % 3 == 0;
        ObjectNode body = ask("Count from " + i + " upwards.").put("seed", i).put("max_tokens", vanishes ? 2000 : 4).put("stream", i % 2 == 0);
        if (vanishes) {
            // No end token completes the answer before its client has gone.
            body.putObject("logit_bias").put("0", -100).put("2", -100);
        }
        byte[] content = body.toString().getBytes(StandardCharsets.UTF_8);
        try (var socket = new Socket("127.0.0.1", SERVER.port())) {
            socket.setSoTimeout(120_000);
            var head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
                    + content.length + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(content);
            socket.getOutputStream().flush();
            if (!vanishes) {
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).startsWith("HTTP/1.1 200");
            } else if (i % 2 == 0) {
                socket.getInputStream().readNBytes(400);
            } else {
                socket.setSoTimeout(50 + i % 200);
                try {
                    assertThat(socket.getInputStream().read()).isNegative();
                } catch (java.net.SocketTimeoutException leavesNow) {
                    // The answer is still being made: the case that this client is for.
                }
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void fiveHundredRequestsOfWhichAThirdVanishLeaveNoSequenceNoKvAndNoThreads() throws Exception {
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            run(clients, 0, 60);
            awaitNothingRuns();
            long threads = status("Threads");
            long heldKb = held();

            run(clients, 60, REQUESTS);

            Duration took = awaitNothingRuns();
            long threadsAfter = status("Threads");
            long residentKb = status("VmRSS");
            long heldAfterKb = held();
            System.out.printf("after %d requests: idle %d ms after the last; threads %d -> %d; resident %d, held %d -> %d kB%n", REQUESTS, took.toMillis(),
                    threads, threadsAfter, residentKb, heldKb, heldAfterKb);
            assertThat(took).isLessThan(Duration.ofSeconds(1));
            assertThat(threadsAfter).isLessThanOrEqualTo(threads + 8);
            assertThat(heldAfterKb).isLessThanOrEqualTo(heldKb + 100_000);
        }
    }

    private static void run(ExecutorService clients, int from, int to) throws Exception {
        var running = new ArrayList<Future<?>>();
        for (int i = from; i < to; i++) {
            int number = i;
            running.add(clients.submit(() -> {
                request(number);
                return null;
            }));
        }
        for (Future<?> one : running) {
            one.get();
        }
    }

    private static Duration awaitNothingRuns() throws Exception {
        long start = System.nanoTime();
        while (!SERVER.idle()) {
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /**
     * Resident memory in kB without garbage and without what the allocators keep for later. Both depend on what ran before and on the machine: up to
     * 370 and 300 MB were seen after such a run, of which a growth of what is held cannot be told.
     */
    private static long held() throws Exception {
        for (String command : List.of("GC.run", "System.trim_native_heap")) {
            String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
            var told = new ProcessBuilder(jcmd, Long.toString(SERVER.process().pid()), command).redirectErrorStream(true).start();
            String answer = new String(told.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(told.waitFor()).as(answer).isZero();
        }
        return status("VmRSS");
    }

    /** A figure of the server's process, as the kernel tells it. */
    private static long status(String name) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(SERVER.process().pid()), "status")).stream().filter(line -> line.startsWith(name + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElseThrow();
    }
}
