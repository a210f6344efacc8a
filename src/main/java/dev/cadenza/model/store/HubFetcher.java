package dev.cadenza.model.store;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Downloads a file of a model hub, going on where an earlier download ended. The token goes to the hub alone, not to the storage it redirects to.
 *
 * @param token {@code null}: none
 * @param stall how long the connection may be silent
 */
record HubFetcher(Source.HubFile source, URI endpoint, String token, Duration stall) implements Fetcher {
    private static final int TRANSFERS = 4;
    private static final int REDIRECTS = 5;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18})");

    /** The answer that carries the file, and the version tag that the first answer of the redirects gave. */
    private record Answer(HttpResponse<InputStream> response, String tag) {
    }

    @Override
    public boolean resumes() {
        return true;
    }

    @Override
    public void fetch(Part part, Progress progress) throws IOException, InterruptedException {
        if (part.pinned() && part.expectedBytes() >= 0 && part.size() == part.expectedBytes()) {
            return;
        }
        var client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).connectTimeout(stall).build();
        try {
            for (int transfer = 1;; transfer++) {
                long before = part.size();
                try {
                    transfer(client, part, progress);
                    return;
                } catch (IOException e) {
                    if (transfer == TRANSFERS || part.size() <= before) {
                        throw e;
                    }
                    progress.note("connection lost at %d bytes (%s); going on from there".formatted(part.size(), Reason.of(e)));
                }
            }
        } finally {
            client.shutdownNow();
        }
    }

    private void transfer(HttpClient client, Part part, Progress progress) throws IOException, InterruptedException {
        long have = part.size();
        if (have > 0 && !part.pinned() && part.tag().isEmpty()) {
            have = 0;
        }
        var answer = request(client, have);
        if (have > 0 && !continues(answer, part, have)) {
            answer.response.body().close();
            part.delete();
            have = 0;
            answer = request(client, have);
        }
        int status = answer.response.statusCode();
        boolean append = status == 206;
        if (status != 200 && !append) {
            answer.response.body().close();
            throw new IOException(refusal(status));
        }
        long total = total(answer.response);
        if (part.expectedBytes() >= 0 && total >= 0 && total != part.expectedBytes()) {
            answer.response.body().close();
            throw new IOException("the server's file has %d bytes, expected %d".formatted(total, part.expectedBytes()));
        }
        part.tag(answer.tag);
        try (var watched = new StallGuard(answer.response.body(), stall)) {
            part.write(watched, append, total, source.file(), progress);
        }
        if (total >= 0 && part.size() != total) {
            throw new IOException("the connection ended after %d of %d bytes".formatted(part.size(), total));
        }
    }

    /** Whether the answer is the rest of what is there; an answer with the whole file is fine, too. */
    private static boolean continues(Answer answer, Part part, long have) throws IOException {
        if (answer.response.statusCode() == 206) {
            var range = CONTENT_RANGE.matcher(answer.response.headers().firstValue("Content-Range").orElse(""));
            boolean sameVersion = part.tag().equals(answer.tag) && (part.pinned() || !answer.tag.isEmpty());
            return sameVersion && range.matches() && Long.parseLong(range.group(1)) == have;
        }
        return answer.response.statusCode() != 416;
    }

    private static long total(HttpResponse<InputStream> response) {
        var range = CONTENT_RANGE.matcher(response.headers().firstValue("Content-Range").orElse(""));
        return range.matches() ? Long.parseLong(range.group(2)) : response.headers().firstValueAsLong("Content-Length").orElse(-1);
    }

    private Answer request(HttpClient client, long from) throws IOException, InterruptedException {
        var uri = address();
        String tag = "";
        for (int redirect = 0; redirect <= REDIRECTS; redirect++) {
            var request = HttpRequest.newBuilder(uri).timeout(stall).header("User-Agent", "cadenza");
            if (token != null && sameOrigin(uri, endpoint)) {
                request.header("Authorization", "Bearer " + token);
            }
            if (from > 0) {
                request.header("Range", "bytes=" + from + "-");
            }
            var response = send(client, request.build());
            if (tag.isEmpty()) {
                tag = response.headers().firstValue("X-Linked-Etag").or(() -> response.headers().firstValue("ETag")).orElse("");
            }
            var location = response.headers().firstValue("Location");
            if (response.statusCode() / 100 != 3 || location.isEmpty()) {
                return new Answer(response, tag);
            }
            response.body().close();
            uri = redirected(uri, location.get());
        }
        throw new IOException("more than %d redirects".formatted(REDIRECTS));
    }

    private static HttpResponse<InputStream> send(HttpClient client, HttpRequest request) throws IOException, InterruptedException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new IOException("%s: %s".formatted(request.uri().getHost(), Reason.of(e)), e);
        }
    }

    private static URI redirected(URI from, String location) throws IOException {
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new IOException("a redirect to a malformed address", e);
        }
        boolean downgrade = "https".equals(from.getScheme()) && !"https".equals(to.getScheme());
        if (downgrade || to.getHost() == null || !("https".equals(to.getScheme()) || "http".equals(to.getScheme()))) {
            throw new IOException("refused to follow a redirect from %s to %s".formatted(from.getScheme(), to.getScheme()));
        }
        return to;
    }

    private URI address() {
        String file = Arrays.stream(source.file().split("/")).map(HubFetcher::encoded).collect(Collectors.joining("/"));
        String base = endpoint.toString().replaceAll("/+$", "");
        return URI.create("%s/%s/%s/resolve/%s/%s".formatted(base, source.owner(), source.repository(), encoded(source.revision()), file));
    }

    private static String encoded(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static boolean sameOrigin(URI a, URI b) {
        return a.getScheme().equals(b.getScheme()) && a.getHost().equals(b.getHost()) && a.getPort() == b.getPort();
    }

    private String refusal(int status) {
        String access = token == null ? "set HF_TOKEN to a token that may read it" : "the token in HF_TOKEN may not read it";
        return switch (status) {
            case 401, 403 -> "HTTP %d: the repository is private, gated or absent; %s".formatted(status, access);
            case 404 -> "HTTP 404: no such repository, file or revision";
            case 429 -> "HTTP 429: too many requests; try again later";
            default -> "HTTP " + status;
        };
    }
}
